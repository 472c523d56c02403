"""Which lists of a document are rows, and which literals may name their columns, whatever these say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from classifier.key_names import names_columns, pair_of, words_of
from classifier.keys import KeyTable, Rule
from classifier.payloads.json_gaps import GAPS, GAPS_WITH_COMMAS, Step
from classifier.payloads.json_pairs import Place
from classifier.payloads.json_tables import Cell, Column, Table, Value

# A list in a list, and one that begins with a text: mostly a document has none, which is soon seen.
_ROW = re.compile(r"[\[,]\s*+\[")
_HEADED = re.compile(r'\[\s*+\[\s*+"')


def tables_in(parts: Sequence[str], table: KeyTable, rule: Rule) -> tuple[Table, ...]:
    """Return the tables of a valid document, its literals decoded, in which something may name a column."""
    return tuple(_Reader(parts, table, rule).tables) if _may_hold(parts) else ()


def _may_hold(parts: Sequence[str]) -> bool:
    punctuation = '"'.join(parts[::2])
    if punctuation.count("[") < 2 or _ROW.search(punctuation) is None:  # noqa: PLR2004 - a list in a list.
        return False
    return _HEADED.search(punctuation) is not None or any(
        "[" in gap and GAPS[gap][0] and is_of_columns(name) for name, gap in zip(parts[1::2], parts[2::2], strict=True)
    )


def is_of_columns(name: str) -> bool:
    """Say whether a list under this name may name columns."""
    return names_columns(words_of(name))


@dataclass(slots=True)
class _Rows:
    """A list of lists: what stands in them, and the first two of them where these are nothing but text."""

    rules: KeyTable
    cells: list[Cell] = field(default_factory=list)
    width: int = 0
    first: list[int] = field(default_factory=list)
    second: list[int] = field(default_factory=list)
    # Where the cells of the second row begin.
    below_first: int = 0
    has_text: bool = False

    def end_row(self, row: int, width: int, literals: list[int]) -> None:
        """Note that a row ends."""
        texts = literals if len(literals) == width else []
        if row == 0:
            self.width, self.first, self.below_first = width, texts, len(self.cells)
            self.has_text = bool(literals)
        elif row == 1:
            self.second = texts


@dataclass(slots=True)
class _Frame:
    """An object or a list that is open, what holds for its values, and what was met in it."""

    is_list: bool
    rules: KeyTable
    rule: Rule
    # The name of the field that is read; of what stands in a row, the one nearest to it.
    key: int = 0
    index: int = 0
    # What this row is one of, and whether it stands in a row; where its values begin.
    row_of: _Rows | None = None
    is_in_row: bool = False
    start: int = 0
    literals: list[int] = field(default_factory=list)
    # The rows of this list, or those of an object and of what stands below it that nothing has named yet.
    rows: _Rows | None = None
    tables: list[_Rows] = field(default_factory=list)
    lower_tables: list[_Rows] = field(default_factory=list)
    # The columns that this list names, or the one that this element of such a list does.
    naming: list[Column] | None = None
    column: Column | None = None
    columns: list[list[Column]] = field(default_factory=list)
    lower_columns: list[list[Column]] = field(default_factory=list)

    def column_at(self, index: int) -> Column:
        """Return a column that this list names."""
        naming = self.naming = self.naming or []
        while len(naming) <= index:
            naming.append(Column([], []))
        return naming[index]


class _Reader:
    """Walk a document once more, noting its tables."""

    def __init__(self, parts: Sequence[str], table: KeyTable, rule: Rule) -> None:
        self.tables: list[Table] = []
        self._parts = parts
        self._values: list[Value] = []
        self._open: list[_Frame] = []
        self._frame = _Frame(is_list=False, rules=table, rule=rule)
        self._through(0, GAPS_WITH_COMMAS[parts[0]][1])
        for at in range(1, len(parts), 2):
            is_key, steps = GAPS_WITH_COMMAS[parts[at + 1]]
            if is_key:
                self._frame.key, self._frame.rule = at, self._frame.rules[parts[at]]
            else:
                self._text(at)
            if steps:
                self._through(at + 1, steps)

    def _through(self, part: int, steps: tuple[Step, ...]) -> None:
        for step in steps:
            if step == ",":
                self._frame.index += 1
            elif step in {"{", "["}:
                self._enter(is_list=step == "[")
            elif isinstance(step, str):
                self._leave()
            else:
                self._value((part, int(step[0]), int(step[1])))

    def _value(self, place: Place) -> None:
        frame = self._frame
        if frame.is_in_row:
            key = 0 if frame.row_of is not None else frame.key
            self._values.append(Value(place, key))
            if frame.row_of is not None:
                frame.row_of.cells.append(Cell(frame.index, len(self._values) - 1, len(self._values)))

    def _text(self, at: int) -> None:
        self._value(at)
        frame = self._frame
        if frame.row_of is not None:
            frame.literals.append(at)
        if frame.naming is not None:
            frame.column_at(frame.index).names.append(at)
        elif frame.column is not None:
            sort = "name" if frame.is_list else pair_of(words_of(self._parts[frame.key]))
            if sort in {"name", "kind"}:
                (frame.column.names if sort == "name" else frame.column.kinds).append(at)

    def _enter(self, *, is_list: bool) -> None:
        outer = self._frame
        rule = outer.rule.elements if is_list else outer.rule
        frame = _Frame(is_list, outer.rules if is_list else rule.children, rule, is_in_row=outer.is_in_row)
        frame.start, frame.key = len(self._values), outer.key
        if outer.naming is not None:
            frame.column = outer.column_at(outer.index)
        if is_list and outer.is_list:
            outer.rows = outer.rows or _Rows(rule.children)
            frame.row_of, frame.is_in_row = outer.rows, True
        elif is_list and outer.key and is_of_columns(self._parts[outer.key]):
            frame.naming = []
        if outer.row_of is not None:
            frame.key = 0
        self._open.append(outer)
        self._frame = frame

    def _leave(self) -> None:
        frame, outer = self._frame, self._open.pop()
        self._frame = outer
        if outer.row_of is not None and frame.start < len(self._values):
            outer.row_of.cells.append(Cell(outer.index, frame.start, len(self._values)))
        if frame.row_of is not None:
            frame.row_of.end_row(outer.index, frame.index + 1, frame.literals)
        if frame.is_list:
            self._leave_list(frame, outer)
        else:
            self._leave_object(frame, outer)

    def _leave_list(self, frame: _Frame, outer: _Frame) -> None:
        rows = frame.rows
        if rows is not None and rows.first:
            columns = [Column([at], []) for at in rows.first]
            below = rows.cells[rows.below_first :]
            self.tables.append(Table(columns, below, self._values, rows.rules, is_headed=True, second=rows.second))
        if outer.is_list:
            return
        if frame.naming is not None:
            # A header of one row: `"header": [["name", "ssn"]]`.
            is_row = rows is not None and len(frame.naming) == 1
            outer.columns.append([Column([at], []) for at in frame.naming[0].names] if is_row else frame.naming)
        elif rows is not None:
            outer.tables.append(rows)

    def _leave_object(self, frame: _Frame, outer: _Frame) -> None:
        """Name rows by the columns beside them, or by as many below: `{"schema": {"fields": ...}, "data": ...}`."""
        if frame.columns and frame.tables:
            self._name(frame.tables, _joined(frame.columns))
            frame.columns, frame.tables = [], []
        columns, tables = frame.columns + frame.lower_columns, frame.tables + frame.lower_tables
        if columns and tables:
            # Rows of numbers elsewhere may be points on a map.
            may_be_named = frame.tables + [rows for rows in frame.lower_tables if frame.columns or rows.has_text]
            by_width = {width: _joined(of_width) for width, of_width in _by_width(columns).items()}
            for rows in may_be_named:
                if rows.width in by_width:
                    self._name([rows], by_width[rows.width])
            widths = {rows.width for rows in may_be_named} & by_width.keys()
            columns = [each for each in columns if len(each) not in widths]
            tables = [rows for rows in tables if rows.width not in widths]
        if not outer.is_list:
            outer.lower_columns += columns
            outer.lower_tables += tables

    def _name(self, tables: list[_Rows], columns: list[Column]) -> None:
        self.tables += [Table(columns, rows.cells, self._values, rows.rules) for rows in tables]


def _by_width(columns: list[list[Column]]) -> dict[int, list[list[Column]]]:
    found: dict[int, list[list[Column]]] = {}
    for each in columns:
        found.setdefault(len(each), []).append(each)
    return found


def _joined(columns: list[list[Column]]) -> list[Column]:
    """Return for each column all that may name it."""
    if len(columns) == 1:
        return columns[0]
    joined: list[Column] = [Column([], []) for _ in range(max(map(len, columns)))]
    for each in columns:
        for column, other in zip(joined, each, strict=False):
            column.names.extend(other.names)
            column.kinds.extend(other.kinds)
    return joined
