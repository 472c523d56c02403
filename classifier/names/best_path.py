"""The best way through a text: where each name begins and ends, searched for only where a name can pay for itself.

A name costs something where it begins and where it ends, plain text nothing. So most words are out of reach of every
name before one way is weighed against another.
"""

import re
import sys
from array import array
from collections.abc import Iterator, Sequence
from operator import sub

# What a lane of two bytes holds that weighs nothing: its highest bit tells what weighs no less.
ZERO = 1 << 15
FORBIDDEN = -(10**6)
LANE_BYTES = 2
# One where the highest bit of a byte is set.
_IS_SET = bytes(at >> 7 for at in range(256))
_ONE = re.compile(b"\1")

# Where a name begins, where it ends, and its kind.
Name = tuple[int, int, int]
# Neighbouring words of which names of one kind may be made: the first, the one after the last, the kind.
Reach = tuple[int, int, int]
# At a word: what plain text weighs, and each kind where it begins and where it goes on.
Scores = tuple[int, list[int], list[int]]


class Step:
    """What the steps into, through and out of a name of one kind weigh, less what plain text weighs."""

    __slots__ = ("alone", "begin", "enter", "go_on", "here", "leave", "on", "unpaid")

    def __init__(self, enter: int, on: tuple[int, int], leave: tuple[int, int]) -> None:
        """Take what they weigh; those that go on and out, after the first word of a name and after a later one."""
        self.enter, self.on, self.leave = enter, on, leave
        self.alone = enter + leave[0]
        # The most that the steps into a name and out of it weigh, and a step on, by which it may leave for less.
        self.begin = enter + max(leave)
        self.go_on = max(on) + max(0, leave[1] - leave[0])
        # The steps to a word, less what is added to its lanes already.
        self.here = (-max(leave) - ZERO, *(each - self.go_on - ZERO for each in on))
        # What a name saves that ends with the text; a little more, as it wins where both weigh the same.
        self.unpaid = max(0, *(-each for each in leave)) + 1


class Gains:
    """What each word of a text has over plain text, kind by kind, where a name begins with it and where one goes on.

    The steps there are added already, so that what is below nothing makes no name, and none longer.
    """

    __slots__ = ("_lanes", "_packed", "_steps", "_values", "count")

    def __init__(self, packed: bytes, steps: Sequence[Step]) -> None:
        """Take the lanes of all words, of each word those of its beginnings first."""
        self._packed, self._steps, self._lanes = packed, steps, 2 * len(steps)
        self._values = array("H", packed)
        if sys.byteorder == "big":
            self._values.byteswap()
        self.count = len(self._values) // self._lanes

    def alone_above(self, least: int) -> list[int]:
        """Return the words that would weigh more than this as a name of their own."""
        near: set[int] = set()
        for kind, step in enumerate(self._steps):
            limit = ZERO + least + step.begin - step.alone
            near.update(at for at, gain in enumerate(self._values[kind :: self._lanes]) if gain > limit)
        return sorted(near)

    def names(self) -> list[Name]:
        """Return the names on the best way through the text."""
        reaches = sorted(reach for kind in range(len(self._steps)) for reach in self._reaches(kind))
        return [name for island in _islands(reaches) for name in self._best_names(*island)]

    def _reaches(self, kind: int) -> Iterator[Reach]:
        """Yield the words of which names of a kind may be made; the best way has none that is made of others."""
        begin, inside = self._values[kind :: self._lanes], self._values[len(self._steps) + kind :: self._lanes]
        begin[0] -= self._steps[kind].enter  # Nothing stands before it.
        rooms, heads = self._rooms(kind, begin, inside)
        end = 0
        for head in heads:
            if head < end:
                continue
            weight, end = begin[head] - ZERO, head + 1
            while end < self.count and end in rooms and weight + rooms[end] > 0:
                weight = max(weight + inside[end], begin[end]) - ZERO
                end += 1
            yield head, end, kind

    def _rooms(self, kind: int, begin: Sequence[int], inside: Sequence[int]) -> tuple[dict[int, int], list[int]]:
        """Return by how much a name weighs more that goes on with a word, where it does, and where a name may begin."""
        rooms: dict[int, int] = {}
        heads = self._places_above_zero(kind)
        gains = self._above_zero(len(self._steps) + kind)
        at, room = self.count, self._steps[kind].unpaid
        while at >= 0:
            while room > 0 and at:
                rooms[at] = room
                at -= 1
                if begin[at] + room > ZERO:
                    heads.add(at)
                room += inside[at] - ZERO
            at = gains.rfind(1, 0, at)
            room = inside[at] - ZERO
        if begin[0] > ZERO:
            heads.add(0)
        return rooms, sorted(heads)

    def _places_above_zero(self, lane: int) -> set[int]:
        return {found.start() for found in _ONE.finditer(self._above_zero(lane))}

    def _above_zero(self, lane: int) -> bytes:
        """Return for each word whether it weighs no less than nothing in a lane."""
        return self._packed[LANE_BYTES * lane + LANE_BYTES - 1 :: LANE_BYTES * self._lanes].translate(_IS_SET)

    def _best_names(self, first: int, end: int, kinds: Sequence[int]) -> list[Name]:
        """Return the names of some kinds among neighbouring words that have plain text before and after them."""
        steps = [self._steps[kind] for kind in kinds]
        scores = self._scores(first, end, kinds, steps)
        names = [*_names_back(scores, steps, ends_text=end == self.count)]
        return [(first + begin, first + stop, kinds[at]) for begin, stop, at in reversed(names)]

    def _scores(self, first: int, end: int, kinds: Sequence[int], steps: Sequence[Step]) -> list[Scores]:
        """Return what the best ways to each of some words weigh; what led there is asked on the way back."""
        values, lanes, further = self._values, self._lanes, len(self._steps)
        ways = [(kind, kind + further, *step.here, *step.leave) for kind, step in zip(kinds, steps, strict=True)]
        plain, within = 0, [FORBIDDEN] * len(kinds)
        begun = [values[first * lanes + kind] + step.here[0] for kind, step in zip(kinds, steps, strict=True)]
        if first == 0:  # Nothing stands before it.
            begun = [*map(sub, begun, (step.enter for step in steps))]
        scores = [(plain, begun, within)]
        for word in range(lanes * (first + 1), lanes * end, lanes):
            ended, begin, go_on = plain, [], []
            # Spelled out, as this is asked of every word in reach: calls of `max` would take half as long again.
            for (kind, later, enter, on_begun, on_within, leave_begun, leave_within), one, other in zip(
                ways, begun, within, strict=False
            ):
                begin.append(plain + enter + values[word + kind])
                second, next_one = one + on_begun, other + on_within
                if next_one > second:  # noqa: PLR1730 - see above.
                    second = next_one
                go_on.append(second + values[word + later])
                if one + leave_begun > ended:  # noqa: PLR1730 - see above.
                    ended = one + leave_begun
                if other + leave_within > ended:  # noqa: PLR1730 - see above.
                    ended = other + leave_within
            plain, begun, within = ended, begin, go_on
            scores.append((plain, begun, within))
        return scores


