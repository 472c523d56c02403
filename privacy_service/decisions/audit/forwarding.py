"""forward(): sends the trail on, each chain in its order and every record at least once.

A cursor for each receiver and chain remembers how far the receiver has confirmed. Places in a chain are given under its
lock, so no record can appear behind a cursor. What is not confirmed is sent again after a pause that doubles; nothing
is forgotten meanwhile, since records are read from the database.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from privacy_service.decisions.audit.exporting import written
from privacy_service.decisions.audit.receivers import RECEIVERS, NotReceived, Receiver
from privacy_service.decisions.models import AuditChain, AuditRecord, ForwardCursor, ForwardState
from privacy_service.observability import metrics

logger = logging.getLogger(__name__)

_BATCH = 500
_MOST_BATCHES = 100  # One run ends, so that other work of the worker gets its turn.
_LEASE = timedelta(minutes=2)
SHORTEST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)


def forward() -> int:
    """Send every receiver that is set what it has not confirmed yet, and return how many records that were."""
    return sum(_forward_to(receiver) for receiver in RECEIVERS if receiver.is_set())


def confirmed_by_all(workspace_id: UUID) -> int | None:
    """Return up to which record every receiver has confirmed this chain, or None where none is set."""
    names = [receiver.name for receiver in RECEIVERS if receiver.is_set()]
    if not names:
        return None
    cursors = ForwardCursor.objects.filter(receiver__in=names, workspace_id=workspace_id)
    positions = dict(cursors.values_list("receiver", "position"))
    return min(positions.get(name, 0) for name in names)


def _forward_to(receiver: Receiver) -> int:
    if not _claim(receiver):
        return 0
    sent = 0
    try:
        for _ in range(_MOST_BATCHES):
            count = _send_some(receiver)
            sent += count
            if count < _BATCH:
                break
        _state_of(receiver).update(failures=0, leased_until=None)
    except NotReceived as failure:
        logger.warning("The audit trail was not received by the %s (%s); it is sent again", receiver.name, failure)
        metrics.audit_forward_failures.add(receiver.name)
        _pause(receiver)
    metrics.audit_forwarded.add(receiver.name, amount=sent)
    return sent


def _claim(receiver: Receiver) -> bool:
    """Take this receiver for this process, unless another has it or it is not time yet."""
    now = timezone.now()
    ForwardState.objects.get_or_create(pk=receiver.name, defaults={"next_try_at": now})
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return bool(_state_of(receiver).filter(free, next_try_at__lte=now).update(leased_until=now + _LEASE))


def _pause(receiver: Receiver) -> None:
    """Wait longer after each failure, and remember it in the database: a worker that starts anew waits as well."""
    failures = ForwardState.objects.get(pk=receiver.name).failures + 1
    pause = min(SHORTEST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)
    _state_of(receiver).update(failures=failures, leased_until=None, next_try_at=timezone.now() + pause)


def _state_of(receiver: Receiver) -> "QuerySet[ForwardState]":
    return ForwardState.objects.filter(pk=receiver.name)


def _send_some(receiver: Receiver) -> int:
    """Send one batch, from as many chains as it takes, and move their cursors once it is confirmed."""
    _state_of(receiver).update(leased_until=timezone.now() + _LEASE)
    records: list[AuditRecord] = []
    for chain in _due(receiver)[:_BATCH]:
        waiting = AuditRecord.objects.filter(workspace_id=chain.pk, position__gt=chain.sent)  # type: ignore[attr-defined]
        records += waiting.order_by("position")[: _BATCH - len(records)]
        if len(records) == _BATCH:
            break
    if records:
        receiver.send([written(record) for record in records])
        _move_cursors(receiver, {record.workspace_id: record.position for record in records})
    return len(records)


def _due(receiver: Receiver) -> "QuerySet[AuditChain]":
    """Return the chains that went on behind their cursors, the one served longest ago first."""
    cursor = ForwardCursor.objects.filter(receiver=receiver.name, workspace_id=OuterRef("pk"))
    return (
        AuditChain.objects.annotate(
            sent=Coalesce(Subquery(cursor.values("position")[:1]), 0), served_at=Subquery(cursor.values("moved_at")[:1])
        )
        .filter(last_position__gt=F("sent"))
        .order_by(F("served_at").asc(nulls_first=True), "number")
    )


@transaction.atomic
def _move_cursors(receiver: Receiver, positions: dict[UUID, int]) -> None:
    now = timezone.now()
    ForwardCursor.objects.bulk_create(
        [
            ForwardCursor(receiver=receiver.name, workspace_id=workspace_id, position=position, moved_at=now)
            for workspace_id, position in positions.items()
        ],
        update_conflicts=True,
        unique_fields=["receiver", "workspace_id"],
        update_fields=["position", "moved_at"],
    )
