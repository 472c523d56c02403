"""Values that a neighbour names, as in `{"key": "ssn", "value": "123456789"}`: what one says holds for the other."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from classifier.keys import KeyTable, Rule

# A longer text is no name of a field.
LONGEST_NAME = 80

# A literal, by its part, or a number: its part, and the characters within it.
Place = int | tuple[int, int, int]


class Pair(NamedTuple):
    """The values of an object that may be named, and the literals that may name them, by the rules of its fields."""

    names: tuple[int, ...]
    values: tuple[Place, ...]
    rules: KeyTable


class _Object:
    """What was noted of an object; the frame is kept, so that no other can stand in its place in memory."""

    __slots__ = ("frame", "names", "rules", "values")

    def __init__(self, frame: object, rules: KeyTable) -> None:
        self.frame, self.rules = frame, rules
        self.names: list[int] = []
        self.values: list[Place] = []


class PairNotes:
    """The objects of a walk in which a field may name another's value."""

    __slots__ = ("_objects",)

    def __init__(self) -> None:
        self._objects: dict[int, _Object] = {}

    def note(self, frame: object, rules: KeyTable, pair: str, places: Iterable[Place]) -> None:
        """Note the values of a field which is the name or the value of a pair."""
        one = self._objects.get(id(frame))
        if one is None:
            one = self._objects[id(frame)] = _Object(frame, rules)
        if pair == "value":
            one.values += places
        else:
            one.names += [at for at in places if isinstance(at, int)]

    def taken(self, still_open: Iterable[object], stop: int) -> tuple[Pair, ...]:
        """Return what makes pairs up to this part, and keep of the objects that are open what may still make some.

        Only a value that was passed already stays as it is where its name comes behind the end of a window.
        """
        noted = self._objects.values()
        pairs = tuple(Pair(tuple(one.names), tuple(one.values), one.rules) for one in noted if one.names and one.values)
        self._objects = {id(frame): self._objects[id(frame)] for frame in still_open if id(frame) in self._objects}
        for one in self._objects.values():
            one.values = [place for place in one.values if isinstance(place, int) and place >= stop]
        return pairs


def told_by_names(pairs: Iterable[Pair], texts: Sequence[str]) -> dict[Place, Rule]:
    """Return the values that are named by what tells something, each with the rule of that name."""
    return {place: rule for pair in pairs for rule in _rules_of(pair, texts) for place in pair.values}


def _rules_of(pair: Pair, texts: Sequence[str]) -> Iterator[Rule]:
    for at in pair.names:
        rule = pair.rules.told_by(texts[at]) if 0 < len(texts[at]) <= LONGEST_NAME else None
        if rule is not None:
            yield rule
            return
