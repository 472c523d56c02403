"""Values in which a search found nothing or a company or place alone, known again by a salted hash: many recur.

What a value holds hangs on nothing but the value: neither its field nor what stands beside it is asked in a search.
"""

import re
from collections.abc import Mapping, Sequence

from classifier.entities import Entity
from classifier.names.gate import is_token
from classifier.patterns import RECOGNIZERS
from classifier.recognizers.narrowing import with_any_digits, within
from classifier.scan import Sets
from classifier.spans import Span
from classifier.tiers import Tier

# A longer value hardly comes twice.
LONGEST = 200
# What was taken for harmless by mistake must not stay in memory: only hashes are kept, salted anew in each process, and
# no more than these.
MOST_VALUES, MOST_FINDS, MOST_LOOKS = 1 << 15, 1 << 12, 1 << 12

_LOOKS = bytes.maketrans(b"123456789?", b"000000000!")
# What recurs. Who people are is never remembered, not even as a hash.
_OF_NOBODY = frozenset((Entity.ORGANIZATION, Entity.LOCATION))


class Memory:
    """What one tier found nothing in, or companies and places alone; shared by threads."""

    __slots__ = ("_alike", "_harmless", "_met", "_told")

    def __init__(self) -> None:
        """Begin with nothing."""
        # Apart, so that a value whose find is forgotten is searched anew, whatever other threads do.
        self._harmless: set[int] = set()
        self._told: dict[int, tuple[Span, ...]] = {}
        # Looks that values had which differ in nothing but their digits: all harmless, or met and perhaps not.
        self._alike: set[int] = set()
        self._met: dict[int, bool] = {}

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Return how many harmless values are remembered, how many finds, and how many looks."""
        return len(self._harmless), len(self._told), len(self._alike) + len(self._met)

    def forget(self) -> None:
        """Begin anew."""
        for each in (self._harmless, self._told, self._alike, self._met):
            each.clear()

    def recall(self, values: Sequence[str]) -> tuple[list[int], dict[int, list[Span]]]:
        """Return which values are not known, and what is known to stand in others, by their place."""
        # With as few steps of Python's own as can be: this is asked of every value of every document.
        harmless, told = self._harmless, self._told
        others = [at for at, value in enumerate(values) if hash(value) not in harmless]
        found = {at: [*spans] for at in others if (spans := told.get(hash(values[at])))} if told else {}
        return [at for at in others if at not in found] if found else others, found

    def unlike(self, looks: Sequence[bytes]) -> list[int]:
        """Return which values do not look like harmless ones."""
        alike = self._alike
        return [at for at, look in enumerate(looks) if hash(look) not in alike and not _is_harmless_hex(look)]

    def add(self, values: Sequence[str], looks: Sequence[bytes], found: Mapping[int, Sequence[Span]]) -> None:
        """Remember those values in which nothing was found that is somebody's, some by what they look like."""
        for at, value in enumerate(values):
            if len(value) > LONGEST:
                continue
            if at in found:
                self._add_find(value, found[at])
            # Ids and times never recur, but look alike; of others the digits matter to whoever reads names.
            elif not (looks and b"0" in looks[at] and is_token(value)) or self._is_doubtful(looks[at]):
                self._add_harmless(value)

    def _add_find(self, value: str, spans: Sequence[Span]) -> None:
        if all(span.entity in _OF_NOBODY for span in spans):
            if len(self._told) >= MOST_FINDS:
                self._told.clear()
            self._told[hash(value)] = tuple(spans)

    def _add_harmless(self, value: str) -> None:
        if len(self._harmless) >= MOST_VALUES:
            self._harmless.clear()
        self._harmless.add(hash(value))

    def _is_doubtful(self, look: bytes) -> bool:
        """Say whether a value that looks so may hold something; what looks so a second time is worth a search."""
        key = hash(look)
        is_doubtful = self._met.get(key)
        if is_doubtful is None:
            if len(self._met) + len(self._alike) >= MOST_LOOKS:
                self._met.clear()
                self._alike.clear()
            self._met[key] = False
            return False
        if not is_doubtful and _ANY_DIGITS.match(look):
            self._met[key] = is_doubtful = True
        if not is_doubtful:
            self._alike.add(key)
        return is_doubtful


def looks_of(values: Sequence[str]) -> list[bytes]:
    """Return values as `fold` makes them, with all digits alike; nothing where one is long, or not plain."""
    text = "\x00".join(values)
    if len(text) > LONGEST * len(values) or not text.isascii():
        return []
    looks = text.encode().translate(_LOOKS).split(b"\x00")
    return looks if len(looks) == len(values) else []  # One holds what parts them here.


_BLIND = [with_any_digits(recognizer.pattern) for recognizer in RECOGNIZERS]
_ANY_DIGITS = Sets(_BLIND)
# Ids of random digits and letters never look alike, and lead an automaton through ever new states: one that knows no
# other letters has few.
_HEX = re.compile(rb"[0-]*[a-f][0a-f-]*")
_ANY_HEX = Sets([within(pattern, "0abcdef-\0") for pattern in _BLIND], 1)


def _is_harmless_hex(look: bytes) -> bool:
    return _HEX.fullmatch(look) is not None and not _ANY_HEX.match(look)


MEMORIES = {tier: Memory() for tier in Tier}
