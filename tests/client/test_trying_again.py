"""Trying again: after 429 and 503 alone, when the service says, and not for ever."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from privacy_service.client import RateExceeded, Refused, Unavailable
from privacy_service.client.attempts import Attempts
from privacy_service.client.options import Options
from tests.client.answering import BOB, MASKED, RAW, Service, asynchronous, blocking, masked, problem


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again(status: int) -> None:
    service = Service(problem(status, "busy", retry_after="0"), masked())

    assert blocking(service).mask(BOB, RAW).body == MASKED
    assert len(service.asked) == 2


def test_the_asynchronous_client_asks_again_too() -> None:
    service = Service(problem(503, "busy", retry_after="0"), masked())

    assert asyncio.run(asynchronous(service).mask(BOB, RAW)).body == MASKED
    assert len(service.asked) == 2


@pytest.mark.parametrize("answer", [problem(500, "x"), problem(502, "x"), problem(504, "x"), httpx.ReadTimeout])
def test_any_other_failure_is_final(answer: httpx.Response) -> None:
    service = Service(answer, masked())

    with pytest.raises(Unavailable):
        blocking(service).mask(BOB, RAW)
    assert len(service.asked) == 1


def test_a_refusal_is_final() -> None:
    service = Service(problem(400, "bad-request"), masked())

    with pytest.raises(Refused):
        blocking(service).mask(BOB, RAW)
    assert len(service.asked) == 1


def test_the_tries_are_counted() -> None:
    service = Service(problem(429, "rate-exceeded", retry_after="0"))

    with pytest.raises(RateExceeded):
        blocking(service, tries=4).mask(BOB, RAW)
    assert len(service.asked) == 4


def test_nobody_waits_beyond_the_deadline() -> None:
    service = Service(problem(503, "busy", retry_after="60"), masked())

    started = time.monotonic()
    with pytest.raises(Unavailable):
        blocking(service, deadline=2).mask(BOB, RAW)

    assert time.monotonic() - started < 1
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("0", 0.05, 0.05),
        ("3", 3, 3),
        ("", 1, 1),
        ("soon", 1, 1),
        ("-5", 1, 1),
        # Two processes that collect tests must give it one name.
        pytest.param(
            format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True), 80_000, 86_400, id="tomorrow"
        ),
        (format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True), 0.05, 0.05),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(said: str, least: float, most: float) -> None:
    wait = Attempts(Options(deadline=100_000)).wait_after(problem(503, "busy", retry_after=said))

    assert wait is not None
    assert least <= wait <= most


def test_a_try_near_the_deadline_may_take_no_longer_than_is_left() -> None:
    now = [0.0]
    attempts = Attempts(Options(timeout=5, deadline=7), clock=lambda: now[0])
    first = attempts.timeout()
    now[0] = 4.0

    assert (first, attempts.timeout()) == (5, 3)
