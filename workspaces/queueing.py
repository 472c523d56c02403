"""send_task_soon(): a task for a worker, once what it is about is kept."""

from celery import current_app
from django.db import transaction


def send_task_soon(task: str, *arguments: str) -> None:
    """Send a task, by its name, once this transaction is kept; where the queue is out of reach nobody is refused.

    What the task is about stays on record, so that a sweep of beat can send it again: each task sent here has one.
    """
    # Not a partial: Django asks a callback that failed for its name.
    transaction.on_commit(lambda: current_app.send_task(task, arguments), robust=True)
