"""What the workers do, in numbers, and the small page where Prometheus reads the numbers of a worker or of beat.

Celery imports this module in each worker and in beat; a web server has its own page.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from time import monotonic, time
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from celery.signals import beat_init, task_postrun, task_prerun, worker_ready
from django.conf import settings

from privacy_service import safety
from privacy_service.celery import SENT_AT
from privacy_service.observability import metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

safety.refuse_unsafe_start()  # Celery carries on after an error of a signal's receiver, but not after one of an import.

_BEGUN_AT = "privacy_begun_at"


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
    host, _colon, port = settings.PRIVACY_METRICS_LISTEN.rpartition(":")
    server = make_server(host, int(port), page, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def page(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer `/metrics`, and `/healthz` while the process lives."""
    make = _PAGES.get(environ["PATH_INFO"])
    body = make() if make else b"Ask for /metrics or /healthz.\n"
    kind = "text/plain; version=0.0.4; charset=utf-8"
    start_response("200 OK" if make else "404 Not Found", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _alive() -> bytes:
    return b"ok\n"


_PAGES: dict[str, Callable[[], bytes]] = {"/metrics": metrics.exposition, "/healthz": _alive}


class _Quiet(WSGIRequestHandler):
    """Writes no line for each look of Prometheus."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's.
        """Say nothing."""
