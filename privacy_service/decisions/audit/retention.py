"""prune(): takes the oldest records away once they may go, and remembers the hash at which the chain now begins.

The database lets nothing go but what lies before a chain's first position; pruning moves that forward under the chain's
seal, deletes what lies before it, and notes that it did, all in one transaction for each batch.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from privacy_service.decisions.audit import chain, forwarding
from privacy_service.decisions.audit.guard import RECORDS
from privacy_service.decisions.models import AuditChain, AuditRecord
from workspaces.acts import Act, Detail, note
from workspaces.models import User, Workspace

_BATCH = 5000


def prune(*, days: int, by: User | None = None) -> dict[UUID, int]:
    """Take away what is older than so many days, and return how many records each chain gave up."""
    before = timezone.now() - timedelta(days=days)
    removed: dict[UUID, int] = {}
    for workspace_id in AuditChain.objects.order_by("number").values_list("pk", flat=True):
        while count := _prune_some(workspace_id, before, by):
            removed[workspace_id] = removed.get(workspace_id, 0) + count
    return removed


def prune_as_set() -> dict[UUID, int]:
    """Take away what PRIVACY_AUDIT_RETENTION_DAYS no longer keeps; at 0, nothing."""
    days = settings.PRIVACY_AUDIT_RETENTION_DAYS
    return prune(days=days) if days else {}


@transaction.atomic
def _prune_some(workspace_id: UUID, before: datetime, by: User | None) -> int:
    held = chain.locked([workspace_id])[workspace_id]
    old = _old_records_of(held, before)
    if not old:
        return 0
    held.first_position, held.anchor_hash = old[-1].position + 1, old[-1].hash
    chain.store([held])
    with connection.cursor() as cursor:
        # Past the ORM, whose records refuse to be deleted.
        cursor.execute(
            f"DELETE FROM {RECORDS} WHERE workspace_id = %s AND position < %s",  # noqa: S608 - our own word.
            [_as_kept(workspace_id), held.first_position],
        )
    workspace = Workspace.objects.filter(pk=workspace_id).first() or Workspace(pk=workspace_id)
    detail: dict[str, Detail] = {"records": len(old), "up_to": old[-1].position, "hash": old[-1].hash, "before": before}
    note(Act.AUDIT_PRUNED, None if workspace_id == chain.INSTALLATION else workspace, by, **detail)
    return len(old)


def _old_records_of(held: AuditChain, before: datetime) -> list[AuditRecord]:
    """Return the records at the start of the chain that are old; one behind a younger one waits for that one."""
    records = AuditRecord.objects.filter(workspace_id=held.pk, position__gte=held.first_position)
    confirmed = forwarding.confirmed_by_all(held.pk)
    if confirmed is not None:
        records = records.filter(position__lte=confirmed)  # The rest has yet to be forwarded.
    old = []
    for record in records.order_by("position").only("position", "hash", "at")[:_BATCH]:
        if record.at >= before:
            break
        old.append(record)
    return old


def _as_kept(workspace_id: UUID) -> UUID | str:
    return workspace_id if connection.vendor == "postgresql" else workspace_id.hex
