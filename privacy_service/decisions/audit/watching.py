"""The nightly look at the whole trail: what it finds is counted for alerts, logged, and kept with the chain."""

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db.models import F

from privacy_service.decisions.audit.verifying import Fault, missing_chains, verify
from privacy_service.decisions.models import AuditChain
from privacy_service.observability import metrics

logger = logging.getLogger(__name__)

_MOST_LINES = 20  # Of a trail that was rewritten as a whole the log need not tell record by record.


def chains_to_verify() -> list[UUID]:
    """Return the chains there are, the one that nobody has verified for longest first."""
    oldest_first = AuditChain.objects.order_by(F("verified_at").asc(nulls_first=True), "number")
    return list(oldest_first.values_list("pk", flat=True))


def look_at_chain(workspace_id: UUID) -> int:
    """Verify one chain and return how many faults it has; what its records say is never told."""
    try:
        found = verify(workspace_id)
    except AuditChain.DoesNotExist:
        return 0  # It was there a moment ago: `look_for_missing` tells of it.
    metrics.audit_verified.add()
    return _told(found.faults)


def look_for_missing() -> int:
    """Return how many chains are gone as a whole, or records without one."""
    return _told(missing_chains())


def _told(faults: Iterable[Fault]) -> int:
    count = 0
    for count, fault in enumerate(faults, start=1):
        if count <= _MOST_LINES:
            logger.error("The audit trail is not what the service wrote (chain %s): %s", fault.workspace_id, fault)
    metrics.audit_faults.add(amount=count)
    return count
