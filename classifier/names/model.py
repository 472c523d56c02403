"""A linear-chain CRF at work: the weights read once, the best labels of a text found in plain Python.

The weights of all labels are kept in one whole number, a lane of bits for each label, so that adding
two numbers adds all labels at once. Each lane holds what a label has over plain text (`O`).
"""

from collections.abc import Iterator, Sequence
from functools import cache

from classifier.names.features import EDGE, Word, describe, shape_of, variants_of
from classifier.names.gazetteers import NAMES, known_of, lists, read_data

OUTSIDE = "O"
LANE_BITS = 24
_HALF = 1 << (LANE_BITS - 1)
_MASK = (1 << LANE_BITS) - 1
# In hundredths of a weight: what a name must have over plain text when it begins.
CAUTION = 0
# A token this far from being part of a name is plain text, whatever stands beside it.
FAR = 900
FORBIDDEN = -(10**6)
# Words of the lists are read once; names are not kept, as they may be somebody's.
MAX_CACHED_WORDS = 20_000

_PLACES = ("-", "+", "<", ">")
# A word, what it adds to its own labels, and to those of the words one and two places after and before it.
Parts = tuple[Word, int, int, int, int, int]


class Model:
    """Labels, transitions and weights, shared by threads."""

    def __init__(self, text: str, known: dict[str, str]) -> None:
        """Read the weights as the training wrote them."""
        lines = text.split("\n")
        self.labels = tuple(lines[0].split("\t"))
        size = len(self.labels)
        outside = self.labels.index(OUTSIDE)
        rows = [tuple(map(int, line.split("\t"))) for line in lines[1 : size + 1]]
        self._leave = [row[outside] for row in rows]
        self._into = tuple(_steps(self.labels, rows, label) for label in range(size))
        self._enter = [FORBIDDEN if name.startswith("I-") else rows[outside][at] for at, name in enumerate(self.labels)]
        self._opening = [FORBIDDEN if name.startswith("I-") else 0 for name in self.labels]
        self._lift = sum((_HALF + FAR - CAUTION * name.startswith("B-")) << at * LANE_BITS for at, name in enumerate(self.labels))
        self._tops = sum(_HALF << at * LANE_BITS for at, name in enumerate(self.labels) if name != OUTSIDE)
        self._known = known
        self._read_weights(lines[size + 1 :])
        self._words: dict[tuple[str, str], Parts] = {}
        self._edge = self._parts(EDGE)

    def _read_weights(self, lines: Sequence[str]) -> None:
        self._weights: dict[str, int] = {}
        self._joined: dict[tuple[str, str], tuple[int, int]] = {}
        self._announced: dict[tuple[str, str], int] = {}
        for name, weight in _features(lines, self.labels):
            left, _, right = name[1:].partition(" ")
            if name[0] == "{":
                self._announced[left, right] = weight
            elif name[0] in "[]":
                to_right, to_left = self._joined.get((left, right), (0, 0))
                self._joined[left, right] = (weight, to_left) if name[0] == "[" else (to_right, weight)
            else:
                self._weights[name] = weight

    def label(self, tokens: Sequence[str]) -> list[str]:
        """Return the best label of each token."""
        emissions = self._emissions(tokens)
        tops, labels = self._tops, [OUTSIDE] * len(tokens)
        at, size = 0, len(tokens)
        while at < size:
            if not emissions[at] & tops:
                at += 1
                continue
            end = at + 1
            while end < size and emissions[end] & tops:
                end += 1
            path = self._best_path(emissions[at:end], opens=at == 0, closes=end == size)
            labels[at:end] = [self.labels[label] for label in path]
            at = end
        return labels

    def _emissions(self, tokens: Sequence[str]) -> list[int]:
        """Return the weights of all labels at each token."""
        words = [self._edge, self._edge, *self._read(tokens), self._edge, self._edge]
        joined, announced, nothing = self._joined.get, self._announced.get, (0, 0)
        emissions = []
        two_before, before, here, after = words[:4]
        left = joined((before[0].kind, here[0].kind), nothing)
        for two_after in words[4:]:
            right = joined((here[0].kind, after[0].kind), nothing)
            emissions.append(
                self._lift
                + (here[1] + before[2] + after[3] + two_before[4] + two_after[5] + left[0] + right[1])
                + announced((before[0].identity, here[0].kind), 0)
            )
            two_before, before, here, after, left = before, here, after, two_after, right
        return emissions

    def _read(self, tokens: Sequence[str]) -> Iterator[Parts]:
        kept = self._words
        # What is read of a name is kept for this text only.
        fresh: dict[tuple[str, str], Parts] = {}
        for token, variant in zip(tokens, variants_of(tokens), strict=True):
            key = (token if token[0].isalpha() else shape_of(token), variant)
            parts = kept.get(key) or fresh.get(key)
            if parts is None:
                word = describe(token, variant, self._knows)
                parts = self._parts(word)
                is_kept = len(kept) < MAX_CACHED_WORDS and self._is_nobody(word)
                (kept if is_kept else fresh)[key] = parts
            yield parts

    def _is_nobody(self, word: Word) -> bool:
        """Say whether a word is a sign, or one that lists know as a word and not as a name."""
        if "/" not in word.kind:
            return True
        letters = self._known.get(word.identity, "")
        return bool(letters) and not NAMES.intersection(letters)

    def _knows(self, word: str) -> str:
        return known_of(self._known, word)

    def _parts(self, word: Word) -> Parts:
        get = self._weights.get
        own = sum([get("0" + name, 0) for name in word.own])
        near = [sum([get(place + name, 0) for name in word.near]) for place in _PLACES]
        return word, own, near[0], near[1], near[2], near[3]

    def _best_path(self, emissions: Sequence[int], *, opens: bool, closes: bool) -> list[int]:
        """Return the best labels of tokens that stand between plain text, or at an end of the text."""
        size = len(self.labels)
        scores = [a + b for a, b in zip(self._opening if opens else self._enter, _lanes(emissions[0], size), strict=True)]
        back: list[list[int]] = []
        for emission in emissions[1:]:
            best = [max([(scores[before] + cost, before) for before, cost in steps]) for steps in self._into]
            back.append([before for _, before in best])
            scores = [score + gain for (score, _), gain in zip(best, _lanes(emission, size), strict=True)]
        if not closes:
            scores = [score + cost for score, cost in zip(scores, self._leave, strict=True)]
        at = scores.index(max(scores))
        path = [at]
        for step in reversed(back):
            at = step[at]
            path.append(at)
        return path[::-1]


