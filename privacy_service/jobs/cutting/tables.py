"""Where the records of a table end, quoted line breaks included, and what its first lines say of the others."""

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from classifier import Tier
from classifier.payloads.csv_body import MAX_ROWS_ABOVE, sniff_delimiter
from classifier.payloads.csv_pieces import HEAD_LINES, LONGEST_CELL, MEANINGLESS, header_apart, records_of
from classifier.payloads.json_syntax import BYTE_ORDER_MARK
from privacy_service.jobs.errors import Unreadable

_QUOTE, _NEW_LINE, _RETURN = b'"\n\r'

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Head:
    """The first lines of a table."""

    delimiter: str
    mark: bytes  # The byte order mark, if there is one.
    above: bytes  # What stands above the records: a title, and the header.
    shown: bytes  # What is put before the records of each piece to be masked, and taken away again.

    @property
    def length(self) -> int:
        """Return where the records begin."""
        return len(self.mark) + len(self.above)


def head_of(start: bytes, tier: Tier) -> Head:
    """Return what the start of a file says; raise Unreadable."""
    text = as_text(start[: start.rfind(b"\n") + 1] or start)
    mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
    lines = list(islice(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="\n"), HEAD_LINES + 1))
    delimiter = sniff_delimiter("".join(lines))
    first = "".join(islice(records_of(lines, delimiter), MAX_ROWS_ABOVE + 1))
    above, header, _ = header_apart(first, delimiter, {"tier": tier})
    shown = header or f"{MEANINGLESS}{delimiter}{MEANINGLESS}\n"
    return Head(delimiter, mark.encode(), (above + header).encode(), _ended(shown).encode())


def _ended(header: str) -> str:
    return header if header.endswith(("\n", "\r")) else header + "\n"


def as_text(data: bytes) -> str:
    """Return bytes as text; raise Unreadable with the line that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    message = "this is not UTF-8"
    raise Unreadable(message, line=line)


def end_of_records(data: bytes, delimiter: str) -> int:
    """Return where the last whole record ends."""
    ends = data.rfind(b"\n") + 1
    if b'"' not in data or not ends:
        return ends
    quotes = _well_formed(data, delimiter.encode())
    end = 0 if quotes is None else _last_outside(data, quotes)
    # Where nothing ends for so long, a stray quote has opened what is no cell.
    if quotes is None or (not end and ends > LONGEST_CELL):
        return _end_by_lines(data[:ends], delimiter)
    return end


def count_records(data: bytes, delimiter: str) -> int:
    """Return how many records there are, the last one with or without a line end."""
    if b'"' not in data:
        return data.count(b"\n") + (not data.endswith(b"\n"))
    quotes = _well_formed(data, delimiter.encode())
    if quotes is None or len(quotes) % 2:
        return sum(1 for _ in records_of(io.StringIO(as_text(data), newline="\n"), delimiter))
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEW_LINE)
    outside = int((np.searchsorted(quotes, ends) % 2 == 0).sum())
    return outside + (not data.endswith(b"\n"))


def _well_formed(data: bytes, delimiter: bytes) -> Places | None:
    """Return where the quotes are, if each opens a cell at its start, closes one at its end, or is doubled in one."""
    signs = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    opening, closing = quotes[::2], quotes[1::2]
    around = (delimiter[0], _NEW_LINE, _RETURN)
    before = signs[opening - 1]  # Of the first sign of all this is the last, which does not count.
    opens = (opening == 0) | np.isin(before, around) | (before == _QUOTE)
    after = signs[np.minimum(closing + 1, len(signs) - 1)]
    closes = np.isin(after, (*around, _QUOTE)) | (closing == len(signs) - 1)
    return quotes if bool(opens.all()) and bool(closes.all()) else None


def _last_outside(data: bytes, quotes: Places) -> int:
    """Return the end of the last line that ends outside every quoted cell."""
    end = len(data)
    while (at := data.rfind(b"\n", 0, end)) >= 0:
        before = int(np.searchsorted(quotes, at))
        if before % 2 == 0:
            return at + 1
        # Every line break down to the quote that opened this cell is within it.
        end = int(quotes[before - 1])
    return 0


def _end_by_lines(data: bytes, delimiter: str) -> int:
    """Return the same where a quote stands where none should: as the classifier reads such a table, line by line."""
    end = 0
    with suppress(_MoreIsNeeded):
        for record in records_of(_lines(as_text(data)), delimiter):
            end += len(record.encode())
    return end


class _MoreIsNeeded(Exception):
    """Where a record ends depends on what follows."""


def _lines(text: str) -> Iterator[str]:
    yield from io.StringIO(text, newline="\n")
    raise _MoreIsNeeded
