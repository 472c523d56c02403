"""What a file is made of and how it is packed, as its name tells."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from privacy_service.jobs.errors import JobRefused


class FileKind(StrEnum):
    """Name what a file is made of."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    TEXT = "text"


class Packing(StrEnum):
    """Name how a file is compressed."""

    NONE = ""
    GZIP = "gzip"
    ZSTD = "zstd"


_KINDS = {
    ".jsonl": FileKind.JSONL,
    ".ndjson": FileKind.JSONL,
    ".json": FileKind.JSON,
    ".csv": FileKind.CSV,
    ".tsv": FileKind.TSV,
    ".tab": FileKind.TSV,
    ".parquet": FileKind.PARQUET,
    ".txt": FileKind.TEXT,
    ".log": FileKind.TEXT,
    ".md": FileKind.TEXT,
}
_PACKINGS = {".gz": Packing.GZIP, ".zst": Packing.ZSTD, ".zstd": Packing.ZSTD}


@dataclass(frozen=True, slots=True)
class Form:
    """The kind of a file and its packing."""

    kind: FileKind
    packing: Packing


def packing_of(name: str) -> Packing:
    """Return how a file of this name is compressed."""
    return _PACKINGS.get(PurePosixPath(name.lower()).suffix, Packing.NONE)


def form_of(name: str, kind: FileKind | None = None) -> Form:
    """Return the form of a file by its name; raise JobRefused where neither the name nor the caller tells the kind."""
    packing = packing_of(name)
    bare = PurePosixPath(name.lower())
    kind = kind or _KINDS.get((bare.with_suffix("") if packing else bare).suffix)
    if kind is None:
        message = f"The name of {name} does not tell what it is made of. Say it with --format: {', '.join(FileKind)}."
        raise JobRefused(message)
    if kind is FileKind.PARQUET and packing:
        message = f"{name} is a packed Parquet file. Parquet packs its own columns: unpack the file first."
        raise JobRefused(message)
    return Form(kind, packing)


def is_known(name: str) -> bool:
    """Say whether a name tells what a file is made of."""
    bare = PurePosixPath(name.lower())
    return (bare.with_suffix("") if packing_of(name) else bare).suffix in _KINDS
