"""A linear-chain CRF at work: the weights read once, the best labels of a text found in plain Python.

The weights of all labels are kept in one whole number, a lane of bits for each label, so that adding
two numbers adds all labels at once. Each lane holds what a label has over plain text (`O`).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from operator import add

from classifier.names.features import EDGE, Word, describe, shape_of, variants_of
from classifier.names.gazetteers import NAMES, known_of, lists, read_data

OUTSIDE = "O"
LANE_BITS = 24
_HALF = 1 << (LANE_BITS - 1)
_MASK = (1 << LANE_BITS) - 1
# In hundredths of a weight: a person who stays readable is worse than a word that is hidden for nothing.
EAGERNESS = {"B-PER": 60}
FORBIDDEN = -(10**6)
# Words of the lists are read once; names are not kept, as they may be somebody's.
MAX_CACHED_WORDS = 20_000

# At a token: what plain text weighs, and each kind where it begins and where it goes on.
Scores = tuple[int, list[int], list[int]]

_PLACES = ("-", "+", "<", ">")
# A word, what it adds to its own labels, and to those of the words one and two places after and before it.
Parts = tuple[Word, int, int, int, int, int]


class Model:
    """Labels, transitions and weights, shared by threads."""

    def __init__(self, text: str, known: dict[str, str]) -> None:
        """Read the weights as the training wrote them."""
        lines = text.split("\n")
        self.labels = tuple(lines[0].split("\t"))
        self._shifts = tuple(at * LANE_BITS for at in range(len(self.labels)))
        self._lift = sum(_HALF << shift for shift in self._shifts)
        self._read_transitions([tuple(map(int, line.split("\t"))) for line in lines[1 : len(self.labels) + 1]])
        self._known = known
        self._read_weights(lines[len(self.labels) + 1 :])
        self._words: dict[tuple[str, str], Parts] = {}
        self._edge = self._parts(EDGE)

    def _read_transitions(self, rows: Sequence[Sequence[int]]) -> None:
        """Take what each step weighs, less what plain text weighs after plain text.

        The labels stand in this order: where a name begins, kind by kind, where it goes on, plain text.
        A name begins after plain text only: two names without anything between are one to a reader too.
        """
        plain = len(rows) - 1
        kinds = range(plain // 2)
        usual = rows[plain][plain]
        self._enter = [rows[plain][kind] - usual + EAGERNESS.get(self.labels[kind], 0) for kind in kinds]
        begun, within = kinds, [kind + len(kinds) for kind in kinds]
        self._go_on = [
            [rows[at][on] - usual for at, on in zip(which, within, strict=True)] for which in (begun, within)
        ]
        self._leave = [[rows[at][plain] - usual for at in which] for which in (begun, within)]

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
        if not tokens:
            return []
        gains = [self._gains(emission) for emission in self._emissions(tokens)]
        return [self.labels[state] for state in self._best_path(gains)]

    def _gains(self, emission: int) -> list[int]:
        return [(emission >> shift & _MASK) - _HALF for shift in self._shifts]

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

    def _best_path(self, gains: Sequence[Sequence[int]]) -> list[int]:
        """Return the best labels; the scores of all tokens are kept, and what led to them is asked on the way back."""
        kinds = len(self._enter)
        plain, begun, within = 0, list(gains[0][:kinds]), [FORBIDDEN] * kinds
        scores = [(plain, begun, within)]
        for gain in gains[1:]:
            best = map(max, map(add, begun, self._go_on[0]), map(add, within, self._go_on[1]))
            going_on = list(map(add, best, gain[kinds:]))
            ended = max(*map(add, begun, self._leave[0]), *map(add, within, self._leave[1]))
            begun = [plain + cost + here for cost, here in zip(self._enter, gain, strict=False)]
            plain, within = max(plain, ended), going_on
            scores.append((plain, begun, within))
        return self._way_back(scores)

    def _way_back(self, scores: Sequence[Scores]) -> list[int]:
        plain, begun, within = scores[-1]
        last = [*begun, *within, plain]
        path = [last.index(max(last))]
        for before in reversed(scores[:-1]):
            path.append(self._came_from(path[-1], before))
        return path[::-1]

    def _came_from(self, state: int, before: Scores) -> int:
        """Return the label of the token before, given that of a token."""
        plain, begun, within = before
        kinds = len(begun)
        if state < kinds:
            return 2 * kinds
        if state < 2 * kinds:
            kind = state - kinds
            is_second = begun[kind] + self._go_on[0][kind] >= within[kind] + self._go_on[1][kind]
            return kind if is_second else state
        ended = [*map(add, begun, self._leave[0]), *map(add, within, self._leave[1]), plain]
        best = max(ended)
        return 2 * kinds if plain == best else ended.index(best)


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
