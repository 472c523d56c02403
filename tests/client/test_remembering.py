"""Decisions are remembered as long as the service said, for the one reader they were made for, and not without end."""

import asyncio
import os
import threading

import pytest

from privacy_service.client import Decision, Effect, Reading, SignedReader
from privacy_service.client.remembered import Decisions
from tests.client.answering import BOB, MASKED, RAW, Service, asynchronous, blocking, decided, masked

PASS = Decision(Effect.PASS, "role-grants-pii", 3, 2)


class Clock:
    """A clock that stands still until it is told otherwise."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_a_decision_is_good_for_as_long_as_it_says_from_when_it_was_asked_for() -> None:
    clock = Clock()
    decisions = Decisions(10, clock)
    asked_at = decisions.now()
    clock.now += 1.5  # The answer was slow.
    decisions.keep(BOB, PASS, asked_at=asked_at)

    before = decisions.get(BOB)
    clock.now += 0.5

    assert (before, decisions.get(BOB)) == (PASS, None)


@pytest.mark.parametrize(
    "other",
    [
        Reading("beta", "bob@example.com"),
        Reading("acme", "carol@example.com"),
        Reading("acme", "bob@example.com", "crm"),
        Reading("acme", SignedReader("bob@example.com")),
    ],
)
def test_a_decision_is_good_for_no_other_reader_workspace_or_source(other: Reading) -> None:
    decisions = Decisions(10)
    decisions.keep(BOB, PASS, asked_at=decisions.now())

    assert decisions.get(other) is None


def test_no_more_are_remembered_than_the_limit_and_the_unused_go_first() -> None:
    decisions = Decisions(2)
    readers = [Reading("acme", name) for name in ("a", "b", "c")]
    for reader in readers[:2]:
        decisions.keep(reader, PASS, asked_at=decisions.now())
    decisions.get(readers[0])
    decisions.keep(readers[2], PASS, asked_at=decisions.now())

    assert [decisions.get(reader) is not None for reader in readers] == [True, False, True]


@pytest.mark.parametrize(("max_age", "limit"), [(0, 10), (-1, 10), (2, 0)])
def test_what_may_not_be_remembered_is_asked_each_time(max_age: int, limit: int) -> None:
    service = Service(decided(max_age=max_age))
    client = blocking(service, decisions=limit)
    client.decision(BOB)
    client.decision(BOB)

    assert len(service.asked) == 2


def test_once_a_reader_passes_nothing_is_sent_while_that_holds() -> None:
    service = Service(decided("pass", "role-grants-pii", 60))
    client = blocking(service)
    client.decision(BOB)

    answer = client.mask(BOB, RAW)

    assert (answer.body, answer.effect, answer.reason) == (RAW, Effect.PASS, "role-grants-pii")
    assert service.paths() == ["decision"]


def test_the_asynchronous_client_sends_nothing_either() -> None:
    service = Service(decided("pass", "role-grants-pii", 60))

    async def ask() -> bytes:
        async with asynchronous(service) as client:
            await client.decision(BOB)
            await client.decision(BOB)
            return (await client.mask(BOB, RAW)).body

    assert (asyncio.run(ask()), service.paths()) == (RAW, ["decision"])


def test_a_remembered_mask_lets_nothing_pass() -> None:
    service = Service(decided("mask", max_age=60), masked())
    client = blocking(service)
    client.decision(BOB)

    assert client.mask(BOB, RAW).body == MASKED


def test_on_request_everything_is_sent_so_that_shadow_sees_it() -> None:
    service = Service(decided("pass", "not-released", 60), masked(RAW, PII_Decision="pass"))
    client = blocking(service, skip_passing=False)
    client.decision(BOB)
    client.mask(BOB, RAW)

    assert service.paths() == ["decision", "mask"]


def test_a_forked_child_takes_nothing_from_its_parent() -> None:
    service = Service(decided("pass", "role-grants-pii", 60))
    client = blocking(service)
    client.decision(BOB)
    connections = client._http
    client._process = os.getpid() + 1  # As it is in a child.

    client.decision(BOB)

    assert client._http is not connections
    assert len(service.asked) == 2


def test_another_event_loop_gets_connections_of_its_own() -> None:
    service = Service(decided("pass", "role-grants-pii", 60))
    client = asynchronous(service)
    for _ in range(2):
        asyncio.run(client.decision(BOB))

    assert len(service.asked) == 2


def test_many_threads_share_one_client() -> None:
    service = Service(lambda request: masked(request.content.replace(b"6789", b"****")))
    client = blocking(service)
    wrong: list[bytes] = []

    def ask(number: int) -> None:
        for turn in range(50):
            body = b'{"n":"%d-%d-6789"}' % (number, turn)
            if client.mask(Reading("acme", f"reader-{number}"), body).body != body.replace(b"6789", b"****"):
                wrong.append(body)

    threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (wrong, len(service.asked)) == ([], 400)