def _lanes(packed: int, size: int) -> list[int]:
    shift = _HALF + FAR
    return [(packed >> at * LANE_BITS & _MASK) - shift for at in range(size)]


def _steps(labels: Sequence[str], rows: Sequence[Sequence[int]], label: int) -> tuple[tuple[int, int], ...]:
    """Return from which labels a label may follow, and what that weighs; a kind goes on only as it began."""
    name = labels[label]
    allowed = range(len(labels))
    if name.startswith("I-"):
        return tuple((before, rows[before][label]) for before in allowed if labels[before][2:] == name[2:])
    return tuple((before, rows[before][label]) for before in allowed)


def _features(lines: Sequence[str], labels: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield each feature with the weights of all labels in one number, less that of plain text."""
    everywhere = sum(1 << at * LANE_BITS for at in range(len(labels)))
    outside = labels.index(OUTSIDE)
    for line in lines:
        name, _, written = line.rpartition("\t")
        packed = 0
        for pair in written.split(" "):
            label, _, weight = pair.partition(":")
            packed += int(weight) << int(label) * LANE_BITS
            packed -= int(weight) * everywhere if int(label) == outside else 0
        yield name, packed


@cache
def model() -> Model:
    """Return the model, read at the first call."""
    return Model(read_data("weights.txt.gz"), lists())
