"""Masking and classifying streams of any length, piece by piece; what cannot be read as its kind is read as text."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

import orjson

from classifier.engine import classify, locate, mask
from classifier.entities import Entity
from classifier.exceptions import ClassifierFailed, InvalidEncoding, InvalidPayload
from classifier.payloads.csv_pieces import Piece, csv_pieces
from classifier.payloads.json_syntax import BYTE_ORDER_MARK, decode_utf8
from classifier.payloads.types import Finding, PayloadKind
from classifier.policies import Policy
from classifier.spans import Span

PIECE_BYTES = 1 << 18
_BLANK = b" \t\r\n"

Options = Mapping[str, Any]
Name = Callable[[Entity], str]


class Source(Protocol):
    """What is asked of a stream: bytes, whole or line by line."""

    def read(self) -> bytes:
        """Return everything."""
        ...

    def readlines(self, hint: int, /) -> list[bytes]:
        """Return some lines, of about so many bytes."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines."""
        ...


class Format(StrEnum):
    """Name what a stream is made of."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    # One text a line, as `{"id": ..., "text": ...}`: the form in which findings can be scored.
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a run over a stream needs: how thoroughly to look, whom to tell of trouble, how to name a find."""

    options: Options = field(default_factory=dict)
    note: Callable[[str], None] = lambda _: None
    name_of: Name = str
    piece_bytes: int = PIECE_BYTES
    # What findings say they come from, where one run reads several files.
    file: str = ""

    def mask(self, stream: Source, form: Format, policy: Policy) -> Iterator[bytes]:
        """Yield the stream with its personal data hidden, piece by piece."""
        match form:
            case Format.TEXT:
                yield mask(stream.read(), policy, kind=PayloadKind.TEXT, **self.options).payload
            case Format.JSON:
                yield self._masked_document(stream.read(), policy)
            case Format.NDJSON:
                yield from (
                    self._masked_lines(lines, policy, first) for first, lines in _line_pieces(stream, self.piece_bytes)
                )
            case Format.CSV:
                yield from (
                    self._masked_rows(piece, policy)
                    for piece in csv_pieces(_text_lines(stream), self.piece_bytes, self.options)
                )
            case Format.JSONL:
                yield from (_as_line({"id": i, "text": self._masked_text(text, policy)}) for i, text in _texts(stream))

    def classify(self, stream: Source, form: Format) -> Iterator[bytes]:
        """Yield what is personal in the stream, as lines of JSON: never a value."""
        if form is Format.JSONL:
            yield from (_as_line({"id": i, "spans": self.spans_of(text)}) for i, text in _texts(stream))
        else:
            yield from (self._as_finding(finding) for finding in self._findings(stream, form))

    def spans_of(self, text: str) -> list[dict[str, Any]]:
        """Return what is personal in a text, by its own code points."""
        return [self._as_span(span) for span in locate(text, **self.options)]

    def _masked_document(self, body: bytes, policy: Policy, lines_before: int = 0) -> bytes:
        try:
            return mask(body, policy, kind=PayloadKind.JSON, **self.options).payload
        except InvalidPayload as error:
            self._note_broken(error, lines_before)
        return mask(body, policy, kind=PayloadKind.TEXT, **self.options).payload

    def _masked_lines(self, lines: list[bytes], policy: Policy, first: int) -> bytes:
        try:
            return mask(b"".join(lines), policy, kind=PayloadKind.NDJSON, **self.options).payload
        except InvalidPayload:
            # One line at a time, to find out which is broken.
            numbered = list(enumerate(lines, first))
        return b"".join(
            self._masked_document(line, policy, at) if line.strip(_BLANK) else line for at, line in numbered
        )

    def _note_broken(self, error: InvalidPayload, lines_before: int) -> None:
        self.note(f"line {lines_before + error.line} column {error.column}: {error.message}; read as text.")

    def _masked_rows(self, piece: Piece, policy: Policy) -> bytes:
        header = piece.header.encode()
        masked = mask(header + piece.records.encode(), policy, kind=PayloadKind.CSV, **self.options).payload
        if header and not masked.startswith(header):
            # A name of a column may hold what an owner blocks.
            header = mask(header, policy, kind=PayloadKind.CSV, **self.options).payload
        if not masked.startswith(header):
            message = "The classifier failed (a header changed); the rest was not masked."
            raise ClassifierFailed(message)
        return masked[len(header) :]

    def _masked_text(self, text: str, policy: Policy) -> str:
        # A lone surrogate, which JSON can spell and UTF-8 cannot, becomes a question mark.
        body = text.encode("utf-8", "replace")
        return mask(body, policy, kind=PayloadKind.TEXT, **self.options).payload.decode()

    def _findings(self, stream: Source, form: Format) -> Iterator[Finding]:
        match form:
            case Format.NDJSON:
                for first, lines in _line_pieces(stream, self.piece_bytes):
                    yield from self._found_in_lines(lines, first)
            case Format.CSV:
                for piece in csv_pieces(_text_lines(stream), self.piece_bytes, self.options):
                    yield from self._found_in_rows(piece)
            case Format.JSON:
                yield from self._found_in_document(stream.read())
            case _:
                yield from classify(stream.read(), kind=PayloadKind.TEXT, **self.options)

    def _found_in_document(self, body: bytes, lines_before: int = 0) -> tuple[Finding, ...]:
        try:
            return classify(body, kind=PayloadKind.JSON, **self.options)
        except InvalidPayload as error:
            self._note_broken(error, lines_before)
        return classify(body, kind=PayloadKind.TEXT, **self.options)

    def _found_in_lines(self, lines: list[bytes], first: int) -> Iterator[Finding]:
        for index, line in enumerate(lines, first):
            if line.strip(_BLANK):
                found = self._found_in_document(line, index)
                yield from (replace(finding, path=f"/{index}{finding.path}") for finding in found)

    def _found_in_rows(self, piece: Piece) -> Iterator[Finding]:
        body = (piece.header + piece.records).encode()
        shift = piece.first_row - int(bool(piece.header))
        for finding in classify(body, kind=PayloadKind.CSV, **self.options):
            _, row, rest = finding.path.split("/", 2)
            yield replace(finding, path=f"/{int(row) + shift}/{rest}")

    def _as_finding(self, finding: Finding) -> bytes:
        file = {"file": self.file} if self.file else {}
        return _as_line({**file, "path": finding.path, **self._as_span(finding)})

    def _as_span(self, span: Span | Finding) -> dict[str, Any]:
        return {
            "start": span.start,
            "end": span.end,
            "label": self.name_of(span.entity),
            "score": round(span.score, 3),
            "recognizer": span.recognizer,
        }


