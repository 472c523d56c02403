"""Whose turn it is: the database is the queue of what systems are to be asked.

A receipt that waits has a time of its next try. Whoever takes it moves that time ahead before asking, so that nobody
else asks meanwhile, and a worker that dies is followed by another once that time has come.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from privacy_service.subjects.destinations import KINDS
from privacy_service.subjects.destinations.base import DestinationKind
from privacy_service.subjects.models import Destination, Receipt, Status, Turn
from privacy_service.subjects.outages import left_alone, most_asked

_LOOKED_AT = 100


def taken() -> list[Receipt]:
    """Return receipts of one system that is due, which nobody else asks until the lease has ended; none: nothing is."""
    first = due().order_by("next_try_at").values_list("destination", flat=True)[:_LOOKED_AT]
    systems = list(set(first))
    random.shuffle(systems)  # Workers that look at the same few do not all begin with the same.
    return next((receipts for receipts in map(_taken_of, systems) if receipts), [])


def give_back(receipts: Sequence[Receipt]) -> None:
    """Have somebody else ask what was taken and not asked."""
    rows = Receipt.objects.filter(pk__in=[receipt.pk for receipt in receipts], status=Status.WAITING)
    rows.update(next_try_at=timezone.now(), attempts=F("attempts") - 1)


def end_turn(destination_id: UUID | None) -> None:
    """Let another worker ask a system that is asked by one alone."""
    Turn.objects.filter(pk=destination_id).update(until=timezone.now())


def due() -> QuerySet[Receipt]:
    """Return the receipts whose systems are to be asked now; one that is down is not."""
    waiting = Receipt.objects.filter(status=Status.WAITING, next_try_at__lte=timezone.now())
    return waiting.exclude(destination__in=left_alone())


@transaction.atomic
def _taken_of(destination_id: UUID | None) -> list[Receipt]:
    """Take what is due of one system; two that take at once take different ones."""
    kind = _kind_of(destination_id) if destination_id else None
    lease = timezone.now() + timedelta(seconds=settings.PRIVACY_SUBJECTS_LEASE_SECONDS)
    theirs = due().filter(destination=destination_id).order_by("next_try_at").select_for_update(skip_locked=True)
    found = list(theirs.values_list("pk", flat=True)[: kind.most if kind else 1])
    # Neither a turn nor a trial is taken where nobody waits: it would be held for nothing until the lease ends.
    if not found or (destination_id and kind and kind.is_exclusive and not has_turn(destination_id, lease)):
        return []
    rows = Receipt.objects.filter(pk__in=found[: most_asked(destination_id, len(found))])
    rows.update(next_try_at=lease, attempts=F("attempts") + 1)
    return list(rows.select_related("destination__workspace", "request__workspace"))


def _kind_of(destination_id: UUID) -> DestinationKind | None:
    name = Destination.objects.filter(pk=destination_id).values_list("kind", flat=True).first()
    return KINDS.get(name or "")


def has_turn(destination_id: UUID, until: datetime) -> bool:
    """Take the only turn there is at a system, where nobody has it."""
    now = timezone.now()
    Turn.objects.get_or_create(destination_id=destination_id, defaults={"until": now})
    return bool(Turn.objects.filter(pk=destination_id, until__lte=now).update(until=until))
