"""Whom a record is about: by the fields that a destination names, or where events have their identifiers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privacy_service.jobs.errors import Unreadable
from privacy_service.subjects.destinations.base import Subject
from privacy_service.subjects.events import identifiers_in, tells_of_people, text_of
from privacy_service.subjects.identifiers import LONGEST, Identifier, Kind

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Matching:
    """Which fields hold which identifier; none named: those of an event in Segment's shape."""

    fields: Mapping[Kind, tuple[str, ...]]

    @property
    def roots(self) -> frozenset[str]:
        """Return the columns that are needed to tell whom a record is about; none: all of them."""
        return frozenset(root for paths in self.fields.values() for path in paths for root in (path, _first(path)))

    def is_told_by(self, names: Iterable[str]) -> bool:
        """Say whether a table with these columns tells whom a row is about."""
        return not self.roots.isdisjoint(names) if self.fields else tells_of_people(names)

    def identifiers(self, record: Record) -> Iterator[Identifier]:
        """Yield the names of whomever a record is about."""
        if not self.fields:
            yield from identifiers_in(record)
            return
        for kind, paths in self.fields.items():
            for path in paths:
                for value in _values(record, path):
                    yield Identifier(kind, value)


class People:
    """Several people, to be known again in records."""

    def __init__(self, subjects: Sequence[Subject], matching: Matching) -> None:
        self._matching = matching
        self._places = {
            (one.kind, one.normal): place for place, who in enumerate(subjects) for one in who.identifiers if one.normal
        }

    def whose(self, record: Record) -> int | None:
        """Return the place of the person whom a record is about; None where it is none of them."""
        for one in self._matching.identifiers(record):
            place = self._places.get((one.kind, one.normal))
            if place is not None:
                return place
        return None


def _values(record: Any, path: str) -> Iterator[str]:
    """Yield what stands at a path such as `user.emails`: a name may hold a dot itself, and a list stands for each."""
    if isinstance(record, list):
        for one in record:
            yield from _values(one, path)
    elif not path:
        yield from _leaf(record)
    elif isinstance(record, dict):
        if path in record:
            yield from _values(record[path], "")
        elif "." in path and _first(path) in record:
            yield from _values(record[_first(path)], path.partition(".")[2])


def _leaf(value: Any) -> Iterator[str]:
    """Yield what a value says; one that says nothing to us could be anybody's, so that a person has to look."""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            message = "a column that tells whom a row is about holds bytes that are no text"
            raise Unreadable(message) from None
    if text := text_of(value):
        yield text
    elif value is not None and not isinstance(value, bool | float | str | dict):
        yield str(value)[:LONGEST]


def _first(path: str) -> str:
    return path.partition(".")[0]
