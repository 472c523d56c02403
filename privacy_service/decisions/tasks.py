"""Recurring work on the audit trail."""

from uuid import UUID

from celery import shared_task

from privacy_service.decisions import audit
from privacy_service.decisions.audit import forwarding, retention, watching
from privacy_service.observability import metrics

_LONGEST_LOOK_SECONDS = 6 * 3600  # At some ten thousand records a second, a chain of 200 million.


@shared_task(name="decisions.ship_spool")
def ship_spool() -> None:
    """Ship what processes of this host left in the spool when they died."""
    audit.ship()
    metrics.flush()


@shared_task(name="decisions.prune_audit")
def prune_audit() -> None:
    """Take away what the trail no longer keeps."""
    retention.prune_as_set()


@shared_task(name="decisions.forward_audit")
def forward_audit() -> None:
    """Send the trail on to whoever is set to receive it."""
    forwarding.forward()
    metrics.flush()


@shared_task(name="decisions.verify_audit")
def verify_audit() -> None:
    """Have every chain of the trail verified, each as work of its own, and look for chains that are gone."""
    watching.look_for_missing()
    metrics.flush()
    for workspace_id in watching.chains_to_verify():
        verify_chain.delay(str(workspace_id))


@shared_task(name="decisions.verify_chain", time_limit=_LONGEST_LOOK_SECONDS)
def verify_chain(workspace_id: str) -> None:
    """Verify one chain of the trail."""
    watching.look_at_chain(UUID(workspace_id))
    metrics.flush()
