"""The circuit breaker of an upstream, with a clock that is handed in."""

from collections import Counter

import pytest
from pytest_django import Settings

from privacy_service.gateway.breaker import CLOSED, HALF_OPEN, OPEN, Breaker
from privacy_service.observability import metrics


@pytest.fixture
def clock() -> list[float]:
    """Return the time, to be set."""
    return [0.0]


@pytest.fixture
def breaker(settings: Settings, clock: list[float]) -> Breaker:
    """Return a breaker that opens at the third failure, for five seconds."""
    settings.PRIVACY_GATEWAY_BREAKER_FAILURES, settings.PRIVACY_GATEWAY_BREAKER_SECONDS = 3, 5.0
    return Breaker("orders", lambda: clock[0])


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.wait_seconds() == 0
        breaker.failed()


def test_failures_in_a_row_open_it_and_a_success_between_does_not(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.state == CLOSED

    breaker.failed()

    assert (breaker.state, breaker.wait_seconds()) == (OPEN, 5.0)


def test_after_a_while_one_request_tries_it_and_the_others_wait(breaker: Breaker, clock: list[float]) -> None:
    fail(breaker, 3)
    clock[0] = 5.0

    waits = [breaker.wait_seconds() for _ in range(3)]

    assert (waits, breaker.state) == ([0, 5.0, 5.0], HALF_OPEN)


def test_the_trial_decides(breaker: Breaker, clock: list[float]) -> None:
    metrics.flush()
    before = Counter(metrics.breaker_moves.flushed)
    fail(breaker, 3)
    clock[0] = 5.0
    fail(breaker, 1)
    assert (breaker.state, breaker.wait_seconds()) == (OPEN, 5.0)
    clock[0] = 10.0
    breaker.wait_seconds()

    breaker.succeeded()

    assert (breaker.state, breaker.wait_seconds()) == (CLOSED, 0)
    metrics.flush()
    moves = Counter(metrics.breaker_moves.flushed) - before
    assert moves == {("orders", OPEN): 2, ("orders", HALF_OPEN): 2, ("orders", CLOSED): 1}


def test_a_trial_whose_reader_left_is_followed_by_another(breaker: Breaker, clock: list[float]) -> None:
    fail(breaker, 3)
    clock[0] = 5.0
    breaker.wait_seconds()

    clock[0] = 10.0

    assert breaker.wait_seconds() == 0
