"""A linear-chain CRF at work: the weights read once, those of all words of a text added up at once in plain Python.

The weights of a word are kept in one whole number, a lane of bits for each label of each word that it adds to, so that
adding two numbers adds all labels at once. Each lane holds what a label has over plain text (`O`).
"""

from collections.abc import Iterator, Sequence
from functools import cache

from classifier.names.best_path import LANE_BYTES, ZERO, Gains, Name, Step
from classifier.names.features import (
    EDGE,
    LINE_BREAK,
    LONGEST_WORD,
    LOWER,
    NORMAL,
    OPENS,
    TITLE,
    UPPER,
    Word,
    describe,
    lines_of,
    openings_of,
    shape_of,
)
from classifier.names.gazetteers import COMMON, NAMES, known_of, lists, read_data

OUTSIDE = "O"
# In hundredths of a weight: a person who stays readable is worse than a word that is hidden for nothing.
EAGERNESS = {"B-PER": 120}
# Words of the lists are read once; names are not kept, as they may be somebody's.
MAX_CACHED_WORDS = 20_000

# A feature of a word adds to the words two and one before it, to itself, and to those one and two after it.
_PLACES = (">", "+", "0", "-", "<")
REACH = len(_PLACES) // 2
# Eight numbers meet in a lane, each lifted by as much, so that no lane borrows from the next: a word is lifted in the
# place of its own twice, and what two neighbours say together in both of theirs.
_LIFT = ZERO // 8
_WORD_LIFTS, _PAIR_LIFTS = (1, 1, 2, 1, 1), (1, 1)

# A break is kept under a key that is no word.
_SIGNS = {LINE_BREAK: "\n"}
# What neighbours say together, by the kind of the second one.
Pairs = dict[str, bytes]
# The kind of a word, what it adds to itself and its neighbours, and what it says together with the word after it.
Parts = tuple[str, bytes, Pairs]


