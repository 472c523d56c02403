"""Where running text can be cut without anything being found otherwise than in the whole."""

import re
from collections.abc import Iterator
from itertools import chain, islice

import classifier
from classifier import Tier

# So much on both sides of a cut is searched, together and apart.
_AROUND = 2 << 10
_TRIES = 16
# So far back from the end of what is held a place is looked for.
_NEAR = 64 << 10

_PLACES = (re.compile(rb"\n[ \t\r]*\n+"), re.compile(rb"\n"), re.compile(rb"[ \t]"))


def end_of_prose(data: bytes, tier: Tier) -> int:
    """Return the last good place for a cut: after a paragraph, else a line, else a word; 0 where none is seen."""
    start = max(0, len(data) - _NEAR)
    near = data[start:]
    places = chain.from_iterable(islice(_from_the_end(near, pattern), _TRIES) for pattern in _PLACES)
    return next((start + at for at in places if _parts_nothing(near, at, tier)), 0)


def _from_the_end(data: bytes, pattern: re.Pattern[bytes]) -> Iterator[int]:
    return reversed([match.end() for match in pattern.finditer(data)])


def _parts_nothing(data: bytes, at: int, tier: Tier) -> bool:
    """Say whether the same is found in the two sides as in both together."""
    # A letter of several bytes may be cut at the far ends, never at the place itself.
    before = data[max(0, at - _AROUND) : at].decode("utf-8", "ignore")
    after = data[at : at + _AROUND].decode("utf-8", "ignore")
    if not after:
        return False  # What follows is not there yet.
    return _found(before + after, tier) == _found(before, tier) | _found(after, tier, len(before))


def _found(text: str, tier: Tier, shift: int = 0) -> set[tuple[int, int, str]]:
    spans = classifier.locate(text, tier=tier)
    return {(shift + span.start, shift + span.end, span.entity.value) for span in spans}
