"""What every kind of source is asked: which places it has, and some records of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from privacy_service.jobs.records import as_json

LONGEST_VALUE = 4096  # Of a text that is looked at.
LARGEST_RECORD = 1 << 20


class ScanRefused(Exception):
    """A source or a place that cannot be looked at; the sentence says what to do, and holds no value."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some records of one place."""

    records: list[dict[str, Any]]
    declared: tuple[str, ...] = ()  # Names of columns that a table or a file declares.
    left_out: int = 0  # Records that could not be looked at.


class Source(Protocol):
    """What can be scanned."""

    @property
    def address(self) -> str:
        """Return what it is called, without secrets."""
        ...

    def places(self) -> list[str]:
        """Return its places by names that are nobody's; raise ScanRefused."""
        ...

    def sample(self, place: str, rows: int) -> Sample:
        """Return so many records of a place at most; raise ScanRefused."""
        ...


def sample_of(rows: Iterable[Mapping[str, Any]], declared: Iterable[str] = ()) -> Sample:
    """Return rows of any types as records that can be looked at; long texts are cut."""
    records, left_out = [], 0
    for row in rows:
        line = as_json(row)
        if len(line) > LARGEST_RECORD:
            left_out += 1
            continue
        records.append(_cut(orjson.loads(line)))
    return Sample(records, tuple(declared), left_out)


def _cut(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value[:LONGEST_VALUE] if isinstance(value, str) and len(value) > LONGEST_VALUE else value
        for name, value in record.items()
    }
