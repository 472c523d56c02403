"""What an owner's rules about names of fields leave readable in a body, for a second look at what was masked."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote_plus

from classifier.keys import KeyTable, root_table
from classifier.payloads.csv_body import cells_of, header_of, name_in, sniff_delimiter, told_by_keys
from classifier.payloads.json_body import is_document, table_inside
from classifier.payloads.json_syntax import read_string
from classifier.payloads.json_walk import plain_number, split, walk
from classifier.payloads.types import PayloadKind
from classifier.tiers import Search


def opened_in(body: str, kind: PayloadKind, search: Search) -> Counter[str]:
    """Count the values that stand in opened fields, as they are meant; the fields are read anew, and nothing hidden."""
    match kind:
        case PayloadKind.JSON:
            return Counter(_in_document(body, search, root_table(search)))
        case PayloadKind.NDJSON:
            lines = (line for line in body.split("\n") if line.strip(" \t\r"))
            return Counter(text for line in lines for text in _in_document(line, search, root_table(search)))
        case PayloadKind.CSV:
            fields = _cells(body, search)
        case PayloadKind.FORM:
            fields = _pairs(body, search)
        case PayloadKind.TEXT:
            fields = iter([(body, False)])
    return Counter(text for value, is_open in fields for text in _in_field(value, search, is_open=is_open))


def _in_field(value: str, search: Search, *, is_open: bool) -> Iterator[str]:
    """Yield what is opened of a field's value: all of it, or what its own fields say where it is a document."""
    if is_document(value, search):
        yield from _in_document(value, search, root_table(search))
    elif is_open:
        yield value


def _cells(body: str, search: Search) -> Iterator[tuple[str, bool]]:
    cells, table = [*cells_of(body, sniff_delimiter(body))], root_table(search)
    header = header_of(cells, search.tier)
    rules = {cell.column: table[name_in(cell)] for cell in header}
    told = told_by_keys(cells, rules, table)
    named = header[0].row if header else -1
    for cell in cells:
        rule = told.get((cell.row, cell.column)) or rules.get(cell.column)
        if cell.row != named:
            yield cell.text, rule is not None and rule.is_open


def _pairs(body: str, search: Search) -> Iterator[tuple[str, bool]]:
    table = root_table(search)
    for pair in body.split("&"):
        name, _, value = pair.partition("=")
        yield unquote_plus(value), bool(name) and table[unquote_plus(name)].is_open


def _in_document(document: str, search: Search, table: KeyTable) -> Iterator[str]:
    parts = split(document)
    texts = [read_string(part) for part in parts] if "\\" in document else parts
    walked = next(walk(texts, table, table.root_rule, search.max_depth, 1)).settled(texts)
    for at, rule in walked.leaves:
        if texts is not parts and is_document(texts[at], search):
            yield from _in_document(texts[at], search.inside(), table_inside(rule, search))
        elif rule.is_open:
            yield texts[at]
    yield from (plain_number(texts[part][start:end]) for part, start, end in walked.open_numbers)
