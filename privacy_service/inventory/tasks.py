"""Work on the inventory, beside requests."""

import logging
from uuid import UUID

from celery import shared_task

from privacy_service.inventory import alerts
from privacy_service.subjects.destinations.base import NotDone

logger = logging.getLogger(__name__)


@shared_task(name=alerts.TELL)
def tell(workspace_id: str) -> None:
    """Tell of a workspace's new red fields; where that fails, the sweep tries again."""
    try:
        alerts.tell(UUID(workspace_id))
    except (NotDone, OSError) as error:
        logger.warning("New red fields could not be told (%s); the next sweep tries again", type(error).__name__)


@shared_task(name="inventory.tell_all")
def tell_all() -> None:
    """Tell of new red fields what could not be told at once."""
    alerts.tell_all()