def _line_pieces(stream: Source, size: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield some lines at a time, with the number of lines before them."""
    count = 0
    while lines := stream.readlines(size):
        yield count, lines
        count += len(lines)


def _text_lines(stream: Source) -> Iterator[str]:
    """Yield the lines of a table, or say at which byte of the file it stops being UTF-8."""
    offset = 0
    for line in stream:
        try:
            text = decode_utf8(line)
        except InvalidEncoding as error:
            raise InvalidEncoding(offset + error.offset) from None
        yield text
        offset += len(line)


def _texts(stream: Source) -> Iterator[tuple[Any, str]]:
    """Yield the id and the text of each line."""
    for number, line in enumerate(stream, 1):
        if line.strip(_BLANK):
            yield _text_of(line, number)


def _text_of(line: bytes, number: int) -> tuple[Any, str]:
    try:
        # The second reader takes what the first refuses and the grammar allows, such as a lone surrogate.
        record = _read(line)
        if isinstance(record["text"], str):
            return record["id"], record["text"]
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    message = 'Expected an object with an "id" and a "text"'
    raise InvalidPayload(message, number, 1)


def _read(line: bytes) -> Any:
    text = decode_utf8(line).removeprefix(BYTE_ORDER_MARK)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _as_line(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # An id may hold a lone surrogate, or a number that only the other writer can hold.
        return json.dumps(record).encode() + b"\n"
