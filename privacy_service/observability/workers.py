"""What the workers do, in numbers, which Prometheus reads on a page of each worker and of beat.

Celery imports this module in each worker and in beat; a web server has its own page.
"""

import logging
import threading
from time import monotonic, time
from typing import Any

from celery.signals import beat_init, task_postrun, task_prerun, worker_init, worker_ready
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from privacy_service import safety
from privacy_service.celery import SENT_AT
from privacy_service.observability import metrics
from privacy_service.observability.page import server_at

logger = logging.getLogger(__name__)

safety.refuse_unsafe_start()  # Celery carries on after an error of a signal's receiver, but not after one of an import.

_BEGUN_AT = "privacy_begun_at"


@worker_init.connect
def refuse_lost_keys(**_: object) -> None:
    """Stop a worker that could not open what is stored; of what receivers raise, only this ends it."""
    try:
        safety.refuse_lost_keys()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None


@task_prerun.connect
def _note_begin(task: Any, **_: object) -> None:
    sent_at = getattr(task.request, SENT_AT, None)
    if sent_at:
        metrics.task_wait_seconds.add(task.name, amount=max(0.0, time() - float(sent_at)))
    setattr(task.request, _BEGUN_AT, monotonic())


@task_postrun.connect
def _note_end(task: Any, state: str | None = None, **_: object) -> None:
    metrics.tasks.add(task.name, (state or "unknown").lower())
    begun_at = getattr(task.request, _BEGUN_AT, None)
    if begun_at is not None:
        metrics.task_seconds.add(task.name, amount=monotonic() - begun_at)
    metrics.flush()  # A worker's child has no thread that would do it.


@worker_ready.connect
@beat_init.connect
def serve(**_: object) -> None:
    """Show the numbers of this worker, or beat, at PRIVACY_METRICS_LISTEN."""
    if not settings.PRIVACY_METRICS_LISTEN:
        return
    server = server_at(settings.PRIVACY_METRICS_LISTEN)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
