"""Asking systems: once, again, by another worker, by a person; and what is kept of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
from django.conf import settings as django_settings
from django.utils import timezone
from pytest_django import Settings

from privacy_service.exceptions import Conflict
from privacy_service.subjects import carrying_out, queue
from privacy_service.subjects.carrying_out import settle_by_hand, try_again, work
from privacy_service.subjects.destinations.http_api import HttpApi
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import Proof, State, open_request, start
from privacy_service.subjects.models import Destination, ProofFile, Receipt, Status, SubjectRequest, Wish
from tests.backend import Backend, Handler
from tests.shop import make_destination, rows_in
from tests.subjects.conftest import DORA, DORA_HERSELF, DORAS_ID
from workspaces.models import User, Workspace

SHOP = {"tables": [{"name": "orders", "match": {"user_id": "person"}}, {"name": "people", "match": {"user_id": "id"}}]}


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]


def forget(workspace: Workspace, *identifiers: Identifier) -> SubjectRequest:
    """Return a request that has begun."""
    opened, _ = open_request(workspace, Wish.DELETE_ONLY, identifiers or (DORA, DORAS_ID))
    return start(opened.pk, Proof.OWNER)


def seconds_to_next_try(receipt: Receipt) -> float:
    assert receipt.next_try_at is not None
    return (receipt.next_try_at - timezone.now()).total_seconds()


def make_due() -> None:
    Receipt.objects.filter(status=Status.WAITING).update(next_try_at=timezone.now())


def test_every_system_is_asked_and_what_it_answered_is_kept(workspace: Workspace, shop: str, backend: Backend) -> None:
    make_destination(workspace, "sql", SHOP, url=shop)
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    backend.on("/users/9", status=204)

    request = forget(workspace)
    asked = work(10)

    request.refresh_from_db()
    receipts = {receipt.name: (receipt.status, receipt.code, receipt.evidence) for receipt in request.receipts.all()}
    assert (asked, receipts) == (
        2,
        {"sql": ("completed", 200, {"orders": 2, "people": 1}), "http": ("completed", 204, {"calls": 1})},
    )
    assert (request.state, len(rows_in(shop, "people")), request.sealed) == (State.COMPLETED, 1, "")


def test_a_system_that_is_down_is_asked_again_later_and_later(
    workspace: Workspace, backend: Backend, settings: Settings
) -> None:
    settings.PRIVACY_SUBJECTS_RETRY_SECONDS = 100
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    backend.on("/users/9", status=503)
    request = forget(workspace)

    waits = []
    for _ in range(3):
        make_due()
        work(10)
        waits.append(seconds_to_next_try(request.receipts.get()))
    backend.on("/users/9", status=200)
    make_due()
    work(10)

    receipt = request.receipts.get()
    assert [low < wait <= high for wait, (low, high) in zip(waits, [(45, 150), (90, 300), (190, 600)], strict=True)]
    assert (receipt.status, receipt.attempts, receipt.problem) == (Status.COMPLETED, 4, "")


def test_what_somebody_types_as_a_proof_is_kept_without_the_person(workspace: Workspace, alice: User) -> None:
    make_destination(workspace, "manual", {"steps": "Look."})
    request = forget(workspace)

    settle_by_hand(request.receipts.get().pk, proof="Ticket 4711, dora.canary@example.com is gone", by=alice)

    assert request.receipts.get().evidence == {"by hand": "Ticket 4711, <EMAIL_ADDRESS> is gone"}


def test_one_that_never_answers_well_needs_a_person_who_says_what_shows_it(
    workspace: Workspace, alice: User, backend: Backend, settings: Settings
) -> None:
    settings.PRIVACY_SUBJECTS_ATTEMPTS = 2
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    backend.on("/users/9", b"canary", status=500)
    request = forget(workspace)
    for _ in range(3):
        make_due()
        work(10)
    failed = request.receipts.get()

    settle_by_hand(failed.pk, proof="Ticket 4711", by=alice)

    request.refresh_from_db()
    done = request.receipts.get()
    assert (failed.status, failed.attempts, failed.code, failed.problem) == (Status.FAILED, 2, 500, "It answered 500.")
    assert (done.status, done.evidence, done.done_by) == (Status.COMPLETED, {"by hand": "Ticket 4711"}, alice)
    assert request.state == State.COMPLETED


def test_what_somebody_showed_is_not_replaced_by_who_comes_second(workspace: Workspace, alice: User) -> None:
    make_destination(workspace, "manual", {"steps": "Look."})
    request = forget(workspace)
    work(10)
    receipt = request.receipts.get()
    settle_by_hand(receipt.pk, proof="Ticket 1", by=alice, file=b"what alice saw")

    with pytest.raises(Conflict, match="already"):
        settle_by_hand(receipt.pk, proof="Ticket 2", by=None, file=b"something else")

    receipt.refresh_from_db()
    assert (receipt.evidence["by hand"], receipt.done_by) == ("Ticket 1", alice)
    assert ProofFile.objects.get().content == b"what alice saw"


def test_a_plan_tells_of_a_driver_that_breaks_and_not_how(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = make_destination(workspace, "http", {"url": "https://example.com/{user_id}"})
    nothing: dict[str, int] = {}
    monkeypatch.setattr(HttpApi, "find", lambda *_: nothing["canary"])

    told = carrying_out.plan(workspace, DORA_HERSELF)

    assert told == {made.slug: "It broke in a way that nobody foresaw; the log says where."}


def test_a_failed_system_can_be_asked_once_more(workspace: Workspace, backend: Backend) -> None:
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    backend.on("/users/9", status=401)
    request = forget(workspace)
    work(10)
    failed = request.receipts.get().status
    backend.on("/users/9", status=200)

    try_again(request.receipts.get().pk)
    work(10)

    assert (failed, request.receipts.get().status) == (Status.FAILED, Status.COMPLETED)


def test_a_worker_that_dies_is_followed_by_another_and_nobody_asks_meanwhile(
    workspace: Workspace, backend: Backend, settings: Settings
) -> None:
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    backend.on("/users/9", status=200)
    request = forget(workspace)
    [taken] = queue.taken()  # And then it dies.
    lease = seconds_to_next_try(taken)

    meanwhile = work(10)
    Receipt.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))  # The lease has ended.
    afterwards = work(10)

    assert settings.PRIVACY_SUBJECTS_LEASE_SECONDS - 5 < lease <= settings.PRIVACY_SUBJECTS_LEASE_SECONDS
    assert (meanwhile, afterwards, request.receipts.get().status) == (0, 1, Status.COMPLETED)


def test_what_costs_every_worker_its_life_is_given_up_and_needs_a_person(
    workspace: Workspace, backend: Backend, settings: Settings
) -> None:
    settings.PRIVACY_SUBJECTS_ATTEMPTS = 2
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    request = forget(workspace)
    for _ in range(2):
        queue.taken()  # And then it dies.
        make_due()

    work(10)

    receipt = request.receipts.get()
    assert (receipt.status, receipt.problem.startswith("It was asked 2 times"), backend.asked) == (
        Status.FAILED, True, [],
    )  # fmt: skip


def test_a_slow_worker_takes_nothing_back_that_another_or_a_person_has_done(
    workspace: Workspace, alice: User, backend: Backend
) -> None:
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    request = forget(workspace)

    def done_meanwhile(handler: Handler) -> None:
        handler.whole(500, b"", {})

    backend.does("/users/9", done_meanwhile)
    [slow] = queue.taken()
    settle_by_hand(slow.pk, proof="Ticket 1", by=alice)
    slow.request.keep_identifiers([DORA, DORAS_ID])  # As it had read them before.
    carrying_out.carry_out([slow])

    assert (request.receipts.get().status, request.receipts.get().problem) == (Status.COMPLETED, "")


UNABLE = [
    (["phone"], Status.UNSUPPORTED, "It knows people by phone"),
    ([], Status.UNSUPPORTED, "It knows people by nothing"),
]


@pytest.mark.parametrize(("known_by", "status", "told"), UNABLE)
def test_a_system_that_knows_nobody_by_these_names_is_unsupported_and_nothing_fails(
    workspace: Workspace, backend: Backend, known_by: list[str], status: Status, told: str
) -> None:
    destination = make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    Destination.objects.filter(pk=destination.pk).update(identifiers=known_by)

    request = forget(workspace)
    work(10)

    request.refresh_from_db()
    receipt = request.receipts.get()
    assert (receipt.status, receipt.problem.startswith(told), request.state) == (status, True, State.COMPLETED)


def test_a_system_of_people_waits_for_one(workspace: Workspace, alice: User) -> None:
    make_destination(workspace, "manual", {"steps": "Look into the binder."})
    request = forget(workspace)

    asked = [work(10), work(10)]

    receipt = request.receipts.get()
    assert (asked, receipt.status, receipt.next_try_at) == ([1, 0], Status.WAITING, None)


def test_a_system_that_was_taken_away_or_whose_secrets_do_not_open_needs_a_person(
    workspace: Workspace, backend: Backend
) -> None:
    gone = make_destination(workspace, "http", {"url": f"{backend.url}/{{user_id}}"})
    sealed = make_destination(workspace, "webhook", {"url": f"{backend.url}/hook"}, shared_secret="s")
    Destination.objects.filter(pk=sealed.pk).update(sealed="AAAA")
    request = forget(workspace)
    gone.delete()

    work(10)

    problems = {receipt.name: (receipt.status, receipt.problem) for receipt in request.receipts.all()}
    assert problems == {
        "http": ("failed", "It was taken away before it had answered."),
        "webhook": ("failed", "A stored secret does not open: was PRIVACY_TOKEN_KEY changed? Give a new one."),
    }


def test_a_library_that_breaks_is_told_without_its_words(
    workspace: Workspace, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaking:
        def delete(self, subject: object) -> None:
            raise ValueError(str(subject) + DORA.value)

    make_destination(workspace, "manual", {"steps": "x"})
    monkeypatch.setattr(carrying_out, "driver_of", lambda _: Breaking())
    request = forget(workspace)

    work(10)

    receipt = request.receipts.get()
    assert (receipt.status, "nobody foresaw" in receipt.problem) == (Status.WAITING, True)
    assert "canary" not in repr(DORA_HERSELF)


def test_a_plan_says_what_each_system_holds_or_why_it_cannot_and_changes_nothing(
    workspace: Workspace, shop: str, backend: Backend
) -> None:
    make_destination(workspace, "sql", SHOP, url=shop)
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})

    planned = carrying_out.plan(workspace, DORA_HERSELF)

    assert planned == {"sql": {"orders": 2, "people": 1}, "http": "An HTTP API is not asked how much it holds."}
    assert (len(rows_in(shop, "people")), backend.asked, SubjectRequest.objects.count()) == (2, [], 0)


def test_many_people_are_each_asked_about_once(workspace: Workspace, backend: Backend) -> None:
    make_destination(workspace, "http", {"url": f"{backend.url}/hook/{{user_id}}"})
    for number in range(30):
        forget(workspace, Identifier(Kind.USER_ID, str(number)))

    asked = work(20)

    assert (asked, len({each.path for each in backend.asked}), len(backend.asked)) == (30, 30, 30)
    assert set(SubjectRequest.objects.values_list("state", flat=True)) == {State.COMPLETED}


def people(count: int) -> list[Identifier]:
    return [Identifier(Kind.USER_ID, f"u{number}") for number in range(count)]


def test_many_people_are_asked_about_over_few_connections_and_each_has_an_answer_of_their_own(
    workspace: Workspace, backend: Backend
) -> None:
    make_destination(workspace, "http", {"url": f"{backend.url}/users/{{user_id}}"})
    connections: set[int] = set()
    for number in range(20):
        answer = 500 if number == 7 else 401 if number == 8 else 204
        backend.does(f"/users/u{number}", _noting(connections, answer))
    requests = [forget(workspace, one) for one in people(20)]

    asked = work(10)

    said = [request.receipts.get() for request in requests]
    odd = {place: (one.status, one.code) for place, one in enumerate(said) if one.status != Status.COMPLETED}
    assert (asked, odd) == (20, {7: (Status.WAITING, 500), 8: (Status.FAILED, 401)})
    assert len(connections) <= 8
    assert SubjectRequest.objects.filter(state=State.COMPLETED, sealed="").count() == 18


def _noting(connections: set[int], status: int) -> Callable[[Handler], None]:
    def answering(handler: Handler) -> None:
        connections.add(handler.client_address[1])
        handler.whole(status, b"", {})

    return answering


def test_what_a_slow_system_was_not_asked_in_time_is_asked_by_whoever_comes_next(
    workspace: Workspace, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_destination(workspace, "sql", SHOP, url=shop)
    for one in people(3):
        forget(workspace, one)
    monkeypatch.setattr(carrying_out, "_BATCH_SECONDS", 0.0)

    first = carrying_out.carry_out(queue.taken())

    attempts = sorted(Receipt.objects.values_list("status", "attempts"))
    assert (first, attempts) == (1, [("completed", 1), ("waiting", 0), ("waiting", 0)])
    assert (work(10), Receipt.objects.filter(status=Status.COMPLETED).count()) == (2, 3)


def test_people_of_one_stream_are_forgotten_together_and_one_whom_it_cannot_know_is_unsupported(
    workspace: Workspace,
) -> None:
    make_destination(workspace, "redis", {"streams": ["forgetting:events"]}, url=django_settings.REDIS_URL)
    known, other = people(2)
    with redis.Redis.from_url(django_settings.REDIS_URL) as store:
        for name in ("u0", "u1", "u2"):
            store.xadd("forgetting:events", {"userId": name})
        told = [forget(workspace, one) for one in (known, Identifier(Kind.PHONE, "0123"), other)]
        work(10)
        left = store.xlen("forgetting:events")
        store.delete("forgetting:events")

    said = [(one.status, one.evidence) for one in (request.receipts.get() for request in told)]
    gone = (Status.COMPLETED, {"forgetting:events": 1})
    assert (said, left) == ([gone, (Status.UNSUPPORTED, {}), gone], 1)
