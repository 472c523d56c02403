"""Telling controllers that a request has moved: each of their addresses, each change, until it says that it heard."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from privacy_service.subjects.destinations.base import NotDone, OptionsRefused
from privacy_service.subjects.destinations.sending import check_answer, checked_url, send
from privacy_service.subjects.models import Callback, ControllerRequest, SubjectRequest
from privacy_service.subjects.opendsr.results import results_of
from privacy_service.subjects.opendsr.signing import NotSetUp, domain, sign
from privacy_service.subjects.opendsr.words import VERSIONS
from privacy_service.subjects.trying import seconds_to_next_try
from workspaces.queueing import send_task_soon

logger = logging.getLogger(__name__)

TELL = "subjects.tell_controllers"  # The task that tells.
_HEARD = frozenset(range(200, 300))


def on_moved(*, requests: Sequence[SubjectRequest], **_: Any) -> None:
    """Keep, in the transaction that moves requests of one state, that their controllers are to be told."""
    asked = ControllerRequest.objects.filter(request__in=requests, cancelled_at=None)
    tell(asked, requests[0].state)


def tell(asked: Iterable[ControllerRequest], state: str) -> None:
    """Keep that these controllers are to be told of a state."""
    told = [Callback(asked=one, url=url, state=state) for one in asked for url in one.callbacks]
    if told:
        Callback.objects.bulk_create(told)
        send_task_soon(TELL)  # Beat asks too.


def tell_controllers(seconds: float) -> int:
    """Tell whatever is due, for so long at most; return how many were told."""
    ends_at, told = monotonic() + seconds, 0
    due = Callback.objects.filter(next_try_at__lte=timezone.now()).order_by("created_at")
    for callback_id in list(due.values_list("pk", flat=True)[:1000]):
        if monotonic() >= ends_at:
            break
        callback = _taken(callback_id)
        told += callback is not None and _told(callback)
    return told


def _taken(callback_id: Any) -> Callback | None:
    """Return what is to be told, with nobody else telling it; what happened earlier is told first."""
    now = timezone.now()
    lease = timedelta(seconds=settings.PRIVACY_SUBJECTS_LEASE_SECONDS)
    due = Callback.objects.filter(pk=callback_id, next_try_at__lte=now)
    if not due.update(next_try_at=now + lease, attempts=F("attempts") + 1):
        return None
    callback = Callback.objects.select_related("asked__request").get(pk=callback_id)
    before = Callback.objects.filter(asked=callback.asked, url=callback.url, created_at__lt=callback.created_at)
    if earlier := before.exclude(next_try_at=None).order_by("-next_try_at").first():
        due_again = max(earlier.next_try_at or now, now + timedelta(seconds=1))
        Callback.objects.filter(pk=callback_id).update(next_try_at=due_again, attempts=F("attempts") - 1)
        return None
    return callback


def _told(callback: Callback) -> bool:
    try:
        checked_url(callback.url, "status_callback_url")
        check_answer(_sent(callback), _HEARD)
    except (NotDone, NotSetUp, OptionsRefused) as error:
        _wait(callback, str(error))
        return False
    callback.delete()
    return True


def _sent(callback: Callback) -> Any:
    asked, version = callback.asked, VERSIONS[callback.asked.version]
    body = orjson.dumps(
        {
            "controller_id": str(asked.controller_id),
            "expected_completion_time": moment(asked.request.finished_at or asked.request.due_at),
            "status_callback_url": callback.url,
            "subject_request_id": str(asked.number),
            "request_status": callback.state,
            **(results_of(asked) if callback.state == SubjectRequest.State.COMPLETED else {}),
            "api_version": version.name,
        }
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "privacy-service",
        version.domain_header: domain(),
        version.signature_header: sign(body),
    }
    return send("POST", callback.url, headers=headers, content=body)


def _wait(callback: Callback, problem: str) -> None:
    """Try again later, twice as late each time; give up where that has been often enough, and say so."""
    seconds = seconds_to_next_try(callback.attempts)
    has_ended = callback.attempts >= settings.PRIVACY_SUBJECTS_ATTEMPTS
    if has_ended:
        host = urlsplit(callback.url).hostname
        logger.warning("A controller cannot be told of its request", extra={"host": host, "problem": problem})
    next_try_at = None if has_ended else timezone.now() + timedelta(seconds=seconds)
    Callback.objects.filter(pk=callback.pk).update(next_try_at=next_try_at, problem=problem[:200])


def moment(when: datetime) -> str:
    """Return a time as RFC 3339 has it."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
