"""A linear-chain CRF at work: the weights read once, the best labels of a text found in plain Python."""

from collections.abc import Iterator, Sequence
from functools import cache
from operator import add

from classifier.names.features import EDGE, Word, describe, pairs, variants_of
from classifier.names.gazetteers import known_of, lists, read_data

Vector = tuple[int, ...]
# What a word adds to its own labels, and to those of the words one and two places before and after it.
Parts = tuple[Word, Vector, Vector, Vector, Vector, Vector]

_PLACES = ("-", "+", "<", ">")
OUTSIDE = "O"


class Model:
    """Labels, transitions and weights, shared by threads and never changed."""

    def __init__(self, text: str, known: dict[str, str]) -> None:
        """Read the weights as the training wrote them."""
        lines = text.split("\n")
        self.labels = tuple(lines[0].split("\t"))
        size = len(self.labels)
        rows = [tuple(map(int, line.split("\t"))) for line in lines[1 : size + 1]]
        self._into = tuple(_steps(self.labels, rows, label) for label in range(size))
        self._nothing: Vector = (0,) * size
        self._weights = dict(_features(lines[size + 1 :], size))
        self._known = known
        self._edge = self._parts(EDGE)

    def label(self, tokens: Sequence[str]) -> list[str]:
        """Return the best label of each token."""
        return [self.labels[at] for at in self._best_path(self._emissions(tokens))] if tokens else []

    def _emissions(self, tokens: Sequence[str]) -> list[list[int]]:
        """Return the weight of each label at each token."""
        # What was read of a word is kept for this text only: it may be somebody's name.
        read: dict[tuple[str, str], Parts] = {}
        words = [self._edge, self._edge]
        for key in zip(tokens, variants_of(tokens), strict=True):
            parts = read.get(key)
            if parts is None:
                parts = read[key] = self._parts(describe(*key, self._knows))
            words.append(parts)
        words += (self._edge, self._edge)
        together = [pairs(left[0], right[0]) for left, right in zip(words[1:-2], words[2:-1], strict=True)]
        return [self._emission(words, together, at) for at in range(len(tokens))]

    def _emission(self, words: list[Parts], together: list[tuple[str, str]], at: int) -> list[int]:
        get, nothing = self._weights.get, self._nothing
        before, announced = together[at]
        columns = zip(
            words[at + 2][1],
            words[at + 1][2],
            words[at + 3][3],
            words[at][4],
            words[at + 4][5],
            get("[" + before, nothing),
            get(announced, nothing),
            get("]" + together[at + 1][0], nothing),
            strict=True,
        )
        return list(map(sum, columns))

    def _parts(self, word: Word) -> Parts:
        own = self._sum([f"0{name}" for name in word.own])
        near = [self._sum([place + name for name in word.near]) for place in _PLACES]
        return word, own, near[0], near[1], near[2], near[3]

    def _knows(self, word: str) -> str:
        return known_of(self._known, word)

    def _sum(self, names: Sequence[str]) -> Vector:
        get = self._weights.get
        vectors = [vector for vector in map(get, names) if vector is not None]
        return tuple(map(sum, zip(*vectors, strict=True))) if vectors else self._nothing

    def _best_path(self, emissions: list[list[int]]) -> list[int]:
        scores = list(map(add, emissions[0], self._first()))
        back: list[list[int]] = []
        for emission in emissions[1:]:
            best = [max([(scores[before] + cost, before) for before, cost in steps]) for steps in self._into]
            back.append([before for _, before in best])
            scores = [score + gain for (score, _), gain in zip(best, emission, strict=True)]
        at = scores.index(max(scores))
        path = [at]
        for step in reversed(back):
            at = step[at]
            path.append(at)
        return path[::-1]

    def _first(self) -> list[int]:
        return [FORBIDDEN if label.startswith("I-") else 0 for label in self.labels]


FORBIDDEN = -(10**6)


def _steps(labels: Sequence[str], rows: Sequence[Vector], label: int) -> tuple[tuple[int, int], ...]:
    """Return from which labels a label may follow, and what that weighs; a kind goes on only as it began."""
    name = labels[label]
    allowed = range(len(labels))
    if name.startswith("I-"):
        return tuple((before, rows[before][label]) for before in allowed if labels[before][2:] == name[2:])
    return tuple((before, rows[before][label]) for before in allowed)


def _features(lines: Sequence[str], size: int) -> Iterator[tuple[str, Vector]]:
    for line in lines:
        name, _, pairs_of_line = line.rpartition("\t")
        vector = [0] * size
        for pair in pairs_of_line.split(" "):
            label, _, weight = pair.partition(":")
            vector[int(label)] = int(weight)
        yield name, tuple(vector)


@cache
def model() -> Model:
    """Return the model, read at the first call."""
    return Model(read_data("weights.txt.gz"), lists())
