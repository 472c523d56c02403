"""A table of any length cut into shorter ones, each with the header, so that memory stays constant."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple

from classifier.payloads.csv_body import MAX_ROWS_ABOVE, cells_of, header_of, sniff_delimiter
from classifier.payloads.json_syntax import BYTE_ORDER_MARK

# A quoted cell that is still open after so many characters is read as one with a stray quote.
LONGEST_CELL = 4 << 20
# Among so many lines the delimiter and the header are looked for.
HEAD_LINES = 64
# Names a column and tells nothing: with it a first row of data is never taken for a header.
MEANINGLESS = "row"

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
    start = [first.removeprefix(BYTE_ORDER_MARK), *islice(table, HEAD_LINES)]
    delimiter = sniff_delimiter("".join(start))
    records = records_of(chain(start, table), delimiter)
    above, header, rest = header_apart("".join(islice(records, MAX_ROWS_ABOVE + 1)), delimiter, options)
    if header:
        yield Piece("", above + header, 0)
    row, shown = _rows(above + header, delimiter), header or f"{MEANINGLESS}{delimiter}{MEANINGLESS}\n"
    for gathered in _gathered(chain([rest], records), size):
        yield Piece(shown, gathered, row)
        row += _rows(gathered, delimiter)


def header_apart(head: str, delimiter: str, options: Mapping[str, Any]) -> tuple[str, str, str]:
    """Part the head of a table into what stands above its header, the header with its line end, and the rest."""
    header = header_of(list(cells_of(head, delimiter)), **options)
    if not header:
        return "", "", head
    end = _LINE_END.search(head, header[-1].end)
    # A file that ends within its header has no records to put it before.
    start, cut = header[0].start, end.end() if end else len(head)
    return head[:start], head[start:cut], head[cut:]


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


def records_of(lines: Iterable[str], delimiter: str) -> Iterator[str]:
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
