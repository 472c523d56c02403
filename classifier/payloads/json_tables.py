"""Values in rows that a list of names beside them tells: `{"columns": ["name", "ssn"], "rows": [["Al", "12"]]}`.

A value of a row is read as if its row were an object. The names may also be the first of the rows, as in CSV. (What
stands where is found out by json_table_reader.py, which holds for all documents of a shape; what the names say, here.)
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from classifier.keys import KeyTable, Rule
from classifier.payloads.json_gaps import MINIMUM_DIGITS
from classifier.payloads.json_pairs import Place, first_telling

# What heads a column, where nothing but its place says that it does.
_FIELD_NAME = re.compile(r"[^\W\d][\w .\-/()#]{0,63}")


class Column(NamedTuple):
    """The literals that may name a column: by what it is called, or by the kind of what stands in it."""

    names: list[int]
    kinds: list[int]


class Value(NamedTuple):
    """A value in a row, and the literal that names its field where it stands in an object in the row, else 0."""

    place: Place
    key: int


class Cell(NamedTuple):
    """Which values stand in one column of one row: from the first up to the last, which is not one of them."""

    column: int
    start: int
    stop: int


class Table(NamedTuple):
    """Rows, and what may name their columns, by the rules of an object in their place."""

    columns: Sequence[Column]
    cells: Sequence[Cell]
    values: Sequence[Value]
    rules: KeyTable
    # Whether the columns are the first row, and the literals of the second where there is nothing else in it.
    is_headed: bool = False
    second: Sequence[int] = ()

    def telling(self, texts: Sequence[str]) -> Iterator[tuple[Cell, Rule]]:
        """Yield the cells whose column has a telling name, each with the rule of that name."""
        if self.is_headed and not self._has_header(texts):
            return
        rules = [self._rule_of(column, texts) for column in self.columns]
        if any(rules):
            for cell in self.cells:
                rule = rules[cell.column] if cell.column < len(rules) else None
                if rule is not None:
                    yield cell, rule

    def _rule_of(self, column: Column, texts: Sequence[str]) -> Rule | None:
        name = first_telling(column.names, texts, self.rules)
        kind = first_telling(column.kinds, texts, self.rules, of_kinds=True) if name is None else None
        told = name or kind
        return None if told is None else told[1]

    def _has_header(self, texts: Sequence[str]) -> bool:
        """Say whether the first row names columns, and the second does not: `[["name", "asc"], ["email", "desc"]]`."""
        first = [texts[column.names[0]] for column in self.columns]
        return self._names(first) and not self._names([texts[at] for at in self.second])

    def _names(self, row: Sequence[str]) -> bool:
        if not row or not all(map(_FIELD_NAME.fullmatch, row)):
            return False
        told = (self.rules.told_by(name) for name in row)
        return any(rule is not None and not rule.is_role for rule in told)


def told_by_columns(tables: Iterable[Table], texts: Sequence[str]) -> dict[Place, Rule]:
    """Return the values that their column tells, each with its rule; of a table in a cell the cell decides."""
    named: dict[Place, Rule] = {}
    for values, cells in _cells_of(tables, texts):
        end = 0
        for cell, rule in sorted(cells, key=lambda told: (told[0].start, -told[0].stop)):
            for place, key in values[max(cell.start, end) : cell.stop]:
                below = rule.children[texts[key]] if key else rule
                if below.entity is not None or below.is_open:
                    named[place] = _for_number(place, below) if isinstance(place, tuple) else below
            end = max(end, cell.stop)
    return named


def _cells_of(
    tables: Iterable[Table], texts: Sequence[str]
) -> Iterable[tuple[Sequence[Value], list[tuple[Cell, Rule]]]]:
    """Return the telling cells of all tables; those of one document share their values."""
    values: Sequence[Value] = ()
    cells: list[tuple[Cell, Rule]] = []
    for table in tables:
        values = table.values
        cells += table.telling(texts)
    return [(values, cells)] if cells else []


def _for_number(place: tuple[int, int, int], rule: Rule) -> Rule:
    """Return the rule of a number, which is no count below a plural where it is long."""
    return rule.elements if rule.counts and place[2] - place[1] >= MINIMUM_DIGITS else rule
