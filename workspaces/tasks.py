"""Work on rights that is done beside requests."""

import logging
from uuid import UUID

from celery import shared_task

from workspaces import break_glass, grants

logger = logging.getLogger(__name__)


@shared_task(name="workspaces.tell_owners")
def tell_owners(emergency_id: str) -> None:
    """Tell the owners of a workspace how an emergency access stands."""
    break_glass.tell_owners(UUID(emergency_id))


@shared_task(name="workspaces.end_what_is_over")
def end_what_is_over() -> None:
    """Clear away grants and emergency accesses whose time is up, and tell owners what a lost mail server kept back."""
    break_glass.end_what_is_over()
    grants.end_what_is_over()
    for emergency_id in break_glass.untold().values_list("pk", flat=True):
        try:
            break_glass.tell_owners(emergency_id)
        except OSError:
            logger.exception("Owners could not be told of an emergency access; the next sweep tries again")
            return
