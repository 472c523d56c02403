"""Masking and classifying delimited rows (RFC 4180): cells are replaced, the rest keeps its bytes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple, TypeVar

from classifier.entities import Entity
from classifier.keys import KeyTable, Rule, root_table
from classifier.leaves import find_in_leaves
from classifier.names.gate import speak
from classifier.operators import People
from classifier.payloads.json_body import classify_json, findings_at, is_document, mask_json
from classifier.payloads.json_pairs import LONGEST_NAME
from classifier.payloads.types import Finding
from classifier.policies import CompiledPolicy
from classifier.spans import KEY_SCORE, Span
from classifier.tiers import Search, Tier
from classifier.views import INVISIBLE

DELIMITERS = ",;\t|^~\x1f\x01"
# A title and blank lines may stand above the header.
MAX_ROWS_ABOVE = 5
MAX_HEADER_LENGTH = 64
HEAD_LENGTH = 1 << 16

_IDENTIFIER = re.compile(r"[^\W\d][\w .\-/()#]*")
_QUOTED = re.compile(r'"[^"]*"')


T = TypeVar("T")


class Cell(NamedTuple):
    """Where a cell stands in the table, where in the text, and what it holds without its quotes."""

    row: int
    column: int
    start: int
    end: int
    text: str


def mask_csv(text: str, policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> str:
    """Return the rows with their personal data hidden."""
    delimiter = sniff_delimiter(text)
    cells = _sorted_cells(text, delimiter, search, policy)
    edits = [(cell, _hide(cell, rule, policy, counts)) for cell, rule in _turned(cells.hidden, policy)]
    documents = ((cell, search) for cell in cells.documents)
    edits += [(cell, mask_json(cell.text, policy, counts, inner)) for cell, inner in _turned(documents, policy)]
    found = _turned((*cells.names, *cells.found(search)), policy)
    edits += [(cell, policy.hide_spans(cell.text, spans, counts)) for cell, spans in found]
    return splice(text, _in_order(edits, policy), delimiter)


def _turned(cells: Iterable[tuple[Cell, T]], policy: CompiledPolicy) -> Iterable[tuple[Cell, T]]:
    """Return cells as they are; where people have keys, each while the tables are turned to the person of its row."""
    return cells if policy.people is None else _turning(cells, policy.people)


def _turning(cells: Iterable[tuple[Cell, T]], people: People) -> Iterator[tuple[Cell, T]]:
    for cell, rest in cells:
        people.turn_to(cell.row)
        yield cell, rest


def classify_csv(text: str, search: Search) -> list[Finding]:
    """Return what is personal, by `/row/column`, both counted from zero."""
    cells = _sorted_cells(text, sniff_delimiter(text), search)
    found = {cell: classify_json(cell.text, search, _path(cell)) for cell in cells.documents}
    for cell, rule in cells.hidden:
        if rule.entity is not None:
            found[cell] = findings_at(_path(cell), [Span(0, len(cell.text), rule.entity, KEY_SCORE, rule.label)])
    for cell, spans in (*cells.names, *cells.found(search)):
        found[cell] = findings_at(_path(cell), spans)
    in_order = sorted(found.items(), key=lambda item: item[0].start)
    return [finding for _, findings in in_order for finding in findings]


def sniff_delimiter(text: str) -> str:
    """Return the delimiter that the first line with any uses most, outside quotes."""
    head = _QUOTED.sub("", text[:HEAD_LENGTH]).lstrip("\r\n")
    lines = head.split("\n", MAX_ROWS_ABOVE + 1)[: MAX_ROWS_ABOVE + 1]
    line = next((line for line in lines if any(mark in line for mark in DELIMITERS)), "")
    return max(DELIMITERS, key=line.count)


def cells_of(text: str, delimiter: str) -> Iterator[Cell]:
    """Yield every cell of the text; a stray quote is read as any other character."""
    row = column = 0
    for match in _cell_pattern(delimiter).finditer(text):
        raw, separator = match.groups()
        if raw or separator or column:
            yield Cell(row, column, match.start(1), match.end(1), _unquoted(raw))
        if not separator:
            return
        row, column = (row, column + 1) if separator == delimiter else (row + 1, 0)


def header_of(cells: list[Cell], tier: Tier = Tier.FAST) -> list[Cell]:
    """Return the cells of the row that names the columns: the first, or one below a title; else nothing."""
    rows: dict[int, list[Cell]] = {}
    for cell in cells:
        if cell.row > MAX_ROWS_ABOVE:
            break
        rows.setdefault(cell.row, []).append(cell)
    first = next(iter(rows.values()), [])
    width = max(map(len, rows.values()), default=0)
    if len(first) == 1 < width:
        return next((row for row in rows.values() if len(row) == width and _names_columns(row, tier)), [])
    return first if _names_columns(first, tier) else []


def name_in(cell: Cell) -> str:
    """Return what a cell of the header calls its column: on one line, without what nobody sees."""
    return " ".join(INVISIBLE.sub("", cell.text).split())


def _names_columns(row: list[Cell], tier: Tier) -> bool:
    names = [name for name in map(name_in, row) if name]
    if not names or not all(_IDENTIFIER.fullmatch(name) and len(name) <= MAX_HEADER_LENGTH for name in names):
        return False
    return not find_in_leaves(names, tier if speak(names) else Tier.PATTERNS)


def told_by_keys(cells: Iterable[Cell], rules: dict[int, Rule], table: KeyTable) -> dict[tuple[int, int], Rule]:
    """Return what another cell of the row names, by row and column: `ssn,12` below `key,value`, as in JSON."""
    names = {column for column, rule in rules.items() if rule.pair == "name"}
    values = [column for column, rule in rules.items() if rule.pair == "value" and rule.entity is None]
    if not names or not values:
        return {}
    told: dict[int, Rule] = {}
    for cell in cells:
        name = name_in(cell) if cell.column in names and cell.row not in told else ""
        rule = table.told_by(name) if 0 < len(name) <= LONGEST_NAME else None
        if rule is not None:
            told[cell.row] = rule
    return {(row, column): rule for row, rule in told.items() for column in values}


def splice(text: str, edits: Iterable[tuple[Cell, str]], delimiter: str) -> str:
    """Return the text with cells, given in their order, replaced, quoted where their new value asks for it."""
    pieces: list[str] = []
    end = 0
    for cell, new in edits:
        if new != cell.text:
            pieces += (text[end : cell.start], _quoted(new, delimiter, was_quoted=text.startswith('"', cell.start)))
            end = cell.end
    return "".join((*pieces, text[end:])) if pieces else text


@dataclass(slots=True)
class _Cells:
    """The cells of a table: hidden by their column, documents, those to search, and those whose column is allowed."""

    hidden: list[tuple[Cell, Rule]] = field(default_factory=list)
    documents: list[Cell] = field(default_factory=list)
    searched: list[Cell] = field(default_factory=list)
    opened: list[Cell] = field(default_factory=list)
    # Names of columns that hold what an owner lists.
    names: list[tuple[Cell, list[Span]]] = field(default_factory=list)

    def found(self, search: Search) -> Iterator[tuple[Cell, list[Span]]]:
        """Yield what is found in cells, not settled."""
        for index, spans in find_in_leaves([cell.text for cell in self.searched], search.tier, search.own).items():
            yield self.searched[index], spans
        if search.own is not None:
            for index, spans in search.own.blocked([cell.text for cell in self.opened]).items():
                yield self.opened[index], spans


def _sorted_cells(text: str, delimiter: str, search: Search, policy: CompiledPolicy | None = None) -> _Cells:
    """Sort the cells by what their column tells; what the policy keeps is searched all the same."""
    every = list(cells_of(text, delimiter))
    header = header_of(every, search.tier)
    table = root_table(search)
    rules = {cell.column: table[name_in(cell)] for cell in header}
    named = header[0].row if header else -1
    told = told_by_keys(every, rules, table)
    cells = _Cells(names=[(cell, _in_name(cell, spans)) for cell in header if (spans := rules[cell.column].key_spans)])
    for cell in every:
        rule = told.get((cell.row, cell.column)) or rules.get(cell.column)
        if cell.row == named:
            continue
        entity = None if rule is None else rule.entity_for(cell.text)
        if rule is None or entity is None or (policy is not None and policy.keeps(entity, rule.label)):
            _set_apart(cell, cells, search, is_open=rule is not None and rule.is_open)
        elif cell.text:
            cells.hidden.append((cell, rule))
    return _judged(cells, search)


def _in_name(cell: Cell, spans: Iterable[Span]) -> list[Span]:
    """Return spans of a name as they stand in its cell, white space before it included; or the whole of an odd one."""
    if name_in(cell) != cell.text.strip():
        return [replace(span, start=0, end=len(cell.text)) for span in spans]
    shift = len(cell.text) - len(cell.text.lstrip())
    return [replace(span, start=span.start + shift, end=span.end + shift) for span in spans]


def _set_apart(cell: Cell, cells: _Cells, search: Search, *, is_open: bool) -> None:
    if is_document(cell.text, search):
        cells.documents.append(cell)
    else:
        (cells.opened if is_open else cells.searched).append(cell)


def _judged(cells: _Cells, search: Search) -> _Cells:
    """Have the rules of an owner judge what a column hides by what it holds."""
    if search.own is not None and cells.hidden:
        judged = search.own.judged([(cell.text, rule) for cell, rule in cells.hidden])
        rules = [(cell, judged.get(index, rule)) for index, (cell, rule) in enumerate(cells.hidden)]
        cells.hidden = [(cell, rule) for cell, rule in rules if rule is not None]
    return cells


def _path(cell: Cell) -> str:
    return f"/{cell.row}/{cell.column}"


def _hide(cell: Cell, rule: Rule, policy: CompiledPolicy, counts: Counter[Entity]) -> str:
    entity = rule.entity or Entity.CUSTOM
    counts[entity] += 1
    return policy.hide(entity, cell.text, rule.label)


def _in_order(edits: list[tuple[Cell, str]], policy: CompiledPolicy) -> Iterable[tuple[Cell, str]]:
    """Return the edits from first to last, their markers numbered."""
    ordered = sorted(edits, key=lambda edit: edit[0].start)
    return _numbered(ordered, policy) if policy.markers else ordered


def _numbered(edits: list[tuple[Cell, str]], policy: CompiledPolicy) -> Iterator[tuple[Cell, str]]:
    """Yield the edits with their markers numbered; a row is a document."""
    row = 0
    for cell, new in edits:
        if cell.row != row:
            policy.end_document()
            row = cell.row
        yield cell, policy.numbered(new)


@cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'("[^"]*+(?:""[^"]*+)*+"(?={mark}|[\r\n]|\Z)|[^{mark}\r\n]*)({mark}|\r\n|\n|\r|\Z)')


def _unquoted(raw: str) -> str:
    is_quoted = len(raw) > 1 and raw[0] == raw[-1] == '"'
    return raw[1:-1].replace('""', '"') if is_quoted else raw


def _quoted(text: str, delimiter: str, *, was_quoted: bool) -> str:
    needs_quotes = was_quoted or any(mark in text for mark in (delimiter, '"', "\r", "\n"))
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text
