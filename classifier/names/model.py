"""A linear-chain CRF at work: the weights read once, the best labels of a text found in plain Python.

The weights of all labels are kept in one whole number, a lane of bits for each label, so that adding
two numbers adds all labels at once. Each lane holds what a label has over plain text (`O`).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from operator import add
from struct import Struct

from classifier.names.features import EDGE, Word, describe, shape_of, variants_of
from classifier.names.gazetteers import COMMON, NAMES, known_of, lists, read_data

OUTSIDE = "O"
# A lane is read as one whole number with a sign.
LANE_BITS, LANE_FORMAT, LANE_BYTES = 32, "i", 4
_HALF = 1 << (LANE_BITS - 1)
# In hundredths of a weight: a person who stays readable is worse than a word that is hidden for nothing.
EAGERNESS = {"B-PER": 120}
FORBIDDEN = -(10**6)
# Words of the lists are read once; names are not kept, as they may be somebody's.
MAX_CACHED_WORDS = 20_000

# At a token: what plain text weighs, and each kind where it begins and where it goes on.
Scores = tuple[int, list[int], list[int]]

# A feature of the word itself, of the one before and after it, of those two places before and after it.
_PLACES = ("0", "-", "+", "<", ">")
_NOTHING = (0, 0, 0, 0, 0)
# A word, what it adds to its own labels, and to those of the words one and two places after and before it.
Parts = tuple[Word, int, int, int, int, int]


class Model:
    """Labels, transitions and weights, shared by threads."""

    def __init__(self, text: str, known: dict[str, str]) -> None:
        """Read the weights as the training wrote them."""
        lines = text.split("\n")
        self.labels = tuple(lines[0].split("\t"))
        self._lanes = Struct(f"<{len(self.labels)}{LANE_FORMAT}")
        # Kept above zero by their highest bit, so that no lane borrows from the next.
        self._lift = sum(_HALF << at * LANE_BITS for at in range(len(self.labels)))
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
        # What a name of one word costs, kind by kind.
        self._alone = [*map(add, self._enter, self._leave[0])]

    def _read_weights(self, lines: Sequence[str]) -> None:
        self._weights: dict[str, tuple[int, ...]] = {}
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
                known = [*self._weights.get(name[1:], _NOTHING)]
                known[_PLACES.index(name[0])] = weight
                self._weights[name[1:]] = tuple(known)

    def label(self, tokens: Sequence[str]) -> list[str]:
        """Return the best label of each token."""
        return self.label_near(tokens, least=None)[0]

    def label_near(self, tokens: Sequence[str], *, least: int | None) -> tuple[list[str], list[int]]:
        """Return the best label of each token, and which tokens, alone as a name, would lose no more than that."""
        if not tokens:
            return [], []
        gains = [*map(self._gains, self._emissions(tokens))]
        near = [] if least is None else [at for at, gain in enumerate(gains) if self._alone_of(gain) > least]
        return [self.labels[state] for state in self._best_path(gains)], near

    def _alone_of(self, gain: Sequence[int]) -> int:
        most: int = max(map(add, gain, self._alone))
        return most

    def _gains(self, emission: int) -> tuple[int, ...]:
        return self._lanes.unpack((emission ^ self._lift).to_bytes(self._lanes.size, "little"))

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
                is_kept = len(kept) < MAX_CACHED_WORDS and self._is_nobody(word, is_small=token.islower())
                (kept if is_kept else fresh)[key] = parts
            yield parts

    def _is_nobody(self, word: Word, *, is_small: bool) -> bool:
        """Say whether a word is a sign, or one that lists know as a word: written small, or no name besides."""
        if "/" not in word.kind:
            return True
        letters = self._known.get(word.identity, "")
        return bool(letters) and ((is_small and COMMON in letters) or not NAMES.intersection(letters))

    def _knows(self, word: str) -> str:
        return known_of(self._known, word)

    def _parts(self, word: Word) -> Parts:
        get, near = self._weights.get, len(word.near)
        rows = [get(name, _NOTHING) for name in word.near]
        own, before, after, two_before, two_after = map(sum, zip(*rows, strict=True))
        own += sum([get(name, _NOTHING)[0] for name in word.own[near:]])
        return word, own, before, after, two_before, two_after

    def _best_path(self, gains: Sequence[Sequence[int]]) -> list[int]:
        """Return the best labels; the scores of all tokens are kept, and what led to them is asked on the way back."""
        kinds = len(self._enter)
        steps = [*zip(self._enter, *self._go_on, *self._leave, strict=True)]
        plain, begun, within = 0, list(gains[0][:kinds]), [FORBIDDEN] * kinds
        scores = [(plain, begun, within)]
        for gain in gains[1:]:
            ended, begin, go_on = plain, [], []
            # Spelled out, as this is asked of every word: calls of `max` would take half as long again.
            for (enter, on_begun, on_within, leave_begun, leave_within), first, later, here, on in zip(
                steps, begun, within, gain, gain[kinds:], strict=False
            ):
                begin.append(plain + enter + here)
                one, other = first + on_begun, later + on_within
                go_on.append(one + on if one > other else other + on)
                one, other = first + leave_begun, later + leave_within
                if one > ended:  # noqa: PLR1730 - see above.
                    ended = one
                if other > ended:  # noqa: PLR1730 - see above.
                    ended = other
            plain, begun, within = ended, begin, go_on
            scores.append((plain, begun, within))
        return self._way_back(scores)

    def _way_back(self, scores: Sequence[Scores]) -> list[int]:
        plain, begun, within = scores[-1]
        last = [*begun, *within, plain]
        path = [last.index(max(last))]
        for before in reversed(scores[:-1]):
            # Plain text that came from plain text gained nothing.
            is_plain = path[-1] < len(begun) or (path[-1] == 2 * len(begun) and before[0] == plain)
            path.append(2 * len(begun) if is_plain else self._came_from(path[-1], before))
            plain = before[0]
        return path[::-1]

    def _came_from(self, state: int, before: Scores) -> int:
        """Return the label of the token before, given that of a token that follows a part of a name."""
        _, begun, within = before
        kinds = len(begun)
        if state < 2 * kinds:
            kind = state - kinds
            is_second = begun[kind] + self._go_on[0][kind] >= within[kind] + self._go_on[1][kind]
            return kind if is_second else state
        ended = [*map(add, begun, self._leave[0]), *map(add, within, self._leave[1])]
        return ended.index(max(ended))


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
