"""One chunk of a file with its personal data hidden, piece by piece."""

from collections.abc import Iterator
from functools import partial

import classifier
from classifier import ClassifierError, InvalidEncoding, InvalidPayload, LeakFound, PayloadKind
from privacy_service.enforcement import hiding
from privacy_service.enforcement.enforce import count_leak, limits
from privacy_service.enforcement.verifying import paths_of
from privacy_service.jobs.chunks import Chunk, Hiding, Masked, OnError, Trouble
from privacy_service.jobs.cutting import pieces_of
from privacy_service.jobs.cutting.arrays import count_elements, is_list_of_objects
from privacy_service.jobs.cutting.lines import end_of_lines
from privacy_service.jobs.cutting.prose import end_of_prose
from privacy_service.jobs.cutting.tables import Head, count_records, end_of_records
from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.kinds import FileKind

# A piece is masked at once: larger ones cost memory and win no time.
PIECE_BYTES = 256 << 10
_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


def mask_chunk(chunk: Chunk, data: bytes, hiding: Hiding, head: Head | None = None) -> Masked:
    """Return the chunk as its readers may see it; raise Unreadable, with a line of the chunk."""
    masking = _Masking(hiding, Masked(b"", lines=data.count(b"\n")))
    if hiding.form.kind is not FileKind.JSON and b"\x00" in data:
        message = "this holds NUL bytes, as UTF-16 does; convert it to UTF-8"
        raise Unreadable(message, line=data.count(b"\n", 0, data.index(b"\x00")) + 1)
    match hiding.form.kind:
        case FileKind.JSONL:
            pieces = masking.lines(data)
        case FileKind.CSV | FileKind.TSV if head:
            pieces = masking.records(chunk, data, head)
        case FileKind.JSON:
            pieces = masking.elements(chunk, data)
        case _:
            pieces = masking.prose(data)
    masking.result.data = b"".join(pieces)
    return masking.result


