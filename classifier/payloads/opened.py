"""What an owner's rules about names of fields leave readable in a body, for a second look at what was masked."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote_plus

from classifier.keys import KeyTable, root_table
from classifier.payloads.csv_body import cells_of, header_of, name_in, sniff_delimiter
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
            fields = _pairs(body)
        case PayloadKind.TEXT:
            fields = iter([("", body)])
    return Counter(text for name, value in fields for text in _in_field(name, value, search))


def _in_field(name: str, value: str, search: Search) -> Iterator[str]:
    """Yield what is opened of a field's value: all of it, or what its own fields say where it is a document."""
    table = root_table(search)
    if is_document(value, search):
        yield from _in_document(value, search, table)
    elif name and table[name].is_open:
        yield value


def _cells(body: str, search: Search) -> Iterator[tuple[str, str]]:
    cells = [*cells_of(body, sniff_delimiter(body))]
    header = header_of(cells, search.tier)
    names = {cell.column: name_in(cell) for cell in header}
    named = header[0].row if header else -1
    return ((names.get(cell.column, ""), cell.text) for cell in cells if cell.row != named)


def _pairs(body: str) -> Iterator[tuple[str, str]]:
    for pair in body.split("&"):
        name, _, value = pair.partition("=")
        yield unquote_plus(name), unquote_plus(value)


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
