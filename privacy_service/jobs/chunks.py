"""A chunk of a file, how it is hidden, and what became of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from classifier import Policy, Tier
from privacy_service.jobs.errors import PartDamaged
from privacy_service.jobs.kinds import Form

CHUNK_BYTES = 8 << 20
# A document, a record or a cell longer than this is not read: memory stays constant.
LONGEST_RECORD = 64 << 20


class OnError(StrEnum):
    """Say what becomes of a record that cannot be read as its kind."""

    STOP = "stop"  # The file is given up, and nothing of it is visible.
    TEXT = "text"  # It is masked as running text, and noted.


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some whole records of a file: bytes from `start` to `end` of what it unpacks to, or a row group of Parquet."""

    index: int
    start: int
    end: int
    is_first: bool
    is_last: bool
    data: bytes | None = field(default=None, repr=False)  # None: whoever masks it reads it.
    read_up_to: int = 0  # How far into the file, packed as it is, the reading has come.


@dataclass(frozen=True, slots=True)
class Hiding:
    """How the chunks of a file are hidden."""

    form: Form
    policy: Policy
    tier: Tier
    on_error: OnError = OnError.STOP
    sample_rows: int = 20  # Of each chunk, so many records are looked at once more, to tell which fields held what.


@dataclass(frozen=True, slots=True)
class Trouble:
    """A record that was not of its kind: where in the chunk, and what is wrong; never what it holds."""

    line: int
    column: int
    message: str


@dataclass(slots=True)
class Masked:
    """A chunk with its personal data hidden."""

    data: bytes = field(repr=False)
    rows: int = 0
    lines: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)  # In the sample: path and kind.
    sampled: int = 0
    troubles: list[Trouble] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Done:
    """What is kept of a chunk that was masked: enough to trust its part later, and to count."""

    index: int
    start: int
    end: int
    sum_in: str  # CRC-32, of what was read.
    sum_out: str  # The same of the part as it was written.
    size: int
    rows: int
    lines: int
    entities: Mapping[str, int]
    fields: Mapping[str, int]  # "path kind", in the sample.
    sampled: int
    troubles: tuple[Trouble, ...] = ()

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """Return what was kept as plain data; raise PartDamaged for what another version of the service kept."""
        try:
            return cls(**{**stored, "troubles": tuple(Trouble(**one) for one in stored["troubles"])})
        except (KeyError, TypeError):
            message = "what was written down of a part is not of this version"
        raise PartDamaged(message)
