"""Work on requests, beside requests."""

from celery import shared_task

from privacy_service.subjects import carrying_out
from privacy_service.subjects.lifecycle import WORK

# Below the time limit of a task; what is not done by then is done by the next one, which beat has sent by then.
_SECONDS = 60.0


@shared_task(name=WORK)
def work() -> None:
    """Ask the systems whose turn it is: at the start, after a failure, after a worker has died.

    The database is the queue: two of these tasks at once ask twice as many systems, and no system twice.
    """
    carrying_out.work(_SECONDS)
