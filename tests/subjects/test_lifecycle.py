"""The states of a request: which moves there are, and that none goes around the proof."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from privacy_service.exceptions import Conflict
from privacy_service.subjects import carrying_out, lifecycle
from privacy_service.subjects.lifecycle import Proof, State, cancel, due, open_request, start
from privacy_service.subjects.models import Law, Receipt, RequestIdentifier, Status, SubjectRequest, Wish
from privacy_service.subjects.suppressions import is_suppressed, suppress
from tests.drawing import draws
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import User, Workspace

FORGET = Wish.SUPPRESS_WITH_DELETE


def opened(workspace: Workspace, wish: Wish = FORGET) -> SubjectRequest:
    return open_request(workspace, wish, [DORA, DORAS_ID])[0]


DEADLINES = [
    (Law.GDPR, datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 2, 28, 9, tzinfo=UTC)),
    (Law.GDPR, datetime(2026, 12, 15, tzinfo=UTC), datetime(2027, 1, 15, tzinfo=UTC)),
    (Law.GDPR, datetime(2028, 1, 30, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)),
    (Law.CCPA, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 15, tzinfo=UTC)),
    (Law.NONE, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)),
]


@pytest.mark.parametrize(("law", "since", "expected"), DEADLINES)
def test_each_law_has_its_deadline(law: Law, since: datetime, expected: datetime) -> None:
    assert due(law, since) == expected


WISHES = [
    (Wish.SUPPRESS_ONLY, True, []),
    (Wish.UNSUPPRESS, False, []),
    (Wish.DELETE_ONLY, True, ["manual"]),
    (Wish.SUPPRESS_WITH_DELETE, True, ["manual"]),
]


@pytest.mark.parametrize(("wish", "suppressed", "asked"), WISHES)
def test_a_wish_does_what_it_says_at_once_or_asks_every_system(
    workspace: Workspace, wish: Wish, suppressed: bool, asked: list[str]
) -> None:
    make_destination(workspace, "manual", {"steps": "Look into the binder."})
    if wish in {Wish.UNSUPPRESS, Wish.DELETE_ONLY}:
        suppress(workspace, [DORA])

    request = start(opened(workspace, wish).pk, Proof.OWNER)

    assert is_suppressed(workspace.pk, [DORA]) is suppressed
    assert [receipt.name for receipt in request.receipts.all()] == asked
    assert request.state == (State.IN_PROGRESS if asked else State.COMPLETED)


def test_the_same_wish_of_the_same_person_is_one_request_while_it_is_open(workspace: Workspace) -> None:
    first, is_new = open_request(workspace, FORGET, [DORA, DORAS_ID])
    again, other, more = (
        open_request(workspace, FORGET, [DORAS_ID, DORA._replace(value="DORA.CANARY@example.com"), DORA]),
        open_request(workspace, Wish.DELETE_ONLY, [DORA, DORAS_ID]),
        open_request(workspace, FORGET, [DORA]),
    )
    cancel(first.pk)

    assert (is_new, again) == (True, (first, False))
    assert [each[1] for each in (other, more)] == [True, True]
    assert open_request(workspace, FORGET, [DORA, DORAS_ID])[1] is True


def test_who_it_is_about_lies_encrypted_and_goes_when_it_is_done(workspace: Workspace, alice: User) -> None:
    request, _ = open_request(workspace, Wish.SUPPRESS_ONLY, [DORA, DORAS_ID], by=alice)
    kept, before = request.sealed, request.identifiers

    done = start(request.pk, Proof.OWNER, by=alice)
    audit.ship()

    assert ("canary" in kept, before) == (False, [DORA, DORAS_ID])
    assert (done.sealed, done.identifiers, RequestIdentifier.objects.filter(request=done).count()) == ("", [], 2)
    told = AuditRecord.objects.filter(kind__startswith="subject-request-").order_by("position")
    assert [record.kind.removeprefix("subject-request-") for record in told] == ["made", "started", "completed"]
    assert "canary" not in str([record.detail for record in told])


MOVES: dict[str, Callable[[SubjectRequest], object]] = {
    "start proven": lambda request: start(request.pk, Proof.OWNER),
    "start unproven": lambda request: start(request.pk, Proof.NONE),
    "cancel": lambda request: cancel(request.pk),
    "work": lambda _: carrying_out.work(1),
    "by hand": lambda request: [
        carrying_out.settle_by_hand(receipt.pk, proof="Ticket 1", by=User.objects.get(email="alice@example.com"))
        for receipt in request.receipts.filter(status__in=[Status.WAITING, Status.FAILED])
    ],
    "again": lambda request: [carrying_out.try_again(receipt.pk) for receipt in request.receipts.all()],
    "settle": lifecycle.settle,
}
ALLOWED = {
    (State.PENDING, State.IN_PROGRESS),
    (State.PENDING, State.CANCELLED),
    (State.IN_PROGRESS, State.COMPLETED),
}


@draws(60, HealthCheck.function_scoped_fixture)
@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=8))
def test_whatever_is_tried_in_whatever_order_no_state_is_skipped_and_nothing_goes_on_unproven(
    workspace: Workspace, alice: User, moves: list[str]
) -> None:
    with transaction.atomic():
        make_destination(workspace, "manual", {"steps": "Look into the binder."})
        request = opened(workspace)
        states = [State.PENDING]
        for move in moves:
            try:
                with transaction.atomic():
                    MOVES[move](SubjectRequest.objects.get(pk=request.pk))
            except Conflict:
                pass
            request = SubjectRequest.objects.get(pk=request.pk)
            if request.state != states[-1]:
                assert (states[-1], request.state) in ALLOWED
                states.append(State(request.state))
            assert bool(request.proof) is (State.IN_PROGRESS in states)
            assert request.receipts.exists() is (State.IN_PROGRESS in states)
        transaction.set_rollback(True)


def test_the_database_itself_lets_nothing_go_on_unproven(workspace: Workspace) -> None:
    request = opened(workspace)

    with pytest.raises(IntegrityError, match="no_request_goes_on_unproven"), transaction.atomic():
        SubjectRequest.objects.filter(pk=request.pk).update(state=State.IN_PROGRESS)


def test_a_system_that_failed_keeps_it_open_and_one_that_cannot_does_not(workspace: Workspace, alice: User) -> None:
    make_destination(workspace, "manual", {"steps": "Look into the binder."})
    request = start(opened(workspace).pk, Proof.OWNER)
    Receipt.objects.update(status=Status.FAILED)
    lifecycle.settle(request)
    open_with_failure = request.state

    Receipt.objects.update(status=Status.UNSUPPORTED)
    lifecycle.settle(request)

    assert (open_with_failure, request.state) == (State.IN_PROGRESS, State.COMPLETED)
