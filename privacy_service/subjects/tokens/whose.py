"""Whose data a body is: the one name of each record under which its person's tokens are sealed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from classifier import PayloadKind, Tier
from classifier.payloads.csv_body import Cell, cells_of, header_of, sniff_delimiter
from classifier.tokens import PREFIX
from privacy_service.enforcement.enforce import Payload
from privacy_service.exceptions import SubjectUnclear
from privacy_service.subjects.cutting import events_in
from privacy_service.subjects.events import identifiers_in, tells_of_people
from privacy_service.subjects.identifiers import Identifier, Kind

Person = Identifier | None

# The name that changes least is that of the key: what names somebody by less than before must not have another.
_RANK = {kind: rank for rank, kind in enumerate((Kind.USER_ID, Kind.EMAIL, Kind.PHONE, *Kind))}


def named_by(text: str) -> Identifier:
    """Return whom a caller names as `user_id=9`; raise SubjectUnclear."""
    kind, equals, value = text.partition("=")
    name = kind.strip().lower()
    one = Identifier(Kind(name), value.strip()) if equals and name in set(Kind) else None
    if one is None or not _is_name(one):
        raise SubjectUnclear
    return one


def person_of(record: Any) -> Person:
    """Return the name of the person whom a record is about, None where it names nobody.

    It is read where suppression and the index read it too: `privacy_service.subjects.events`.
    """
    named = [one for one in identifiers_in(record) if _is_name(one)]
    return min(named, key=lambda one: _RANK[one.kind], default=None)


def people_in(kind: PayloadKind, body: bytes, tier: Tier) -> list[Person]:
    """Return the person of each record of a body: of each line of NDJSON, row of CSV, event of JSON, else of all."""
    return _READERS[kind](body, tier)


def _is_name(one: Identifier) -> bool:
    """Say whether this names somebody: what is sealed or masked already is the same for many, or changes each time."""
    if not one.normal or one.value.startswith(PREFIX):
        return False
    return one.kind is not Kind.EMAIL or "@" in one.value


def _of_document(body: bytes, _: Tier) -> list[Person]:
    return [person_of(event) for event in events_in(Payload(PayloadKind.JSON, body))]


def _of_lines(body: bytes, _: Tier) -> list[Person]:
    return [person_of(event) for event in events_in(Payload(PayloadKind.NDJSON, body))]


def _of_text(body: bytes, tier: Tier) -> list[Person]:
    """Return the person of a text that is a document itself; any other names nobody in a way that can be told."""
    people = _of_document(body, tier) if body.lstrip()[:1] in {b"{", b"["} else []
    return people if len(people) == 1 else [None]


def _of_form(body: bytes, _: Tier) -> list[Person]:
    return [person_of(dict(parse_qsl(body.decode(errors="replace"))))]


def _of_table(body: bytes, tier: Tier) -> list[Person]:
    """Return the person of each row, by the columns that name people; of a table without a header nobody."""
    text = body.decode(errors="replace")
    cells = list(cells_of(text, sniff_delimiter(text)))
    header = header_of(cells, tier)
    names = {cell.column: cell.text.strip() for cell in header if tells_of_people([cell.text.strip()])}
    if not names:
        return []
    people: list[Person] = [None] * (cells[-1].row + 1)
    for row, record in _rows(cells, names, after=header[0].row).items():
        people[row] = person_of(record)
    return people


def _rows(cells: Sequence[Cell], names: Mapping[int, str], *, after: int) -> dict[int, dict[str, str]]:
    rows: dict[int, dict[str, str]] = {}
    for cell in cells:
        if cell.row > after and cell.column in names:
            rows.setdefault(cell.row, {})[names[cell.column]] = cell.text
    return rows


_READERS: Mapping[PayloadKind, Callable[[bytes, Tier], list[Person]]] = {
    PayloadKind.JSON: _of_document,
    PayloadKind.NDJSON: _of_lines,
    PayloadKind.TEXT: _of_text,
    PayloadKind.FORM: _of_form,
    PayloadKind.CSV: _of_table,
}