def _names_back(scores: Sequence[Scores], steps: Sequence[Step], *, ends_text: bool) -> Iterator[Name]:
    """Yield the names of the best way, the last one first."""
    plain, begun, within = scores[-1]
    kinds = len(steps)
    last = [*begun, *within, plain]
    state = last.index(max(last)) if ends_text else _before_plain(scores[-1], steps)
    end = len(scores)
    for at in range(len(scores) - 1, 0, -1):
        before = scores[at - 1]
        if state == 2 * kinds:
            end = at
            # What came from plain text gained nothing.
            state = state if scores[at][0] == before[0] else _before_plain(before, steps)
        elif state >= kinds:
            state = _before_later(before, steps[state - kinds], state - kinds, kinds)
        else:
            yield at, end, state
            state = 2 * kinds
    if state < kinds:
        yield 0, end, state


def _before_plain(before: Scores, steps: Sequence[Step]) -> int:
    """Return what stands before a word of plain text: plain text too, if it weighs no less than the end of a name."""
    plain, begun, within = before
    ended = [one + step.leave[0] for one, step in zip(begun, steps, strict=True)]
    ended += [one + step.leave[1] for one, step in zip(within, steps, strict=True)]
    most = max(ended)
    return len(ended) if plain >= most else ended.index(most)


def _before_later(before: Scores, step: Step, kind: int, kinds: int) -> int:
    """Return what stands before a later word of a name: its first word, or another later one."""
    _, begun, within = before
    return kind if begun[kind] + step.on[0] >= within[kind] + step.on[1] else kinds + kind


def _islands(reaches: Sequence[Reach]) -> Iterator[tuple[int, int, list[int]]]:
    """Yield where words in some reach begin and end, and of which kinds, in order."""
    first = end = 0
    kinds: set[int] = set()
    for start, stop, kind in reaches:
        if kinds and start > end:
            yield first, end, sorted(kinds)
            kinds.clear()
        if not kinds:
            first, end = start, stop
        end = max(end, stop)
        kinds.add(kind)
    if kinds:
        yield first, end, sorted(kinds)
