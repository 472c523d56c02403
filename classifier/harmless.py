"""Values in which a search found nothing, known again by a salted hash: most values of events recur, or look alike.

What a value holds hangs on nothing but the value: neither its field nor what stands beside it is asked in a search.
"""

import re
from collections.abc import Collection, Sequence
from enum import Enum, auto
from itertools import compress, count
from operator import not_

from classifier.names.gate import is_token
from classifier.patterns import RECOGNIZERS
from classifier.recognizers.narrowing import with_any_digits, within
from classifier.scan import Sets, fold
from classifier.tiers import Tier

# A longer value hardly comes twice.
LONGEST = 200
# What was taken for harmless by mistake must not stay in memory: only hashes are kept, salted anew in each process, and
# no more than these.
MOST_VALUES, MOST_LOOKS = 1 << 15, 1 << 12

_DIGITS = bytes.maketrans(b"123456789", b"000000000")


class Look(Enum):
    """What is known of all values that differ in nothing but their digits."""

    MET = auto()
    HARMLESS = auto()
    DOUBTFUL = auto()


class Harmless:
    """What one tier found nothing in, shared by threads."""

    __slots__ = ("_looks", "_values")

    def __init__(self) -> None:
        """Begin with nothing."""
        self._values: set[int] = set()
        self._looks: dict[int, Look] = {}

    @property
    def sizes(self) -> tuple[int, int]:
        """Return how many values are remembered, and how many looks."""
        return len(self._values), len(self._looks)

    def forget(self) -> None:
        """Begin anew."""
        self._values.clear()
        self._looks.clear()

    def others(self, values: Sequence[str]) -> list[int]:
        """Return which values are not known to be harmless."""
        # Without a step of Python's own for each: this is asked of every value of every document.
        return [*compress(count(), map(not_, map(self._values.__contains__, map(hash, values))))]

    def unlike(self, looks: Sequence[bytes]) -> list[int]:
        """Return which values do not look like harmless ones."""
        known = self._looks.get
        return [
            at
            for at, look in enumerate(looks)
            if known(hash(look)) is not Look.HARMLESS and not (_HEX.fullmatch(look) and not _ANY_HEX.match(look))
        ]

    def add(self, values: Sequence[str], looks: Sequence[bytes], found: Collection[int]) -> None:
        """Remember those values in which nothing was found, some by what they look like."""
        for at, value in enumerate(values):
            if at in found or len(value) > LONGEST:
                continue
            # Ids and times never recur, but look alike; of other values the digits matter to whoever reads names.
            is_alike = looks and b"0" in looks[at] and is_token(value)
            if not is_alike or self._met(looks[at]) is Look.DOUBTFUL:
                self._add_value(value)

    def _add_value(self, value: str) -> None:
        if len(self._values) >= MOST_VALUES:
            self._values.clear()
        self._values.add(hash(value))

    def _met(self, look: bytes) -> Look:
        """Return what is known of values that look so; what comes a second time is worth a search."""
        key = hash(look)
        known = self._looks.get(key)
        if known is None:
            if len(self._looks) >= MOST_LOOKS:
                self._looks.clear()
            known = Look.MET
        elif known is Look.MET:
            known = Look.DOUBTFUL if _ANY_DIGITS.match(look) else Look.HARMLESS
        self._looks[key] = known
        return known


def looks_of(values: Sequence[str]) -> list[bytes]:
    """Return values with all digits alike; nothing where one is long, or not plain, or holds what parts them here."""
    text = "\x00".join(values)
    if len(text) > LONGEST * len(values) or not text.isascii():
        return []
    looks = fold(text).translate(_DIGITS).split(b"\x00")
    return looks if len(looks) == len(values) else []


_BLIND = [with_any_digits(recognizer.pattern) for recognizer in RECOGNIZERS]
_ANY_DIGITS = Sets(_BLIND)
# Ids of random digits and letters never look alike, and lead an automaton through ever new states: one that knows no
# other letters has few.
_HEX = re.compile(rb"[0-]*[a-f][0a-f-]*")
_ANY_HEX = Sets([within(pattern, "0abcdef-\0") for pattern in _BLIND], 1)
HARMLESS = {tier: Harmless() for tier in Tier}
