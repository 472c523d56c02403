"""Asking systems to forget people, as often as it takes.

A system is asked about many people at a time, for some seconds at most; what it answered is kept in one transaction,
so that a worker that dies loses little, and nothing that asking again would not mend.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from time import monotonic
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy_service.decisions.audit.acts import without_personal_data
from privacy_service.exceptions import Conflict
from privacy_service.subjects.answers import Answer, Settled, keep, keep_settled
from privacy_service.subjects.asking import ask, does_nothing_but_forget
from privacy_service.subjects.certificates.manifest import BY_HAND
from privacy_service.subjects.destinations import KINDS, Driver, OptionsRefused, driver_of, is_seen_to_by_a_person
from privacy_service.subjects.destinations.base import CannotTell, ForgetsMany, NotDone, Refused, Subject, TryAgain
from privacy_service.subjects.destinations.keeping import sweep
from privacy_service.subjects.handwork import described, media_type_of
from privacy_service.subjects.models import Destination, ProofFile, Receipt, Status, SubjectRequest, Wish
from privacy_service.subjects.outages import Watch, end_pause
from privacy_service.subjects.queue import end_turn, give_back, taken
from workspaces.models import User, Workspace
from workspaces.sealing import SealBroken

logger = logging.getLogger(__name__)

T = TypeVar("T")

_BATCH_SECONDS = 5.0
_CANNOT_SUPPORT = "It knows people by {kinds}, and the request names none of these."


def work(seconds: float) -> int:
    """Ask whatever systems are due, one after the other, for so long at most; return how many answers there were."""
    ends_at, asked = monotonic() + seconds, 0
    while monotonic() < ends_at and (receipts := taken()):
        asked += carry_out(receipts)
    sweep()
    return asked


def carry_out(receipts: Sequence[Receipt]) -> int:
    """Ask the system of receipts that were taken together, and keep its answers; return how many there were."""
    receipts = sorted(receipts, key=lambda receipt: Wish(receipt.request.wish).exports)
    receipts = _without_lost(receipts)
    if not receipts:
        return 0
    ends_at, watch = monotonic() + _BATCH_SECONDS, Watch(receipts[0].destination_id)
    answers: list[Answer] = []
    for some in _answers(receipts):
        answers += some
        watch.saw(some)
        if watch.is_down or monotonic() >= ends_at:
            break
    watch.keep()
    keep(zip(receipts, answers, strict=False))
    give_back(receipts[len(answers) :])
    end_turn(receipts[0].destination_id)
    return len(answers)


def _without_lost(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Give up on those whose worker died each time it asked: the next one would die of them too, without end."""
    most = settings.PRIVACY_SUBJECTS_ATTEMPTS
    lost = [receipt for receipt in receipts if receipt.attempts > most]
    if lost:
        keep(
            (receipt, Refused(f"It was asked {most} times, and each time the worker that asked was lost."))
            for receipt in lost
        )
        end_turn(lost[0].destination_id)
    return [receipt for receipt in receipts if receipt.attempts <= most]


def plan(workspace: Workspace, subject: Subject) -> Mapping[str, Mapping[str, int] | str]:
    """Return how much each system holds, or why it cannot be told; nothing is changed anywhere."""
    destinations = Destination.objects.filter(workspace=workspace, is_active=True)
    return {destination.slug: _found(destination, subject) for destination in destinations}


def _found(destination: Destination, subject: Subject) -> Mapping[str, int] | str:
    named = subject.named_by(destination.known_by)
    if not named.identifiers:
        return _unsupported(destination)
    found = _guarded(destination, lambda: driver_of(destination).find(named))
    return str(found) if isinstance(found, NotDone) else found


@transaction.atomic
def settle_by_hand(receipt_id: UUID, *, proof: str, by: User | None, file: bytes | None = None) -> Receipt:
    """Keep that somebody has seen to a system themselves, and what shows it; raise FileRefused, and Conflict after."""
    # The request first, as everywhere: of two who press at once the second finds it done, and replaces nothing.
    SubjectRequest.objects.select_for_update(of=("self",)).get(receipts=receipt_id)
    receipt = Receipt.objects.select_for_update().get(pk=receipt_id)
    if receipt.status not in {Status.WAITING, Status.FAILED}:
        message = f"This system's answer is {receipt.status} already, and what shows it stays."
        raise Conflict(message)
    evidence: dict[str, int | str] = {BY_HAND: without_personal_data(proof[:500])}
    if file:
        shown = ProofFile(receipt=receipt, media_type=media_type_of(file), by=by)
        shown.keep(file)
        shown.save()
        evidence["file"] = described(file)
    keep_settled([(receipt, Settled(Status.COMPLETED, receipt.code, evidence=evidence, by=by))])
    receipt.refresh_from_db()
    return receipt


