"""Asking one system to forget one person, as often as it takes, and keeping what it answered.

A receipt that waits has a time of its next try. Whoever takes it moves that time ahead before asking, so that nobody
else asks meanwhile, and a worker that dies is followed by another once that time has come.
"""

import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from privacy_service.observability import metrics
from privacy_service.subjects.asking import ask
from privacy_service.subjects.destinations import OptionsRefused, driver_of
from privacy_service.subjects.destinations.base import (
    CannotTell,
    Done,
    NeedsPerson,
    NotDone,
    Refused,
    Subject,
    TryAgain,
    Working,
)
from privacy_service.subjects.lifecycle import settle
from privacy_service.subjects.models import Destination, Receipt, Status, SubjectRequest
from workspaces.acts import Act, note
from workspaces.models import User, Workspace
from workspaces.sealing import SealBroken

logger = logging.getLogger(__name__)

_LOOKED_AT = 20
_LONGEST_WAIT_SECONDS = 3600.0
_CANNOT_SUPPORT = "It knows people by {kinds}, and the request names none of these."


def work(seconds: float) -> int:
    """Ask whatever systems are due, one after the other, for so long at most; return how many were asked."""
    ends_at, asked = monotonic() + seconds, 0
    while monotonic() < ends_at and (receipt := _next()):
        carry_out(receipt)
        asked += 1
    return asked


def carry_out(receipt: Receipt) -> None:
    """Ask the system of a receipt that was taken, and keep its answer."""
    try:
        done = _asked(receipt)
    except NotDone as answer:
        _keep_refusal(receipt, answer)
    else:
        _keep(receipt, Status.COMPLETED, code=done.code, evidence=dict(done.counts))


def plan(workspace: Workspace, subject: Subject) -> Mapping[str, Mapping[str, int] | str]:
    """Return how much each system holds, or why it cannot be told; nothing is changed anywhere."""
    destinations = Destination.objects.filter(workspace=workspace, is_active=True)
    return {destination.slug: _found(destination, subject) for destination in destinations}


def _found(destination: Destination, subject: Subject) -> Mapping[str, int] | str:
    named = subject.named_by(destination.known_by)
    if not named.identifiers:
        return _unsupported(destination)
    try:
        return driver_of(destination).find(named)
    except (NotDone, OptionsRefused, SealBroken) as error:
        return str(error)


@transaction.atomic
def settle_by_hand(receipt_id: UUID, *, proof: str, by: User) -> Receipt:
    """Keep that somebody has seen to a system themselves, and what shows it."""
    receipt = Receipt.objects.select_for_update().get(pk=receipt_id)
    _keep(receipt, Status.COMPLETED, code=receipt.code, evidence={"by hand": proof[:500]}, by=by)
    return receipt


@transaction.atomic
def try_again(receipt_id: UUID) -> Receipt:
    """Have a system asked once more that had failed or cannot be reached, at once."""
    receipt = Receipt.objects.select_for_update().get(pk=receipt_id)
    if receipt.status in {Status.WAITING, Status.FAILED}:
        receipt.status, receipt.attempts, receipt.next_try_at = Status.WAITING, 0, timezone.now()
        receipt.save(update_fields=["status", "attempts", "next_try_at"])
    return receipt


def _next() -> Receipt | None:
    """Return a receipt that is due; workers that look at the same few do not all begin with the same."""
    waiting = Receipt.objects.filter(status=Status.WAITING, next_try_at__lte=timezone.now())
    due = list(waiting.order_by("next_try_at").values_list("pk", flat=True)[:_LOOKED_AT])
    random.shuffle(due)
    return next((receipt for receipt in map(_taken, due) if receipt), None)


def _taken(receipt_id: UUID) -> Receipt | None:
    """Return the receipt where it is due, with nobody else asking until the lease has ended."""
    now = timezone.now()
    lease = timedelta(seconds=settings.PRIVACY_SUBJECTS_LEASE_SECONDS)
    due = Receipt.objects.filter(pk=receipt_id, status=Status.WAITING, next_try_at__lte=now)
    if not due.update(next_try_at=now + lease, attempts=F("attempts") + 1):
        return None
    return Receipt.objects.select_related("destination", "request__workspace").get(pk=receipt_id)


