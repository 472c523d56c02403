"""The best labels of a text found by weighing every way through all of it: what the quick search must agree with.

It is spelled out as slowly as the training's own library does it, ties included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

from classifier.names.best_path import Name, Step

FORBIDDEN = -(10**6)

# What a token has over plain text, kind by kind, where a name begins with it and where one goes on.
Gain = Sequence[int]
Scores = tuple[int, list[int], list[int]]


@dataclass(frozen=True)
class Steps:
    """What each step weighs, kind by kind."""

    enter: list[int]
    go_on: tuple[list[int], list[int]]
    leave: tuple[list[int], list[int]]

    @classmethod
    def of(cls, steps: Sequence[Step]) -> "Steps":
        """Take the steps of a model."""
        go_on = [step.on[0] for step in steps], [step.on[1] for step in steps]
        leave = [step.leave[0] for step in steps], [step.leave[1] for step in steps]
        return cls([step.enter for step in steps], go_on, leave)


def names_by_full_search(gains: Sequence[Gain], steps: Sequence[Step]) -> list[Name]:
    """Return where each name begins and ends, and its kind."""
    path = _best_path(gains, Steps.of(steps))
    names: list[Name] = []
    for at, state in enumerate(path):
        if state < len(steps):
            names.append((at, at + 1, state))
        elif state < 2 * len(steps):
            first, _, kind = names.pop()
            names.append((first, at + 1, kind))
    return names


def alone_above(gains: Sequence[Gain], steps: Sequence[Step], least: int) -> list[int]:
    """Return which tokens weigh more than this as a name of their own."""
    alone = [step.enter + step.leave[0] for step in steps]
    return [at for at, gain in enumerate(gains) if max(map(add, gain, alone)) > least]


def _best_path(gains: Sequence[Gain], steps: Steps) -> list[int]:
    kinds = len(steps.enter)
    scores: list[Scores] = [(0, list(gains[0][:kinds]), [FORBIDDEN] * kinds)]
    for gain in gains[1:]:
        plain, begun, within = scores[-1]
        begin = [plain + enter + here for enter, here in zip(steps.enter, gain[:kinds], strict=True)]
        ways = zip(map(add, begun, steps.go_on[0]), map(add, within, steps.go_on[1]), strict=True)
        go_on = [max(way) + on for way, on in zip(ways, gain[kinds:], strict=True)]
        scores.append((max(plain, *_ended(scores[-1], steps)), begin, go_on))
    return _way_back(scores, steps)


def _ended(before: Scores, steps: Steps) -> list[int]:
    return [*map(add, before[1], steps.leave[0]), *map(add, before[2], steps.leave[1])]


def _way_back(scores: Sequence[Scores], steps: Steps) -> list[int]:
    plain, begun, within = scores[-1]
    last = [*begun, *within, plain]
    path = [last.index(max(last))]
    for before in reversed(scores[:-1]):
        # Plain text that came from plain text gained nothing.
        is_plain = path[-1] < len(begun) or (path[-1] == 2 * len(begun) and before[0] == plain)
        path.append(2 * len(begun) if is_plain else _came_from(path[-1], before, steps))
        plain = before[0]
    return path[::-1]


def _came_from(state: int, before: Scores, steps: Steps) -> int:
    kinds = len(before[1])
    if state == 2 * kinds:
        ended = _ended(before, steps)
        return ended.index(max(ended))
    kind = state - kinds
    is_second = before[1][kind] + steps.go_on[0][kind] >= before[2][kind] + steps.go_on[1][kind]
    return kind if is_second else state
