"""Asked for far more than it bears the service refuses some at once, serves the others rightly, and recovers."""

import re
import sqlite3
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.benchmarks.arriving import Arrivals, Request
from tests.stories.conftest import DEMO_KEY, Service, service_with_demo

EMAIL = b"alice.liddell@example.com"
BODY = b"[%s]" % b",".join([b'{"name":"Alice Liddell","email":"%s","note":"called at noon"}' % EMAIL] * 300)
RATE, SECONDS = 500, 1.5  # Each takes several milliseconds of a core.
AFTERWARDS = 20


@pytest.fixture(scope="module")
def impatient_service() -> Iterator[Service]:
    """Return a service with the limits of production; the suite's other services wait longer."""
    with service_with_demo(PRIVACY_SHED_AFTER_SECONDS="0.1") as service:
        yield service


def request_of(reader: str) -> Request:
    """Return a request whose answer shows personal data to carol alone."""
    lines = (
        "POST /v1/workspaces/acme/mask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-Api-Key: {DEMO_KEY}\r\nX-Actor: {reader}@acme.example\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    if reader == "carol":
        return Request(lines.encode() + BODY, lambda answer: answer == BODY)
    return Request(lines.encode() + BODY, lambda answer: EMAIL not in answer and len(answer) > len(BODY) // 2)


def recorded(service: Service, expected: int) -> int:
    """Return how many decisions of `/mask` are in the trail, once those expected are there."""
    path = service.environment["DATABASE_URL"].removeprefix("sqlite:///")
    deadline = time.monotonic() + 20
    while True:
        with sqlite3.connect(path) as database:
            [count] = database.execute(
                "SELECT count(*) FROM decisions_decisionrecord WHERE endpoint = 'mask'"
            ).fetchone()
        if count >= expected or time.monotonic() > deadline:
            return int(count)
        time.sleep(0.2)


def test_under_overload_some_are_refused_others_answered_rightly_and_nothing_is_lost(
    impatient_service: Service,
) -> None:
    service = impatient_service
    readers = [request_of("bob"), request_of("carol")]

    outcome = Arrivals(("127.0.0.1", service.port), lambda drawn: drawn.choice(readers)).run(RATE, SECONDS)
    after = [service.mask(BODY, actor="bob@acme.example", key=DEMO_KEY) for _ in range(AFTERWARDS)]
    time.sleep(1.1)  # Processes hand on what they counted once a second.
    page = service.client.get("/metrics").text

    accepted, refused = outcome.statuses[200], outcome.statuses[503]
    assert accepted + refused == outcome.statuses.total()
    assert min(accepted, refused) > 0
    assert (outcome.wrong, outcome.broken, outcome.headless) == (0, 0, 0)
    assert {reply.status_code for reply in after} == {httpx.codes.OK}
    assert re.search(r'^privacy_shed_total\{endpoint="mask"\} (\S+)$', page, re.MULTILINE)[1] == str(float(refused))  # type: ignore[index]
    assert recorded(service, accepted + AFTERWARDS) == accepted + AFTERWARDS
