"""How far the audit trail is behind: what waits on this host's disk, and what receivers have not confirmed."""

from collections.abc import Iterator
from time import time

from django.conf import settings
from django.db.models import Sum

from privacy_service.decisions.audit.receivers import RECEIVERS
from privacy_service.decisions.audit.trail import spool
from privacy_service.decisions.models import AuditChain, ForwardCursor
from privacy_service.observability.facts import Fact, Reading, Source

AGE = Fact("privacy_audit_spool_age_seconds", "For how long the oldest audit record of this host has waited, at most")
LIMIT = Fact("privacy_audit_spool_limit_bytes", "Over this, answers become 503")
WAITING = Fact("privacy_audit_forward_waiting", "Audit records that a receiver has not confirmed", ("receiver",))
_NANOSECONDS = 10**9


def read_spool() -> Iterator[Reading]:
    """Look at this host's disk: a segment is named by the moment it was begun."""
    waiting = (path for path in spool().directory.glob("*") if path.suffix in {".open", ".sealed"})
    begun = [int(path.name.partition("-")[0]) for path in waiting]
    yield Reading(AGE, max(0.0, time() - min(begun) / _NANOSECONDS) if begun else 0.0)
    yield Reading(LIMIT, settings.PRIVACY_AUDIT_SPOOL_LIMIT_BYTES)


def read_forwarding() -> Iterator[Reading]:
    """Compare where the chains end with how far each receiver has confirmed them."""
    names = [receiver.name for receiver in RECEIVERS if receiver.is_set()]
    laid = _sum(AuditChain.objects.aggregate(sum=Sum("last_position"))) if names else 0
    for name in names:
        confirmed = _sum(ForwardCursor.objects.filter(receiver=name).aggregate(sum=Sum("position")))
        yield Reading(WAITING, laid - confirmed, (name,))


def _sum(found: dict[str, int | None]) -> int:
    return found["sum"] or 0


SPOOL = Source("spool", (AGE, LIMIT), read_spool)
FORWARDING = Source("forwarding", (WAITING,), read_forwarding)
