"""What systems answered, kept: each in its receipt, and the requests that are completed by it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from privacy_service.decisions.audit.acts import kept_together
from privacy_service.observability import metrics
from privacy_service.subjects.destinations.base import CannotTell, Done, NeedsPerson, NotDone, TryAgain, Working
from privacy_service.subjects.lifecycle import settle_all
from privacy_service.subjects.models import Receipt, Status, SubjectRequest
from privacy_service.subjects.trying import seconds_to_next_try
from workspaces.acts import Act, note
from workspaces.models import User

Answer = Done | NotDone

_LONGEST_PROBLEM = 200


@dataclass(frozen=True, slots=True)
class Settled:
    """What a receipt says once its system is not asked any more."""

    status: Status
    code: int | None
    problem: str = ""
    evidence: Mapping[str, int | str] = field(default_factory=dict)
    by: User | None = None


def keep(answered: Iterable[tuple[Receipt, Answer]]) -> None:
    """Keep what systems answered, of whichever requests."""
    settled = []
    for receipt, answer in answered:
        match answer:
            case Done():
                settled.append((receipt, Settled(Status.COMPLETED, answer.code, evidence=answer.counts)))
            case CannotTell():
                settled.append((receipt, Settled(Status.UNSUPPORTED, None, answer.problem)))
            case TryAgain() if receipt.attempts < settings.PRIVACY_SUBJECTS_ATTEMPTS:
                _wait(receipt, answer)
            case Working() if timezone.now() < receipt.request.due_at:
                _look_again(receipt, answer)
            case NeedsPerson():
                _still_waiting(receipt).update(next_try_at=None, problem=answer.problem[:_LONGEST_PROBLEM])
            case _:
                settled.append((receipt, Settled(Status.FAILED, answer.code, answer.problem)))
    keep_settled(settled)


@transaction.atomic
def keep_settled(settled: Sequence[tuple[Receipt, Settled]]) -> None:
    """Keep final answers; one that is completed stays so: a worker that was slow, or a person, had been faster."""
    requests = _locked({receipt.request_id for receipt, _ in settled})
    rows = Receipt.objects.filter(pk__in=[receipt.pk for receipt, _ in settled])
    done_before = set(rows.filter(status=Status.COMPLETED).values_list("pk", flat=True))
    kept = [(receipt, final) for receipt, final in settled if receipt.pk not in done_before]
    _write(kept)
    with kept_together():
        for receipt, final in kept:
            metrics.subject_receipts.add(final.status)
            told = {"status": final.status, "destination": receipt.name, "code": final.code}
            note(Act.RECEIPT_SETTLED, requests[receipt.request_id].workspace, final.by, receipt, **told)
        settle_all(requests[request_id] for request_id in {receipt.request_id for receipt, _ in kept})


def _locked(request_ids: set[UUID]) -> dict[UUID, SubjectRequest]:
    """Return requests with nobody else settling them; two that lock several do so in the same order."""
    rows = SubjectRequest.objects.select_for_update(of=("self",)).select_related("workspace")
    return {request.pk: request for request in rows.filter(pk__in=request_ids).order_by("pk")}


def _write(kept: Sequence[tuple[Receipt, Settled]]) -> None:
    """Write receipts, those that say the same in one statement: of a hundred people a system mostly says the same."""
    alike: dict[bytes, list[tuple[Receipt, Settled]]] = defaultdict(list)
    for receipt, final in kept:
        said = [final.status, final.code, final.problem, dict(final.evidence), final.by and str(final.by.pk)]
        alike[orjson.dumps(said, option=orjson.OPT_SORT_KEYS)].append((receipt, final))
    for group in alike.values():
        final = group[0][1]
        is_done = final.status is Status.COMPLETED
        Receipt.objects.filter(pk__in=[receipt.pk for receipt, _ in group]).update(
            status=final.status,
            code=final.code,
            problem=final.problem[:_LONGEST_PROBLEM],
            evidence=dict(final.evidence),
            next_try_at=None,
            done_at=timezone.now() if is_done else None,
            done_by=final.by if is_done else None,
        )


def _wait(receipt: Receipt, answer: TryAgain) -> None:
    """Try again later: twice as late each time, each at a moment of its own (exponential back-off with jitter)."""
    seconds = max(answer.after_seconds or 0.0, seconds_to_next_try(receipt.attempts))
    _still_waiting(receipt).update(
        next_try_at=timezone.now() + timedelta(seconds=seconds),
        code=answer.code,
        problem=answer.problem[:_LONGEST_PROBLEM],
    )


def _look_again(receipt: Receipt, answer: Working) -> None:
    """Ask later how far it is; it has answered well, so that failures count anew."""
    later = timezone.now() + timedelta(seconds=answer.after_seconds)
    _still_waiting(receipt).update(
        next_try_at=later, attempts=0, code=answer.code, problem=answer.problem[:_LONGEST_PROBLEM]
    )


def _still_waiting(receipt: Receipt) -> QuerySet[Receipt]:
    """Return the receipt's row, unless another worker or a person has settled it meanwhile."""
    return Receipt.objects.filter(pk=receipt.pk, status=Status.WAITING)
