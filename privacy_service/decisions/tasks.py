"""Recurring work on the audit trail."""

from celery import shared_task

from privacy_service.decisions import audit
from privacy_service.decisions.audit import forwarding, retention
from privacy_service.observability import metrics


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
