"""The trail for others: which records are wanted, and how they are written as JSON Lines, CSV or events."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

import orjson
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from privacy_service.decisions.audit.canonical import FIELDS, canonical, placed
from privacy_service.decisions.models import DECISION, AuditRecord
from workspaces.models import User, Workspace

_PAGE = 1000
_PLACE = ("position", "previous_hash", "hash")
_NAMES = ("workspace", "actor")
CSV_COLUMNS = (*FIELDS, *_PLACE, *_NAMES)

# A spreadsheet runs a cell that begins so, also in the full width of Asian keyboards.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - see above.


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records: each field narrows, an empty one does not."""

    since: datetime | None = None
    until: datetime | None = None  # Up to, and without.
    workspace_id: UUID | None = None
    actor_id: UUID | None = None
    kind: str = ""
    endpoint: str = ""
    effect: str = ""
    reason: str = ""

    def records(self) -> "QuerySet[AuditRecord]":
        """Return them."""
        texts = {
            name: getattr(self, name) for name in ("workspace_id", "actor_id", "kind", "endpoint", "effect", "reason")
        }
        return AuditRecord.objects.between(self.since, self.until).filter(**{n: v for n, v in texts.items() if v})


def with_names(records: "QuerySet[AuditRecord]", *, members_of: Workspace | None = None) -> "QuerySet[AuditRecord]":
    """Annotate slug and called, the names that workspace and actor have today; of its members alone, where one says."""
    workspace = Workspace.objects.filter(pk=OuterRef("workspace_id")).values("slug")[:1]
    known = User.objects.filter(memberships__workspace=members_of) if members_of else User.objects.all()
    actor = known.filter(pk=OuterRef("actor_id")).values(called=Coalesce("email", "external_id"))[:1]
    return records.annotate(slug=Subquery(workspace), called=Subquery(actor))


def in_order(records: "QuerySet[AuditRecord]") -> Iterator[AuditRecord]:
    """Yield the records by time, page by page: constant memory, and no query that lasts as long as the reader does."""
    rest = records.order_by("at", "pk")
    page = list(rest[:_PAGE])
    while page:
        yield from page
        last = page[-1]
        later = Q(at__gt=last.at) | Q(pk__gt=last.pk)
        page = list(rest.filter(later, at__gte=last.at)[:_PAGE])


def json_lines(records: "QuerySet[AuditRecord]") -> Iterator[bytes]:
    """Yield each record as one line of JSON, which is enough to verify it."""
    for record in in_order(records):
        yield written(record) + b"\n"


def csv_lines(records: "QuerySet[AuditRecord]", *, members_of: Workspace | None = None) -> Iterator[bytes]:
    """Yield the records as CSV (RFC 4180), with the names of today, safe to open in a spreadsheet."""
    yield csv_line(CSV_COLUMNS)
    for record in in_order(with_names(records, members_of=members_of)):
        fields = _fields(record) | {name: getattr(record, name) for name in _PLACE}
        named = {"workspace": record.slug, "actor": record.called}  # type: ignore[attr-defined]
        yield csv_line([csv_cell((fields | named)[column]) for column in CSV_COLUMNS])


def written(record: AuditRecord) -> bytes:
    """Return the record in canonical form, followed by its place in the chain."""
    return placed(canonical(_fields(record)), record.position, record.previous_hash.encode(), record.hash.encode())


def as_event(record: AuditRecord) -> dict[str, Any]:
    """Return the record in the shape of Segment's audit events; a decision is about the workspace that was read."""
    about: tuple[str, str, str] = (record.resource_id, record.resource_type, record.resource_name)
    if record.kind == DECISION:
        about = (str(record.workspace_id), "workspace", getattr(record, "slug", None) or "")
    return {
        "id": str(record.pk),
        "timestamp": record.at.isoformat(timespec="microseconds"),
        "type": record.kind,
        "actor": str(record.actor_id) if record.actor_id else "",
        **dict(zip(("resourceId", "resourceType", "resourceName"), about, strict=True)),
    }


def _fields(record: AuditRecord) -> dict[str, Any]:
    return {field: getattr(record, field) for field in FIELDS}


def csv_line(cells: "list[str] | tuple[str, ...]") -> bytes:
    """Return one line of CSV (RFC 4180)."""
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def csv_cell(value: Any) -> str:
    """Return a value as a cell that no spreadsheet runs as a formula."""
    if isinstance(value, dict):
        return orjson.dumps(value).decode() if value else ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
