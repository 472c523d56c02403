"""Recurring work on the release: scheduled moves, the brake, mail, and forgetting old minutes."""

from celery import shared_task

from privacy_service.rollout import brake, minutes, moves, telling
from privacy_service.rollout.models import PlannedMove, ReleaseMove


@shared_task(name="rollout.run_due_moves")
def run_due_moves() -> None:
    """Make the moves whose time has come, and tell what became of each."""
    for planned in moves.run_due():
        if planned.outcome != PlannedMove.Outcome.OPEN:
            tell_of_plan.delay(planned.pk)


@shared_task(name="rollout.watch_gates")
def watch_gates() -> None:
    """Look at the gates, and brake where one is breached."""
    brake.watch(tell_of_move.delay)


@shared_task(name="rollout.forget_minutes")
def forget_minutes() -> None:
    """Forget what no gate looks at any more."""
    minutes.prune()


@shared_task(name="rollout.tell_of_move", autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def tell_of_move(move_id: int) -> None:
    """Mail the administrators about a breached gate."""
    telling.tell_of_move(ReleaseMove.objects.get(pk=move_id))


@shared_task(name="rollout.tell_of_plan", autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def tell_of_plan(code: str) -> None:
    """Mail the administrators about a scheduled move."""
    telling.tell_of_plan(PlannedMove.objects.get(pk=code))
