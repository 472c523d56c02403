"""What goes through a flow: records, and what a function makes of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic: its bytes, the key that it was produced under, and the id that its source gave it."""

    value: bytes
    key: bytes = b""
    id: str = ""  # The same however often it is read, so that a sink can tell a repeat.
    to: str = ""  # The sink that it is for; empty: each sink of its service.


class Trouble(StrEnum):
    """Why a record went to the dead letters: an error of the code has no other words, since those may hold a value."""

    UNREADABLE = "unreadable"  # It is not what its topic says it holds.
    REFUSED = "refused"  # The function refused it.
    BROKEN = "broken"  # The function broke.
    UNAVAILABLE = "unavailable"  # What the function asks could not be reached.
    TOO_LARGE = "too-large"


@dataclass(frozen=True, slots=True)
class Failed:
    """A record that could not be transformed, and why: never what it held."""

    trouble: Trouble
    words: str = ""  # Written by us, such as "line 3, column 7: no JSON"; never by what read the value.


# What became of one record: what goes on (nothing, where it was dropped), or why it could not.
Outcome = tuple[Record, ...] | Failed


class Function(Protocol):
    """Transforms records; one outcome for each, in their order. It raises for none of them."""

    def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return what becomes of each record."""
        ...
