"""Who is refused at the door is told so in the words of what they asked, and nothing else happens."""

import time
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from privacy_service import answering, body
from privacy_service.observability import metrics
from privacy_service.shedding import Door, Limits
from tests.asking import through_hot_path

CANARY = b'{"email":"canary@example.com"}'
JSON = {"Content-Type": "application/json"}
PATHS = [
    ("POST", "/v1/workspaces/acme/mask", "mask"),
    ("POST", "/v1/workspaces/acme/classify", "classify"),
    ("POST", "/v1/workspaces/acme/unmask", "unmask"),
    ("GET", "/v1/workspaces/acme/decision?actor=bob@example.com", "decision"),
    ("POST", "/v3/process/text", "process-text"),
    ("POST", "/presidio/analyze", "presidio-analyze"),
    ("POST", "/access/v1/evaluation", "authzen"),
    ("GET", "/v1/check", "check"),
]


@pytest.fixture
def full_door(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the one place taken, and one stand in line for it, as many as fit."""
    door = Door(Limits(at_work=1, in_line=1, after_seconds=0.001, stuck_seconds=60))
    done = Event()

    def work() -> None:
        door.enter()
        done.wait(10)
        door.leave()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
        time.sleep(0.01)
    for module in (answering, body):
        monkeypatch.setattr(module, "door", door)
    yield
    done.set()
    for worker in workers:
        worker.join(5)


def counted(endpoint: str) -> tuple[int, int]:
    """Return how many were refused at the door, and how many were answered with 503."""
    metrics.flush()
    return metrics.shed.flushed[(endpoint,)], metrics.requests.flushed[endpoint, "503"]


# No database is at hand: a refusal that asked it anything, or recorded anything, would fail.
@pytest.mark.parametrize(("method", "path", "endpoint"), PATHS)
def test_a_refusal_comes_before_any_work_and_says_when_to_come_again(
    full_door: None, method: str, path: str, endpoint: str
) -> None:
    before = counted(endpoint)

    reply = through_hot_path(method, path, CANARY, JSON)

    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert b"canary" not in reply.body
    assert counted(endpoint) == (before[0] + 1, before[1] + 1)


def test_a_refusal_is_a_problem_that_clients_can_tell(full_door: None) -> None:
    reply = through_hot_path("POST", "/v1/workspaces/acme/mask", CANARY, JSON)

    assert reply.reason == "overloaded"


@pytest.mark.parametrize("path", ["/v3/healthz", "/presidio/health"])
def test_the_health_pages_of_dialects_are_answered_all_the_same(full_door: None, path: str) -> None:
    assert through_hot_path("GET", path, b"", {}).status == 200


def test_a_refused_body_is_read_so_that_its_connection_stays_whole(full_door: None) -> None:
    reply = through_hot_path("POST", "/v1/workspaces/acme/mask", CANARY, JSON, length=str(len(CANARY) + 1))

    assert reply.reason == "overloaded"  # Also where it ended early: there is nothing else to say of it.
