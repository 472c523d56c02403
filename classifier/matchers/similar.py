"""Terms that a text is like: an index by their rarest pairs of letters, so that many cost little more than one."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Generic, TypeVar

from classifier.similar import LIKENESS

Told = TypeVar("Told")


class SimilarTerms(Generic[Told]):
    """Find the term that a text is most alike to: Dice of their pairs of letters above 0.7."""

    def __init__(self, terms: Iterable[tuple[str, Told]]) -> None:
        """Index each term by as many of its pairs as none that is alike can do without."""
        self._terms = [(pairs_of(term), told) for term, told in terms]
        counts = Counter(pair for pairs, _ in self._terms for pair in pairs)
        self._by_pair: dict[str, list[int]] = defaultdict(list)
        for at, (pairs, _) in enumerate(self._terms):
            rarest = sorted(pairs, key=lambda pair: (counts[pair], pair))
            for pair in rarest[: len(pairs) - _least_shared(len(pairs)) + 1]:
                self._by_pair[pair].append(at)
        self._pairs = frozenset(self._by_pair)
        self.longest = max((len(pairs) for pairs, _ in self._terms), default=0)

    def __bool__(self) -> bool:
        """Say whether there is any term."""
        return bool(self._terms)

    def find(self, text: str) -> Told | None:
        """Return what belongs to the term that is most alike, the first of equals, or None where none is enough."""
        pairs = pairs_of(text)
        best, found = LIKENESS, None
        for at in sorted({at for pair in pairs & self._pairs for at in self._by_pair[pair]}):
            others, told = self._terms[at]
            likeness = 2 * len(pairs & others) / (len(pairs) + len(others))
            if likeness > best:
                best, found = likeness, told
        return found


def pairs_of(text: str) -> frozenset[str]:
    """Return the pairs of letters of a text, folded."""
    return frozenset(first + second for first, second in pairwise(text.casefold()))


def _least_shared(size: int) -> int:
    """Return how many pairs any text shares at least that is alike to a term of so many."""
    # The shorter the other text, the fewer; but all that is shared must be in it.
    shortest = int(LIKENESS * size / (2 - LIKENESS)) + 1
    return int(LIKENESS * (size + shortest) / 2) + 1
