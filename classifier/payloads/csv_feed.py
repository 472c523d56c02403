"""A table that arrives bit by bit, cut into pieces that mask as they would within the whole."""

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from classifier.payloads.csv_body import MAX_ROWS_ABOVE, sniff_delimiter
from classifier.payloads.csv_pieces import HEAD_LINES, MEANINGLESS, header_apart, records_of
from classifier.payloads.json_syntax import BYTE_ORDER_MARK


class FedPiece(NamedTuple):
    """Some records of a table, and the header to put before them and take away again."""

    header: str
    records: str


class _NeedsMore(Exception):
    """How a record ends depends on lines that have not come yet."""


class CsvFeed:
    """Takes whole lines as they come and gives out each record once its end is certain."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Keep the options that say how a header is told."""
        self._options = options
        self._held = ""
        self._delimiter = ""
        self._shown = ""
        self._worth_trying = 0

    def feed(self, lines: str, *, is_last: bool = False) -> Iterator[FedPiece]:
        """Yield the pieces that are certain now; with the last lines, all the rest."""
        self._held += lines
        if not self._delimiter:
            head = self._head(is_last=is_last)
            if head is None:
                return
            yield from head
        records = self._certain(is_last=is_last)
        if records:
            yield FedPiece(self._shown, records)

    def _head(self, *, is_last: bool) -> list[FedPiece] | None:
        """Return what stands above the records, or None as long as that is uncertain."""
        if not is_last and self._held.count("\n") <= HEAD_LINES:
            return None
        mark = BYTE_ORDER_MARK if self._held.startswith(BYTE_ORDER_MARK) else ""
        held = self._held.removeprefix(BYTE_ORDER_MARK)
        delimiter = sniff_delimiter(held)
        try:
            records = records_of(_lines(held, is_last=is_last), delimiter)
            start = "".join(islice(records, MAX_ROWS_ABOVE + 1))
        except _NeedsMore:
            return None
        above, header, _ = header_apart(start, delimiter, self._options)
        self._delimiter = delimiter
        self._held = held[len(above + header) :]
        self._shown = header or f"{MEANINGLESS}{delimiter}{MEANINGLESS}\n"
        # A byte order mark would be read as a letter of the first name.
        pieces = [FedPiece("", mark), FedPiece("", above + header)]
        return [piece for piece in pieces if piece.records]

    def _certain(self, *, is_last: bool) -> str:
        if len(self._held) < self._worth_trying and not is_last:
            return ""
        certain: list[str] = []
        with suppress(_NeedsMore):
            for record in records_of(_lines(self._held, is_last=is_last), self._delimiter):
                certain.append(record)  # noqa: PERF402 - what came before the end of certainty is kept.
        records = "".join(certain)
        self._held = self._held[len(records) :]
        # A cell of megabytes must not be read anew with each of its lines.
        self._worth_trying = 0 if records else len(self._held) * 5 // 4
        return records


def _lines(text: str, *, is_last: bool) -> Iterator[str]:
    yield from io.StringIO(text, newline="\n")
    if not is_last:
        raise _NeedsMore