class Model:
    """Labels, transitions and weights, shared by threads."""

    def __init__(self, text: str, known: dict[str, str]) -> None:
        """Read the weights as the training wrote them."""
        lines = text.split("\n")
        # Where a name begins, kind by kind, where it goes on, plain text.
        self.labels = tuple(lines[0].split("\t"))
        self._lanes = len(self.labels) - 1
        self._bytes = self._lanes * LANE_BYTES
        self.kinds = [label.removeprefix("B-") for label in self.labels[: self._lanes // 2]]
        self.steps = self._read_steps([tuple(map(int, line.split("\t"))) for line in lines[1 : len(self.labels) + 1]])
        self._known = known
        self._read_weights(lines[len(self.labels) + 1 :])
        self._words: dict[str, dict[str, Parts]] = {written: {} for written in (NORMAL, OPENS, LOWER, UPPER, TITLE)}
        self._pairs: dict[tuple[str, str], Pairs] = {}
        self._edge = self._parts(EDGE)

    def _read_steps(self, rows: Sequence[Sequence[int]]) -> list[Step]:
        """Take what each step weighs, less what plain text weighs after plain text.

        A name begins after plain text only: two names without anything between are one to a reader too.
        """
        plain = len(rows) - 1
        usual, kinds = rows[plain][plain], plain // 2
        return [
            Step(
                rows[plain][kind] - usual + EAGERNESS.get(self.labels[kind], 0),
                (rows[kind][kinds + kind] - usual, rows[kinds + kind][kinds + kind] - usual),
                (rows[kind][plain] - usual, rows[kinds + kind][plain] - usual),
            )
            for kind in range(kinds)
        ]

    def _read_weights(self, lines: Sequence[str]) -> None:
        self._weights: dict[str, int] = {}
        self._joined: dict[str, dict[str, int]] = {}
        self._announced: dict[str, dict[str, int]] = {}
        for name, weight in _features(lines, self.labels):
            left, _, right = name[1:].partition(" ")
            if name[0] == "{":
                self._announced.setdefault(left, {})[right] = self._at(1, weight)
            elif name[0] in "[]":
                pairs = self._joined.setdefault(left, {})
                pairs[right] = pairs.get(right, 0) + self._at("][".index(name[0]), weight)
            else:
                place = self._at(_PLACES.index(name[0]), weight)
                self._weights[name[1:]] = self._weights.get(name[1:], 0) + place
        # Whatever is added to any word: the steps that it takes to make it a name.
        steps = [step.begin for step in self.steps] + [step.go_on for step in self.steps]
        self._base = self._lifts(_WORD_LIFTS) + self._at(REACH, sum(map(self._in_lane, steps, range(self._lanes))))
        self._nothing = self._lifts(_PAIR_LIFTS)
        self._silent = self._nothing.to_bytes(len(_PAIR_LIFTS) * self._bytes, "little")

    def _at(self, place: int, weights: int) -> int:
        """Return the weights of all labels moved to those of a word so many places on."""
        return weights << 8 * self._bytes * place

    def _in_lane(self, weight: int, lane: int) -> int:
        return weight << 8 * LANE_BYTES * lane

    def _lifts(self, times: Sequence[int]) -> int:
        everywhere = sum(self._in_lane(_LIFT, lane) for lane in range(self._lanes))
        return sum(self._at(place, many * everywhere) for place, many in enumerate(times))

    def label(self, tokens: Sequence[str]) -> list[str]:
        """Return the best label of each token."""
        labels = [OUTSIDE] * len(tokens)
        for first, end, kind in self.names_near(tokens, least=None)[0]:
            labels[first:end] = [self.labels[kind], *[self.labels[len(self.steps) + kind]] * (end - first - 1)]
        return labels

    def names_near(self, tokens: Sequence[str], *, least: int | None) -> tuple[list[Name], list[int]]:
        """Return the names among some tokens, and which tokens, alone as a name, would lose no more than that."""
        if not tokens:
            return [], []
        gains = self.gains_of(tokens)
        return gains.names(), [] if least is None else gains.alone_above(least)

    def gains_of(self, tokens: Sequence[str]) -> Gains:
        """Return what each token has over plain text."""
        edges = [self._edge] * REACH
        kinds, words, pairs = zip(*edges, *self._read(tokens), *edges, strict=True)
        said = [both.get(kind, self._silent) for both, kind in zip(pairs, kinds[1:], strict=False)]
        # The words that reach into each other's places stand in different rows.
        total = sum(self._row(words, at, len(_PLACES), at) for at in range(len(_PLACES)))
        total += sum(self._row(said, at, len(_PAIR_LIFTS), at + REACH) for at in range(len(_PAIR_LIFTS)))
        packed = total.to_bytes((len(words) + 2 * REACH) * self._bytes, "little")
        return Gains(packed[2 * REACH * self._bytes : -2 * REACH * self._bytes], self.steps)

    def _row(self, numbers: Sequence[bytes], first: int, every: int, place: int) -> int:
        """Return every so many numbers laid end to end, the first one at some place, as one number."""
        return int.from_bytes(bytes(place * self._bytes) + b"".join(numbers[first::every]), "little")

    def _read(self, tokens: Sequence[str]) -> list[Parts]:
        read: list[Parts] = []
        # What is read of a name or a number is kept for this text only.
        fresh: dict[tuple[str, str], Parts] = {}
        for line, written in lines_of(tokens):
            opening = openings_of(line) if written == NORMAL else frozenset()
            found = [*map(self._words[written].get, line)]
            for at in opening:
                found[at] = self._words[OPENS].get(line[at])
            read += [
                parts or self._met(line[at], OPENS if at in opening else written, fresh)
                for at, parts in enumerate(found)
            ]
        return read

    def _met(self, token: str, variant: str, fresh: dict[tuple[str, str], Parts]) -> Parts:
        """Return what is known of a word that is not kept as it is written: a name, a number, or one met first."""
        parts = fresh.get((token, variant))
        if parts is None:
            key = token if token[0].isalpha() else _SIGNS.get(shape := shape_of(token), shape)
            fresh[token, variant] = parts = self._words[variant].get(key) or self._learned(token, key, variant)
        return parts

    def _learned(self, token: str, key: str, variant: str) -> Parts:
        word = describe(token, variant, self._knows)
        parts = self._parts(word)
        # What is too long to be a word, such as an address of a page, may have a name in it.
        if len(key) <= LONGEST_WORD and self._is_nobody(word, is_small=token.islower()) and not self._is_full():
            self._words[variant][key] = parts
        return parts

    def _is_full(self) -> bool:
        return sum(map(len, self._words.values())) >= MAX_CACHED_WORDS

    def _is_nobody(self, word: Word, *, is_small: bool) -> bool:
        """Say whether a word is a sign, or one that lists know as a word: written small, or no name besides."""
        if "/" not in word.kind:
            return True
        letters = self._known.get(word.identity, "")
        return bool(letters) and ((is_small and COMMON in letters) or not NAMES.intersection(letters))

    def _knows(self, word: str) -> str:
        return known_of(self._known, word)

    def _parts(self, word: Word) -> Parts:
        get = self._weights.get
        total = sum([get(name, 0) for name in word.own], self._base)
        return word.kind, total.to_bytes(len(_PLACES) * self._bytes, "little"), self._pairs_of(word)

    def _pairs_of(self, word: Word) -> Pairs:
        """Return what a word says together with the one after it, by its kind; some words announce."""
        identity = word.identity if word.identity in self._announced else ""
        if not identity and word.kind not in self._joined:  # Signs are many, and none of those is kept.
            return {}
        pairs = self._pairs.get((word.kind, identity))
        if pairs is None:
            joined, announced = self._joined.get(word.kind, {}), self._announced.get(identity, {})
            totals = {kind: joined.get(kind, 0) + announced.get(kind, 0) + self._nothing for kind in joined | announced}
            pairs = {kind: total.to_bytes(len(self._silent), "little") for kind, total in totals.items()}
            self._pairs[word.kind, identity] = pairs
        return pairs


def _features(lines: Sequence[str], labels: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield each feature with the weights of all labels in one number, less that of plain text."""
    everywhere = sum(1 << 8 * LANE_BYTES * at for at in range(len(labels) - 1))
    outside = labels.index(OUTSIDE)
    for line in lines:
        name, _, written = line.rpartition("\t")
        packed = 0
        for pair in written.split(" "):
            label, _, weight = pair.partition(":")
            is_plain = int(label) == outside
            packed += -int(weight) * everywhere if is_plain else int(weight) << 8 * LANE_BYTES * int(label)
        yield name, packed


@cache
def model() -> Model:
    """Return the model, read at the first call."""
    return Model(read_data("weights.txt.gz"), lists())
