"""Masking a body that comes in pieces: what is given out is masked as it would be within the whole.

NDJSON is cut between lines and CSV between records: nothing personal goes over such a seam. JSON and text have none of
them, and are masked whole or not at all.
"""

from collections import Counter
from typing import Protocol

from django.conf import settings

from classifier import PayloadKind
from classifier.payloads.csv_feed import CsvFeed, FedPiece
from privacy_service.decisions.types import Decision
from privacy_service.enforcement.enforce import Enforced, Payload, enforce, refusals_translated, tier
from privacy_service.exceptions import BodyTooLarge, InvalidBody


class Masking(Protocol):
    """Takes a body as it comes, and gives it out masked; raises what `enforce` raises, and BodyTooLarge."""

    entities: Counter[str]

    def feed(self, data: bytes) -> bytes:
        """Return what can be given out now."""
        ...

    def finish(self) -> bytes:
        """Return the rest."""
        ...


class _WholeLines:
    """Holds back what follows the last line end, which is no longer than a body may be."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._size = 0

    def taken(self, data: bytes) -> bytes:
        """Return the lines that are whole now."""
        cut = data.rfind(b"\n") + 1
        if not cut:
            self._hold(data)
            return b""
        lines = b"".join((*self._held, data[:cut]))
        self._held, self._size = [], 0
        self._hold(data[cut:])
        return lines

    def rest(self) -> bytes:
        """Return the last line, where it has no end."""
        return b"".join(self._held)

    def _hold(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > settings.PRIVACY_BODY_LIMIT_BYTES:
            message = f"A line has over {settings.PRIVACY_BODY_LIMIT_BYTES} bytes (PRIVACY_BODY_LIMIT_BYTES)."
            raise BodyTooLarge(message)
        if data:
            self._held.append(data)


class _Lines:
    """NDJSON: each line is a document."""

    def __init__(self, decision: Decision) -> None:
        self.entities: Counter[str] = Counter()
        self._decision = decision
        self._lines = _WholeLines()

    def feed(self, data: bytes) -> bytes:
        return self._masked(self._lines.taken(data))

    def finish(self) -> bytes:
        return self._masked(self._lines.rest())

    def _masked(self, lines: bytes) -> bytes:
        if not lines:
            return b""
        enforced = enforce(self._decision, Payload(PayloadKind.NDJSON, lines))
        self.entities.update(enforced.entities)
        return enforced.body


class _Table:
    """CSV: each piece is masked below the header of the table, which tells what its columns hold."""

    def __init__(self, decision: Decision) -> None:
        self.entities: Counter[str] = Counter()
        self._decision = decision
        self._lines = _WholeLines()
        self._feed = CsvFeed({"tier": tier()})
        self._header, self._shown = "", Enforced(b"")

    def feed(self, data: bytes) -> bytes:
        return self._masked(self._lines.taken(data), is_last=False)

    def finish(self) -> bytes:
        return self._masked(self._lines.rest(), is_last=True)

    def _masked(self, lines: bytes, *, is_last: bool) -> bytes:
        if not lines and not is_last:
            return b""
        try:
            text = lines.decode()
        except UnicodeDecodeError:
            text = None
        if text is None:  # Raised out here: the error just caught holds the lines.
            message = "The table is not valid UTF-8."
            raise InvalidBody(message)
        with refusals_translated():
            pieces = list(self._feed.feed(text, is_last=is_last))
        return b"".join(map(self._masked_piece, pieces))

    def _masked_piece(self, piece: FedPiece) -> bytes:
        if piece.header != self._header:
            # Its own cells may hold what an owner blocks; they are counted where they are given out.
            self._header, self._shown = piece.header, self._enforced(piece.header)
        enforced = self._enforced(piece.header + piece.records)
        if not enforced.body.startswith(self._shown.body):
            message = "A header is masked otherwise with its records than alone."
            raise RuntimeError(message)
        self.entities.update(Counter(enforced.entities) - Counter(self._shown.entities))
        return enforced.body[len(self._shown.body) :]

    def _enforced(self, rows: str) -> Enforced:
        return enforce(self._decision, Payload(PayloadKind.CSV, rows.encode())) if rows else Enforced(b"")


_IN_PIECES: dict[PayloadKind, type[_Lines] | type[_Table]] = {PayloadKind.NDJSON: _Lines, PayloadKind.CSV: _Table}


def masking_of(kind: PayloadKind, decision: Decision) -> Masking | None:
    """Return what masks a body of this kind piece by piece, or None where it must be masked whole."""
    made = _IN_PIECES.get(kind)
    return made(decision) if made else None
