"""Values that a neighbour names, as in `{"key": "ssn", "value": "123456789"}`: what one says holds for the other."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from classifier.keys import KeyTable, Rule

# A longer text is no name of a field.
LONGEST_NAME = 80

# A literal, by its part, or a number: its part, and the characters within it.
Place = int | tuple[int, int, int]


class Pair(NamedTuple):
    """What of an object may be named, and the literals that may name it, by the rules of its fields.

    A kind names no text: `{"type": "email", "text": "Hello"}` is a message, `{"type": "email", "value": "x"}` is not.
    """

    names: Sequence[int]
    kinds: Sequence[int]
    values: Sequence[Place]
    texts: Sequence[Place]
    rules: KeyTable

    def named(self, texts: Sequence[str]) -> Iterator[tuple[Place, Rule]]:
        """Yield what is named by something that tells, each with the rule of that name."""
        name = first_telling(self.names, texts, self.rules)
        kind = first_telling(self.kinds, texts, self.rules, of_kinds=True) if name is None and self.values else None
        for places, rule in ((self.texts, name), (self.values, name or kind)):
            if rule is not None:
                yield from ((place, rule[1]) for place in places)


class _Object:
    """What was noted of an object; the frame is kept, so that no other can stand in its place in memory."""

    __slots__ = ("frame", "noted", "rules", "taken")

    def __init__(self, frame: object, rules: KeyTable) -> None:
        self.frame, self.rules = frame, rules
        self.noted: dict[str, list[Place]] = {}
        self.taken = {"value": 0, "text": 0}

    def pair(self, stop: int) -> Pair | None:
        """Return what was noted up to this part, of the values what no earlier pair held; None where nothing pairs."""
        names, kinds = self._literals("name"), self._literals("kind")
        values, texts = self._more("value", stop), self._more("text", stop)
        return (
            Pair(names, kinds, values, texts, self.rules)
            if (names and texts) or ((names or kinds) and values)
            else None
        )

    def forget_silent_names(self, texts: Sequence[str]) -> None:
        """Keep of the names the one that tells, so that none is asked again with what follows."""
        for sort in ("name", "kind"):
            first = first_telling(self._literals(sort), texts, self.rules, of_kinds=sort == "kind")
            self.noted[sort] = [] if first is None else [first[0]]

    def _literals(self, sort: str) -> list[int]:
        return [place for place in self.noted.get(sort, ()) if isinstance(place, int)]

    def _more(self, sort: str, stop: int) -> Sequence[Place]:
        places, start = self.noted.get(sort, []), self.taken[sort]
        self.taken[sort] = end = bisect_left(places, stop, start, key=_part_of)
        return places[start:end]


class PairNotes:
    """The objects of a walk in which a field may name another's value."""

    __slots__ = ("_objects",)

    def __init__(self) -> None:
        self._objects: dict[int, _Object] = {}

    def note(self, frame: object, rules: KeyTable, sort: str, places: Iterable[Place]) -> None:
        """Note the values of a field which is a part of a pair."""
        one = self._objects.get(id(frame))
        if one is None:
            one = self._objects[id(frame)] = _Object(frame, rules)
        one.noted.setdefault(sort, []).extend(places)

    def taken(self, texts: Sequence[str], still_open: Iterable[object], stop: int) -> tuple[Pair, ...]:
        """Return what makes pairs up to this part, and keep of the objects that are open what may still make some.

        Only a value that was passed already stays as it is where its name comes behind the end of a window.
        """
        pairs = tuple(pair for one in self._objects.values() if (pair := one.pair(stop)) is not None)
        self._objects = {id(frame): self._objects[id(frame)] for frame in still_open if id(frame) in self._objects}
        for one in self._objects.values():
            one.forget_silent_names(texts)
        return pairs


def told_by_names(pairs: Iterable[Pair], texts: Sequence[str]) -> dict[Place, Rule]:
    """Return the values that are named by what tells something, each with the rule of that name."""
    return dict(named for pair in pairs for named in pair.named(texts))


def first_telling(
    places: Iterable[int], texts: Sequence[str], rules: KeyTable, *, of_kinds: bool = False
) -> tuple[int, Rule] | None:
    """Return the first literal that names something, and its rule; a kind of object says nothing of whose it is."""
    for at in places:
        rule = rules.told_by(texts[at]) if 0 < len(texts[at]) <= LONGEST_NAME else None
        if rule is not None and not (of_kinds and rule.is_role):
            return at, rule
    return None


def _part_of(place: Place) -> int:
    return place if isinstance(place, int) else place[0]
