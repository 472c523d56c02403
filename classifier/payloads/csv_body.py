"""Masking and classifying delimited rows (RFC 4180): cells are replaced, the rest keeps its bytes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from classifier.entities import Entity
from classifier.keys import Rule, table_of
from classifier.leaves import find_in_leaves
from classifier.payloads.json_body import classify_json, findings_at, is_document, mask_json
from classifier.payloads.types import Finding
from classifier.policies import CompiledPolicy
from classifier.spans import KEY_SCORE, Span
from classifier.tiers import Search, Tier

DELIMITERS = ",;\t|^~\x1f\x01"
# A title and blank lines may stand above the header.
MAX_ROWS_ABOVE = 5
MAX_HEADER_LENGTH = 64
HEAD_LENGTH = 1 << 16

_IDENTIFIER = re.compile(r"[^\W\d][\w .\-/()#]*")
_QUOTED = re.compile(r'"[^"]*"')


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
    hidden, searched = _sorted_cells(text, delimiter, policy.kept, search.tier)
    documents, searched = _documents_apart(searched, search)
    edits = [(cell, _hide(cell, entity, policy, counts)) for cell, entity in hidden]
    edits += [(cell, mask_json(cell.text, policy, counts, search)) for cell in documents]
    for index, spans in find_in_leaves([cell.text for cell in searched], search.tier).items():
        edits.append((searched[index], policy.hide_spans(searched[index].text, spans, counts)))
    return splice(text, _in_order(edits, policy), delimiter)


def classify_csv(text: str, search: Search) -> list[Finding]:
    """Return what is personal, by `/row/column`, both counted from zero."""
    hidden, searched = _sorted_cells(text, sniff_delimiter(text), frozenset(), search.tier)
    documents, searched = _documents_apart(searched, search)
    found = {cell: classify_json(cell.text, search, _path(cell)) for cell in documents}
    for cell, entity in hidden:
        found[cell] = findings_at(_path(cell), [Span(0, len(cell.text), entity, KEY_SCORE, "key")])
    for index, spans in find_in_leaves([cell.text for cell in searched], search.tier).items():
        found[searched[index]] = findings_at(_path(searched[index]), spans)
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


def _names_columns(row: list[Cell], tier: Tier) -> bool:
    names = [cell.text.strip() for cell in row if cell.text.strip()]
    if not names or not all(_IDENTIFIER.fullmatch(name) and len(name) <= MAX_HEADER_LENGTH for name in names):
        return False
    return not find_in_leaves(names, tier)


def splice(text: str, edits: Iterable[tuple[Cell, str]], delimiter: str) -> str:
    """Return the text with cells, given in their order, replaced, quoted where their new value asks for it."""
    pieces: list[str] = []
    end = 0
    for cell, new in edits:
        if new != cell.text:
            pieces += (text[end : cell.start], _quoted(new, delimiter, was_quoted=text.startswith('"', cell.start)))
            end = cell.end
    return "".join((*pieces, text[end:])) if pieces else text


def _sorted_cells(
    text: str, delimiter: str, kept: frozenset[Entity], tier: Tier
) -> tuple[list[tuple[Cell, Entity]], list[Cell]]:
    """Return the cells that their column hides, and those to be searched."""
    cells = list(cells_of(text, delimiter))
    header = header_of(cells, tier)
    table = table_of("root")
    rules = {cell.column: table[cell.text.strip()] for cell in header}
    hidden, searched = [], []
    named = header[0].row if header else -1
    for cell in cells:
        if cell.row == named:
            continue
        entity = _entity_of(cell, rules.get(cell.column))
        if entity is None or entity in kept:
            searched.append(cell)
        elif cell.text:
            hidden.append((cell, entity))
    return hidden, searched


def _documents_apart(cells: list[Cell], search: Search) -> tuple[list[Cell], list[Cell]]:
    """Part the cells that are JSON documents from those that are texts."""
    documents = [cell for cell in cells if is_document(cell.text, search)]
    apart = set(documents)
    return documents, [cell for cell in cells if cell not in apart] if apart else cells


def _path(cell: Cell) -> str:
    return f"/{cell.row}/{cell.column}"


def _entity_of(cell: Cell, rule: Rule | None) -> Entity | None:
    return None if rule is None else rule.entity_for(cell.text)


def _hide(cell: Cell, entity: Entity, policy: CompiledPolicy, counts: Counter[Entity]) -> str:
    counts[entity] += 1
    return policy.hide(entity, cell.text)


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
