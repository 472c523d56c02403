"""Recurring work on the audit trail."""

from celery import shared_task

from privacy_service.decisions import audit
from privacy_service.observability import metrics


@shared_task(name="decisions.ship_spool")
def ship_spool() -> None:
    """Ship what processes of this host left in the spool when they died."""
    audit.ship()
    metrics.flush()
