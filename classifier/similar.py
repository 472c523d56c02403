"""Names that differ by a slip: alike where their pairs of letters are (Dice)."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise

from classifier.entities import Entity

LIKENESS = 0.7
MIN_LENGTH, MAX_LENGTH = 6, 24
_LETTERS = 26


class SimilarNames:
    """Find the known name that an unknown one is most alike to."""

    def __init__(self, names: Mapping[str, Entity]) -> None:
        """Sort the names by their first letter, which slips seldom reach, as they do the last."""
        self._by_letter: dict[str, list[tuple[int, int, str, Entity]]] = defaultdict(list)
        for name, entity in names.items():
            if MIN_LENGTH <= len(name) <= MAX_LENGTH and name.isascii():
                pairs = _pairs(name)
                self._by_letter[name[0]].append((pairs, pairs.bit_count(), name, entity))

    def find(self, name: str) -> Entity | None:
        """Return the entity of the name that is most alike, or None where none is alike enough."""
        if not MIN_LENGTH <= len(name) <= MAX_LENGTH or not name.isascii():
            return None
        pairs = _pairs(name)
        size = pairs.bit_count()
        best, entity = LIKENESS, None
        for other_pairs, other_size, other, other_entity in self._by_letter.get(name[0], ()):
            likeness = 2 * (pairs & other_pairs).bit_count() / (size + other_size)
            if likeness > best and not _is_other_word(name, other):
                best, entity = likeness, other_entity
        return entity


def _is_other_word(name: str, other: str) -> bool:
    """Say whether one only goes on behind the other, or ends otherwise: `addressable` and `clients` are no slips."""
    if name.startswith(other):
        return True
    return name[-1] != other[-1] and name != other[:-1]


def _pairs(name: str) -> int:
    """Return the pairs of letters of a name as bits."""
    places = [ord(letter) - ord("a") for letter in name]
    bits = 0
    for first, second in pairwise(places):
        bits |= 1 << (first * _LETTERS + second) % _LETTERS**2
    return bits
