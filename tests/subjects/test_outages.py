"""A system that is down: left alone, tried once, told to a person, and asked by everybody again once it answers."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from privacy_service.subjects import queue
from privacy_service.subjects.carrying_out import try_again, work
from privacy_service.subjects.destinations.base import CannotTell, Done, NeedsPerson, NotDone, Refused, TryAgain
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import Proof, open_request, start
from privacy_service.subjects.models import Destination, Outage, Receipt, Status, Wish
from privacy_service.subjects.outages import Watch
from tests.backend import Backend
from tests.shop import make_destination
from workspaces.models import Workspace


@pytest.fixture(autouse=True)
def _twenty_wait(workspace: Workspace, backend: Backend, settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    settings.PRIVACY_SUBJECTS_RETRY_SECONDS = 0.01
    make_destination(workspace, "http", {"method": "POST", "url": f"{backend.url}/forget", "body": {"id": "{user_id}"}})
    backend.on("/forget", status=503)
    for number in range(20):
        who = Identifier(Kind.USER_ID, f"u{number}")
        start(open_request(workspace, Wish.DELETE_ONLY, [who])[0].pk, Proof.OWNER)


def a_pause_later() -> None:
    Outage.objects.update(until=timezone.now())
    Receipt.objects.filter(status=Status.WAITING).update(next_try_at=timezone.now())


def seconds_left(outage: Outage) -> float:
    assert outage.until is not None
    return (outage.until - timezone.now()).total_seconds()


def test_a_system_that_is_down_is_not_asked_about_everybody(backend: Backend) -> None:
    asked = [work(10), work(10)]

    outage = Outage.objects.get()
    assert (asked, len(backend.asked), outage.pauses) == ([8, 0], 8, 1)
    assert 25 < seconds_left(outage) <= 30
    assert sorted(Receipt.objects.values_list("attempts", flat=True)) == [0] * 12 + [1] * 8
    assert not queue.due().exists()


def test_after_its_pause_one_person_is_the_trial_and_a_failure_doubles_the_pause(backend: Backend) -> None:
    work(10)
    pauses = []
    for _ in range(3):
        a_pause_later()
        before = len(backend.asked)
        work(10)
        pauses.append((len(backend.asked) - before, round(seconds_left(Outage.objects.get()) / 30)))

    assert pauses == [(1, 2), (1, 4), (1, 8)]


def test_while_one_worker_tries_no_other_does(backend: Backend) -> None:
    work(10)
    a_pause_later()

    trial, meanwhile = queue.taken(), queue.taken()

    assert (len(trial), meanwhile) == (1, [])


def test_any_answer_ends_it_and_everybody_is_asked(backend: Backend) -> None:
    work(10)
    backend.on("/forget", status=200)
    a_pause_later()

    work(10)

    assert (Receipt.objects.filter(status=Status.COMPLETED).count(), Outage.objects.exists()) == (20, False)


def test_a_person_who_asks_again_need_not_wait_for_the_pause_to_end(backend: Backend) -> None:
    work(10)
    backend.on("/forget", status=200)

    try_again(Receipt.objects.all()[0].pk)
    work(10)

    assert not Outage.objects.exists()
    assert Receipt.objects.filter(status=Status.COMPLETED).count() >= 1


def test_a_longer_wait_that_the_system_asks_for_is_kept(backend: Backend) -> None:
    backend.on("/forget", status=429, Retry_After="300")

    work(10)

    assert 290 < seconds_left(Outage.objects.get()) <= 300


ANSWERS: list[tuple[str, list[Done | NotDone], int]] = [
    ("failures count", [TryAgain("."), TryAgain(".")], 2),
    ("an answer ends them", [TryAgain("."), Done(), TryAgain(".")], 1),
    ("a refusal is an answer", [TryAgain("."), Refused(".")], 0),
    ("what nobody was asked says nothing", [TryAgain("."), CannotTell("."), NeedsPerson(".")], 1),
]


@pytest.mark.parametrize(("answers", "failures"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_what_counts_as_a_failure(answers: list[Done | NotDone], failures: int) -> None:
    destination = Destination.objects.get()
    watch = Watch(destination.pk)

    watch.saw(answers)
    watch.keep()

    assert [outage.failures for outage in Outage.objects.all()] == ([failures] if failures else [])
