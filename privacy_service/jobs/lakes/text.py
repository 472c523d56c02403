"""Lines of JSON and tables record by record, with the bytes of each, so that what stays keeps them."""

import csv
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from classifier import Tier
from classifier.payloads.csv_pieces import records_of
from privacy_service.jobs.cutting.tables import Head, as_text, head_of
from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.kinds import FileKind, Form, Packing
from privacy_service.jobs.lakes.matching import Matching, Record
from privacy_service.jobs.packing import Unpacked, check_packing, unpacked
from privacy_service.jobs.places import Place

_BLOCK = 256 << 10
_LONGEST_LINE = 64 << 20
_ZSTD_LEVEL = 3

# The bytes of a record and what they say; None for a header or an empty line, which are about nobody.
Piece = tuple[bytes, Record | None]


def records(place: Place, form: Form, matching: Matching) -> Iterator[Record]:
    """Yield the records of a file; raise Unreadable."""
    with unpacked(place, form.packing) as reading:
        yield from (record for _, record in _pieces(reading, form, matching) if record is not None)


def rewrite(place: Place, form: Form, matching: Matching, is_gone: Callable[[Record], bool], sink: Any) -> None:
    """Write a file without some of its records; whatever stays keeps its very bytes."""
    with unpacked(place, form.packing) as reading, _packing(sink, form.packing) as out:
        for raw, record in _pieces(reading, form, matching):
            if record is None or not is_gone(record):
                out.write(raw)


def _pieces(reading: Unpacked, form: Form, matching: Matching) -> Iterator[Piece]:
    return _json_lines(reading) if form.kind is FileKind.JSONL else _table(reading, matching)


def _json_lines(reading: Unpacked) -> Iterator[Piece]:
    for number, line in enumerate(_lines(reading), 1):
        if not line.strip():
            yield line, None
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            message = "this is no JSON object, so nobody can say whom it is about"
            raise Unreadable(message, line=number)
        yield line, record


def _table(reading: Unpacked, matching: Matching) -> Iterator[Piece]:
    lines = _Lines(reading)
    head = head_of(lines.start(), Tier.FAST)
    above, names = lines.take(head.length), _cells(as_text(head.shown), head)
    if not matching.is_told_by(names):
        message = "its header names none of the columns that tell whom a record is about"
        raise Unreadable(message)
    if above:
        yield above, None
    for text in records_of(map(as_text, lines), head.delimiter):
        yield text.encode(), dict(zip(names, _cells(text, head), strict=False)) if text.strip() else None


def _cells(text: str, head: Head) -> list[str]:
    return next(csv.reader([text.rstrip("\r\n")], delimiter=head.delimiter), [])


class _Lines:
    """The lines of a file, of which the first can be looked at before they are read."""

    def __init__(self, reading: Unpacked) -> None:
        self._reading = reading
        self._held = b""

    def start(self) -> bytes:
        """Return the first block."""
        while len(self._held) < _BLOCK and (more := self._reading.read(_BLOCK)):
            self._held += more
        return self._held

    def take(self, length: int) -> bytes:
        """Return so much of the first block, which the lines leave out."""
        taken, self._held = self._held[:length], self._held[length:]
        return taken

    def __iter__(self) -> Iterator[bytes]:
        yield from _lines(self._reading, self._held)


def _lines(reading: Unpacked, held: bytes = b"") -> Iterator[bytes]:
    while True:
        *whole, held = held.split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(held) > _LONGEST_LINE:
            message = f"a line is longer than {_LONGEST_LINE >> 20} MB"
            raise Unreadable(message)
        more = reading.read(_BLOCK)
        if not more:
            break
        held += more
    if held:
        yield held


@contextmanager
def _packing(sink: Any, packing: Packing) -> Iterator[Any]:
    check_packing(packing)
    match packing:
        case Packing.NONE:
            yield sink
        case Packing.GZIP:
            with gzip.GzipFile(filename="", fileobj=sink, mode="wb", compresslevel=6, mtime=0) as out:
                yield out
        case Packing.ZSTD:
            import zstandard  # noqa: PLC0415 - an extra, which was just looked for.

            with zstandard.ZstdCompressor(level=_ZSTD_LEVEL).stream_writer(sink, closefd=False) as out:
                yield out