def why_not_again(destination: Destination | None) -> str:
    """Say why a system cannot be asked once more, empty where it can be; None: it was taken away."""
    if destination is None:
        return "This system was taken away, so that it cannot be asked: say that it was done by hand."
    if is_seen_to_by_a_person(destination):
        return "No program reaches this system, so that it cannot be asked: say that it was done by hand."
    return ""


@transaction.atomic
def try_again(receipt_id: UUID) -> Receipt:
    """Have a system asked once more that had failed or cannot be reached, at once; raise Conflict where none can be."""
    receipt = Receipt.objects.select_for_update(of=("self",)).select_related("destination").get(pk=receipt_id)
    if message := why_not_again(receipt.destination):
        raise Conflict(message)
    if receipt.status in {Status.WAITING, Status.FAILED}:
        receipt.status, receipt.attempts, receipt.next_try_at = Status.WAITING, 0, timezone.now()
        receipt.told_at = None
        receipt.save(update_fields=["status", "attempts", "next_try_at", "told_at"])
        end_pause(receipt.destination_id)
    return receipt


def _answers(receipts: Sequence[Receipt]) -> Iterator[list[Answer]]:
    """Yield the answers of one system about people, in their order, some at a time."""
    destination = receipts[0].destination
    if destination is None:
        yield [Refused("It was taken away before it had answered.") for _ in receipts]
        return
    subjects = [_subject_of(receipt, destination) for receipt in receipts]
    driver = _guarded(destination, lambda: driver_of(destination))
    if isinstance(driver, NotDone):
        yield [driver if isinstance(one, Subject) else one for one in subjects]
        return
    many = 0
    if isinstance(driver, ForgetsMany):
        # Those who want nothing more come first: one who wants a copy must not have a lake gone through for each.
        many = sum(takewhile(bool, (does_nothing_but_forget(driver, one, destination) for one in receipts)))
        yield _about_all(destination, driver, subjects[:many])
    yield from _one_by_one(destination, driver, list(zip(receipts[many:], subjects[many:], strict=True)))


def _subject_of(receipt: Receipt, destination: Destination) -> Subject | NotDone:
    """Return whom a receipt is about, by the names that its system knows; or why nobody can be asked about them."""
    try:
        subject = Subject(tuple(receipt.request.identifiers)).named_by(destination.known_by)
    except SealBroken as error:
        return Refused(str(error))
    return subject if subject.identifiers else CannotTell(_unsupported(destination))


def _about_all(destination: Destination, driver: ForgetsMany, subjects: Sequence[Subject | NotDone]) -> list[Answer]:
    asked = [one for one in subjects if isinstance(one, Subject)]
    told = _guarded(destination, lambda: driver.delete_many(asked)) if asked else []
    answers = iter([told] * len(asked) if isinstance(told, NotDone) else told)
    return [next(answers) if isinstance(one, Subject) else one for one in subjects]


def _one_by_one(
    destination: Destination, driver: Driver, asked: Sequence[tuple[Receipt, Subject | NotDone]]
) -> Iterator[list[Answer]]:
    def answer(one: tuple[Receipt, Subject | NotDone]) -> Answer:
        receipt, subject = one
        if isinstance(subject, NotDone):
            return subject
        return _guarded(destination, lambda: ask(driver, receipt, destination, subject))

    at_once = KINDS[destination.kind].at_once
    parts = (asked[start : start + at_once] for start in range(0, len(asked), at_once))
    # Threads have no database, which a copy is written to, and one person needs none.
    if at_once == 1 or len(asked) == 1 or any(Wish(receipt.request.wish).exports for receipt, _ in asked):
        yield from (list(map(answer, part)) for part in parts)
        return
    with ThreadPoolExecutor(at_once, "destination") as pool:
        yield from (list(pool.map(answer, part)) for part in parts)


def _guarded(destination: Destination, ask: Callable[[], T]) -> T | NotDone:
    """Return what a system answers, or why it does not; whatever a library says may hold the person, and stays here."""
    try:
        return ask()
    except NotDone as answer:
        return answer
    except (OptionsRefused, SealBroken) as error:
        return Refused(str(error))
    except Exception:
        logger.exception("The destination %s broke", destination.pk)
        return TryAgain("It broke in a way that nobody foresaw; the log says where.")


def _unsupported(destination: Destination) -> str:
    return _CANNOT_SUPPORT.format(kinds=", ".join(sorted(destination.known_by)) or "nothing")
