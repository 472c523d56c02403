"""Work on rights that is done beside requests."""

import logging
from uuid import UUID

from celery import shared_task

from workspaces import break_glass, grants, rotating
from workspaces.actor_tokens import keeping

logger = logging.getLogger(__name__)


@shared_task(name="workspaces.tell_owners")
def tell_owners(emergency_id: str) -> None:
    """Tell the owners of a workspace how an emergency access stands."""
    break_glass.tell_owners(UUID(emergency_id))


@shared_task(name="workspaces.finish_rotations")
def finish_rotations() -> None:
    """Take away former keys that nothing is sealed with any more."""
    for key in rotating.finish():
        logger.info("A former key was taken away: %s", key.pk)


@shared_task(name="workspaces.end_what_is_over")
def end_what_is_over() -> None:
    """Clear away grants, emergency accesses and secrets whose time is up, and tell owners what they were not told."""
    break_glass.end_what_is_over()
    grants.end_what_is_over()
    keeping.remove_what_is_over()
    for emergency_id in break_glass.untold().values_list("pk", flat=True):
        try:
            break_glass.tell_owners(emergency_id)
        except OSError:
            logger.exception("Owners could not be told of an emergency access; the next sweep tries again")
            return
