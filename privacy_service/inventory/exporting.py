"""The inventory for a data protection officer, as CSV or JSON: the fields that were asked for, and no others."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from privacy_service.decisions.audit.exporting import csv_cell, csv_line
from privacy_service.inventory.models import Answers, Field, FieldQuerySet, SourceNote
from workspaces.models import Source, Workspace

_PAGE = 1000
COLUMNS = (
    "source", "source_name", "restricted", "region", "place", "path", "colour", "recommended", "kinds", "share",
    "found_by", "seen_in", "owner", "purpose", "retention", "processors", "note", "examples", "first_seen_at",
    "last_seen_at", "decided_at", "decided_by",
)  # fmt: skip


def csv_lines(workspace: Workspace, fields: FieldQuerySet) -> Iterator[bytes]:
    """Yield the fields as CSV (RFC 4180), safe to open in a spreadsheet."""
    yield csv_line(COLUMNS)
    for row in rows(workspace, fields):
        yield csv_line([_cell(row[column]) for column in COLUMNS])


def json_pieces(workspace: Workspace, fields: FieldQuerySet) -> Iterator[bytes]:
    """Yield the fields as one JSON document."""
    yield b'{"fields":['
    for at, row in enumerate(rows(workspace, fields)):
        yield (b",\n" if at else b"\n") + orjson.dumps(row)
    yield b"\n]}\n"


def rows(workspace: Workspace, fields: FieldQuerySet) -> Iterator[Mapping[str, Any]]:
    """Yield each field with what its source says of it, where the field itself says nothing."""
    sources = {one.slug: one for one in Source.objects.filter(workspace=workspace).select_related("inventory_note")}
    for field in fields.select_related("decided_by").order_by("source", "place", "path").iterator(_PAGE):
        yield _row(field, sources.get(field.source))


def note_of(source: Source | None) -> SourceNote:
    """Return what is written down about a source; an empty note where nothing is."""
    found: SourceNote | None = getattr(source, "inventory_note", None)
    return found or SourceNote(source=source)


def answered(field: Answers, note: Answers) -> dict[str, Any]:
    """Return who answers for a field: what it says itself, else what its source says."""
    names = ("owner", "purpose", "retention", "processors")
    return {name: getattr(field, name) or getattr(note, name) for name in names}


def _row(field: Field, source: Source | None) -> dict[str, Any]:
    note = note_of(source)
    return {
        "source": field.source,
        "source_name": source.name if source else "",
        "restricted": source.is_restricted if source else False,
        "region": note.region,
        "place": field.place,
        "path": field.path,
        "colour": field.colour,
        "recommended": field.recommended,
        "kinds": dict(sorted(field.kinds.items())),
        "share": field.share,
        "found_by": field.found_by,
        "seen_in": field.seen_in,
        **answered(field, note),
        "note": field.note,
        "examples": field.examples,
        "first_seen_at": field.first_seen_at.isoformat(timespec="seconds"),
        "last_seen_at": field.last_seen_at.isoformat(timespec="seconds"),
        "decided_at": field.decided_at.isoformat(timespec="seconds") if field.decided_at else None,
        "decided_by": str(field.decided_by) if field.decided_by else "",
    }


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        value = ", ".join(f"{kind}={count}" for kind, count in value.items())
    elif isinstance(value, list):
        value = ", ".join(map(str, value))
    return csv_cell(value)