def _asked(receipt: Receipt) -> Done:
    destination = receipt.destination
    if destination is None:
        message = "It was taken away before it had answered."
        raise Refused(message)
    subject = Subject(tuple(receipt.request.identifiers)).named_by(destination.known_by)
    if not subject.identifiers:
        raise CannotTell(_unsupported(destination))
    try:
        return ask(driver_of(destination), receipt, destination, subject)
    except (OptionsRefused, SealBroken) as error:
        raise Refused(str(error)) from None
    except NotDone:
        raise
    except Exception:
        # Whatever a library says may hold the person: only where it broke is told.
        logger.exception("A destination broke", extra={"destination": str(destination.pk)})
        message = "It broke in a way that nobody foresaw; the log says where."
        raise TryAgain(message) from None


def _unsupported(destination: Destination) -> str:
    return _CANNOT_SUPPORT.format(kinds=", ".join(sorted(destination.known_by)) or "nothing")


def _keep_refusal(receipt: Receipt, answer: NotDone) -> None:
    match answer:
        case CannotTell():
            _keep(receipt, Status.UNSUPPORTED, code=None, problem=answer.problem)
        case TryAgain() if receipt.attempts < settings.PRIVACY_SUBJECTS_ATTEMPTS:
            _wait(receipt, answer)
        case Working() if timezone.now() < receipt.request.due_at:
            _look_again(receipt, answer)
        case NeedsPerson():
            _still_waiting(receipt).update(next_try_at=None, problem=answer.problem)
        case _:
            _keep(receipt, Status.FAILED, code=answer.code, problem=answer.problem)


def _wait(receipt: Receipt, answer: TryAgain) -> None:
    """Try again later: twice as late each time, each at a moment of its own (exponential back-off with jitter)."""
    doubled = settings.PRIVACY_SUBJECTS_RETRY_SECONDS * 2 ** (receipt.attempts - 1)
    seconds = max(answer.after_seconds or 0.0, min(doubled, _LONGEST_WAIT_SECONDS) * random.uniform(0.5, 1.5))  # noqa: S311 - no secret.
    _still_waiting(receipt).update(
        next_try_at=timezone.now() + timedelta(seconds=seconds), code=answer.code, problem=answer.problem[:200]
    )


def _look_again(receipt: Receipt, answer: Working) -> None:
    """Ask later how far it is; it has answered well, so that failures count anew."""
    later = timezone.now() + timedelta(seconds=answer.after_seconds)
    _still_waiting(receipt).update(next_try_at=later, attempts=0, code=answer.code, problem=answer.problem[:200])


def _still_waiting(receipt: Receipt) -> QuerySet[Receipt]:
    """Return the receipt's row, unless another worker or a person has settled it meanwhile."""
    return Receipt.objects.filter(pk=receipt.pk, status=Status.WAITING)


@transaction.atomic
def _keep(  # noqa: PLR0913 - what a receipt says.
    receipt: Receipt,
    status: Status,
    *,
    code: int | None,
    problem: str = "",
    evidence: Mapping[str, int | str] | None = None,
    by: User | None = None,
) -> None:
    request = (
        SubjectRequest.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=receipt.request_id)
    )
    if Receipt.objects.filter(pk=receipt.pk, status=Status.COMPLETED).exists():
        return  # A worker that was slow, or a person, had been faster: what is deleted stays so.
    receipt.status, receipt.code, receipt.problem = status, code, problem[:200]
    receipt.evidence, receipt.next_try_at = dict(evidence or {}), None
    receipt.done_at, receipt.done_by = (timezone.now(), by) if status is Status.COMPLETED else (None, None)
    receipt.save(update_fields=["status", "code", "problem", "evidence", "next_try_at", "done_at", "done_by"])
    metrics.subject_receipts.add(status)
    note(Act.RECEIPT_SETTLED, request.workspace, by, receipt, status=status, destination=receipt.name, code=code)
    settle(request)