class _Masking:
    """The masking of one chunk, with what is counted on the way."""

    def __init__(self, hiding: Hiding, result: Masked) -> None:
        self._hiding = hiding
        self._line = 0  # How many lines of the chunk lie before what is masked now.
        self.result = result

    def lines(self, data: bytes) -> Iterator[bytes]:
        """Yield lines of JSON."""
        self._sample(_first_lines(data, self._hiding.sample_rows), PayloadKind.NDJSON)
        for piece in pieces_of(data, end_of_lines, PIECE_BYTES):
            yield self._json_lines(piece)
            self._count(piece.count(b"\n") + (not piece.endswith(b"\n")), piece)

    def records(self, chunk: Chunk, data: bytes, head: Head) -> Iterator[bytes]:
        """Yield the records of a table, what stands above them first."""
        if chunk.is_first:
            yield head.mark
            yield self._whole(head.above, PayloadKind.CSV) if head.above else b""
            self._line += head.above.count(b"\n")
            data = data[head.length :]
        self._sample(head.shown + _first_lines(data, self._hiding.sample_rows), PayloadKind.CSV)
        header = self._as_masked(head.shown)
        for piece in pieces_of(data, partial(end_of_records, delimiter=head.delimiter), PIECE_BYTES):
            masked = self._whole(head.shown + piece, PayloadKind.CSV)
            if not masked.startswith(header):
                message = "the classifier failed (a header changed)"
                raise Unreadable(message, line=self._line + 1)
            yield masked[len(header) :]
            self._count(count_records(piece, head.delimiter), piece)

    def _as_masked(self, shown: bytes) -> bytes:
        """Return the header as it stands above masked records: its names may hold what an owner blocks."""
        try:
            return classifier.mask(shown, self._hiding.policy, kind=PayloadKind.CSV, tier=self._hiding.tier).payload
        except ClassifierError as error:
            raise self._unreadable(error) from None

    def elements(self, chunk: Chunk, data: bytes) -> Iterator[bytes]:
        """Yield a document, or those elements of a list that this chunk holds."""
        before = b"" if chunk.is_first else b"["
        inner = data if chunk.is_last else data[:-1]  # Without its last comma.
        after = b"" if chunk.is_last else b"]"
        document = before + inner + after
        self._sample(document if len(document) <= PIECE_BYTES else b"[]", PayloadKind.JSON)
        masked = self._document(document)
        yield masked[len(before) : len(masked) - len(after)] + (b"" if chunk.is_last else b",")
        is_list = not (chunk.is_first and chunk.is_last) or is_list_of_objects(data)
        self._count(count_elements(data) if is_list else 1, b"")

    def prose(self, data: bytes) -> Iterator[bytes]:
        """Yield running text."""
        pieces = pieces_of(data, partial(end_of_prose, tier=self._hiding.tier), PIECE_BYTES)
        for piece in [data] if self._hiding.policy.everything else pieces:
            yield self._whole(piece, PayloadKind.TEXT)
            self._count(piece.count(b"\n"), piece)

    def _json_lines(self, piece: bytes) -> bytes:
        try:
            return self._mask(piece, PayloadKind.NDJSON)
        except (InvalidPayload, classifier.TooDeep) as error:
            if self._hiding.on_error is OnError.STOP:
                raise self._unreadable(error) from None
        # One line at a time, to find out which cannot be read.
        return b"".join(self._json_line(line, at) for at, line in enumerate(_split_lines(piece), self._line))

    def _json_line(self, line: bytes, lines_before: int) -> bytes:
        inner = line.rstrip(_BLANK)
        if not inner:
            return line
        try:
            return self._mask(inner, PayloadKind.JSON) + line[len(inner) :]
        except (InvalidPayload, classifier.TooDeep) as error:
            trouble = Trouble(lines_before + 1, getattr(error, "column", 0), _message_of(error))
        self.result.troubles.append(trouble)
        return self._whole(line, PayloadKind.TEXT)

    def _document(self, document: bytes) -> bytes:
        try:
            return self._mask(document, PayloadKind.JSON)
        except (InvalidPayload, classifier.TooDeep) as error:
            if self._hiding.on_error is OnError.STOP:
                raise self._unreadable(error) from None
            trouble = Trouble(getattr(error, "line", 0), getattr(error, "column", 0), _message_of(error))
        self.result.troubles.append(trouble)
        return self._whole(document, PayloadKind.TEXT)

    def _whole(self, body: bytes, kind: PayloadKind) -> bytes:
        try:
            return self._mask(body, kind)
        except ClassifierError as error:
            raise self._unreadable(error) from None

    def _mask(self, body: bytes, kind: PayloadKind) -> bytes:
        try:
            masked = hiding.mask(body, self._hiding.policy, kind=kind, limits=limits(), tier=self._hiding.tier)
        except InvalidEncoding as error:
            line = body.count(b"\n", 0, error.offset) + 1
            message = "this is not UTF-8"
            raise Unreadable(message, line=self._line + line) from None
        except LeakFound as error:
            count_leak(error)
            raise self._unreadable(error) from None
        self.result.entities.update({entity.value: count for entity, count in masked.entities.items()})
        return masked.payload

    def _unreadable(self, error: ClassifierError) -> Unreadable:
        line = self._line + getattr(error, "line", 0) if getattr(error, "line", 0) else 0
        return Unreadable(_message_of(error), line=line, column=getattr(error, "column", 0))

    def _sample(self, body: bytes, kind: PayloadKind) -> None:
        """Look once more at the first records, for which field holds what."""
        if not self._hiding.sample_rows:
            return
        try:
            findings = classifier.classify(
                body, kind=kind, limits=limits(), tier=self._hiding.tier, own=self._hiding.policy.own
            )
            path_of = paths_of(body, kind)
        except (ClassifierError, ValueError):
            return  # Masking it will say what is wrong.
        self.result.sampled += body.count(b"\n") - (kind is PayloadKind.CSV)
        self.result.fields.update((path_of(finding), finding.entity.value) for finding in findings)

    def _count(self, rows: int, piece: bytes) -> None:
        self.result.rows += rows
        self._line += piece.count(b"\n")


def _message_of(error: ClassifierError) -> str:
    message = error.message if isinstance(error, InvalidPayload) else str(error)
    return message[:1].lower() + message[1:].rstrip(".")


def _first_lines(data: bytes, count: int) -> bytes:
    end = -1
    for _ in range(count):
        end = data.find(b"\n", end + 1)
        if end < 0:
            return data
    return data[: end + 1]


def _split_lines(piece: bytes) -> list[bytes]:
    """Return the lines; unlike splitlines() a lone carriage return ends none."""
    lines = [line + b"\n" for line in piece.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
