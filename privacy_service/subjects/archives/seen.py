"""Who has seen personal data: what the audit trail can say of it, for somebody who asks for access.

The trail knows who asked, when, and for decisions that masked how many pieces of each kind were hidden. It holds no
data and no person's name, so it cannot say whose data it was, nor what kinds a reader got to see who saw all.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

import orjson
from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDate

from privacy_service.decisions.models import AuditRecord
from privacy_service.decisions.types import Effect
from workspaces.models import Workspace

CANNOT_SAY = (
    "The trail records readers, times, outcomes and how much of each kind was hidden, and never whose data it was: "
    "these are all readings of this workspace's data. Of what was shown whole it knows no kinds."
)
MOST_ROWS = 100_000


def readings(
    workspace: Workspace, *, since: datetime | None = None, until: datetime | None = None, entity: str = ""
) -> "QuerySet[AuditRecord]":
    """Return the decisions about a workspace's data, or those alone that hid data of one kind."""
    records = AuditRecord.objects.of(workspace).decisions().between(since, until)
    return records.filter(entities__has_key=entity) if entity else records


def history(
    workspace: Workspace,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    entity: str = "",
    most: int = MOST_ROWS,
) -> Iterator[dict[str, Any]]:
    """Yield who read a workspace's data: a row for each reader, day, effect and reason, the newest first.

    With an entity: first the readings that showed everything, then those in which data of this kind was hidden.
    """
    if not entity:
        return map(_row, _grouped(readings(workspace, since=since, until=until))[:most])
    whole = readings(workspace, since=since, until=until).filter(effect=Effect.PASS)
    part = readings(workspace, since=since, until=until, entity=entity).exclude(effect=Effect.PASS)
    return map(_row, chain(_grouped(whole)[:most], _grouped(part)[:most]))


def history_lines(workspace: Workspace) -> Iterator[bytes]:
    """Yield the same as lines of JSON, the first one saying what cannot be said; readers are told by their ids."""
    yield orjson.dumps({"note": CANNOT_SAY}, option=orjson.OPT_APPEND_NEWLINE)
    for row in history(workspace):
        yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def kinds_hidden(records: "QuerySet[AuditRecord]") -> dict[str, int]:
    """Return how many pieces of each kind were hidden in all of these readings."""
    kinds: dict[str, int] = {}
    for entities in records.exclude(entities={}).values_list("entities", flat=True).iterator(chunk_size=10_000):
        for entity, count in entities.items():
            kinds[entity] = kinds.get(entity, 0) + count
    return dict(sorted(kinds.items()))


def _grouped(records: "QuerySet[AuditRecord]") -> "QuerySet[Any, dict[str, Any]]":
    by = ("day", "actor_id", "actor_digest", "effect", "reason")
    grouped = records.order_by().annotate(day=TruncDate("at")).values(*by)
    counted: QuerySet[Any, dict[str, Any]] = grouped.annotate(
        readings=Count("pk"), first_at=Min("at"), last_at=Max("at")
    )
    return counted.order_by("-day", "actor_id", "actor_digest", "effect", "reason")


def _row(row: dict[str, Any]) -> dict[str, Any]:
    reader = str(row["actor_id"]) if row["actor_id"] else f"unknown {row['actor_digest']}"
    rest = {name: value for name, value in row.items() if name not in {"actor_id", "actor_digest"}}
    return {"reader": reader, **rest}
