"""A table of any length cut into shorter ones, each with the header, so that memory stays constant."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from classifier.payloads.csv_body import cells_of, header_of, sniff_delimiter
from classifier.payloads.json_syntax import BYTE_ORDER_MARK

# A quoted cell that is still open after so many characters is read as one with a stray quote.
LONGEST_CELL = 4 << 20
# Names a column and tells nothing: with it a first row of data is never taken for a header.
_MEANINGLESS = "row"

_OPENS = re.compile(r'"[^"]*+(?:""[^"]*+)*+\Z')
_NO_END = re.compile(r'[^"]*+(?:""[^"]*+)*+\Z')
_LINE_END = re.compile(r"\r\n|\n|\r|\Z")


class Piece(NamedTuple):
    """Some records of a table, the header to put before them, and the number of the first of them."""

    header: str
    records: str
    first_row: int


def csv_pieces(lines: Iterable[str], size: int, options: Mapping[str, Any]) -> Iterator[Piece]:
    """Yield pieces of about this many characters, a header first and alone; the options say how one is told."""
    table = iter(lines)
    first = next(table, "")
    if first.startswith(BYTE_ORDER_MARK):
        # It would be read as a letter of the first name.
        yield Piece("", BYTE_ORDER_MARK, 0)
    start = list(_first_lines(chain([first.removeprefix(BYTE_ORDER_MARK)], table)))
    delimiter = sniff_delimiter("".join(start))
    records = _records(chain(start, table), delimiter)
    header, rest = _header_apart(next(records, ""), delimiter, options)
    if header:
        yield Piece("", header, 0)
    row, shown = int(bool(header)), header or f"{_MEANINGLESS}{delimiter}{_MEANINGLESS}\n"
    for gathered in _gathered(chain([rest], records), size):
        yield Piece(shown, gathered, row)
        row += _rows(gathered, delimiter)


def _first_lines(lines: Iterator[str]) -> Iterator[str]:
    """Yield the blank lines that open a table, and the first that is not."""
    for line in lines:
        yield line
        if line.strip("\r\n"):
            return


def _header_apart(record: str, delimiter: str, options: Mapping[str, Any]) -> tuple[str, str]:
    """Part the first record, with its line end, from what follows it on the same line."""
    header = header_of(list(cells_of(record, delimiter)), **options)
    if not header:
        return "", record
    end = _LINE_END.search(record, header[-1].end)
    cut = end.end() if end else len(record)
    # A file that ends within its header has no records to put it before.
    return record[:cut], record[cut:]


def _gathered(records: Iterable[str], size: int) -> Iterator[str]:
    held: list[str] = []
    length = 0
    for record in records:
        held.append(record)
        length += len(record)
        if length >= size:
            yield "".join(held)
            held, length = [], 0
    if length:
        yield "".join(held)


def _rows(text: str, delimiter: str) -> int:
    return max((cell.row for cell in cells_of(text, delimiter)), default=-1) + 1


def _records(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    """Yield lines, joined where a quoted cell goes over several."""
    waiting: deque[str] = deque()
    source = iter(lines)
    while (line := _next(waiting, source)) is not None:
        held = [line]
        if '"' in line and _is_open(line, delimiter):
            count = _completed(held, waiting, source, delimiter)
            # The quote that was still open then is a stray one: what followed it is looked at anew.
            waiting.extendleft(reversed(held[count:]))
            del held[count:]
        yield "".join(held)


def _next(waiting: deque[str], source: Iterator[str]) -> str | None:
    return waiting.popleft() if waiting else next(source, None)


def _completed(held: list[str], waiting: deque[str], source: Iterator[str], delimiter: str) -> int:
    """Add lines until no cell is open; return how many of them make a record."""
    closing = re.compile(rf'[^"]*+(?:""[^"]*+)*+"(?={re.escape(delimiter)}|[\r\n]|\Z)')
    length, complete = len(held[0]), 1
    while length < LONGEST_CELL and (line := _next(waiting, source)) is not None:
        held.append(line)
        length += len(line)
        if '"' not in line or _NO_END.match(line):
            continue
        end = closing.match(line)
        if end is None:
            return complete
        complete = len(held)
        if not _is_open(line[end.end() :], delimiter):
            return complete
    return complete


def _is_open(text: str, delimiter: str) -> bool:
    """Say whether a text ends inside a quoted cell."""
    return any(
        text.startswith('"', cell.start) and _OPENS.match(text, cell.start) for cell in cells_of(text, delimiter)
    )
