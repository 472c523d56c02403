"""The database goes away under a running service and a running gateway, and comes back."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread

import httpx
import psycopg
import pytest

from tests.backend import Backend
from tests.benchmarks.arriving import Arrivals, Outcome, Request
from tests.services import postgres_server, temporary_folder
from tests.stories.conftest import Service, run_command
from tests.stories.gateways import endless, headers_of

CANARY = b'{"name":"alice","ssn":"123-45-6789","note":"canary"}'
KEY = "story-key-0123456789abcdef"
READERS = ("alice", "bob", "carol")
RECOVERED_WITHIN_SECONDS = 10


@dataclass
class Installation:
    """A web server and a gateway over a PostgreSQL of their own, and the backend behind the gateway."""

    web: Service
    gateway: Service
    backend: Backend
    lose_database: Callable[[], None]
    start_database: Callable[[], None]
    database_url: str

    def bring_back(self, answers: Callable[[], int]) -> None:
        """Start PostgreSQL again, and wait until something answers with 200."""
        self.start_database()
        deadline = time.monotonic() + RECOVERED_WITHIN_SECONDS
        while answers() != httpx.codes.OK:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """Return an installation of one web server and one gateway."""
    backend = Backend()
    backend.start()
    with temporary_folder() as folder, postgres_server(folder) as database:
        own = {"DATABASE_URL": database.get_uri(), "PRIVACY_AUDIT_SPOOL_DIR": str(folder / "spool")}
        web, gateway = (_process(folder / name, interface, own) for name, interface in _PROCESSES.items())
        run_command(["shell", "-c", _set_up(backend.url)], web.environment)
        try:
            web.start()
            gateway.start()
            yield Installation(web, gateway, backend, database.stop, database.start, database.get_uri())
        finally:
            for process in (web, gateway):
                process.stop()
            backend.stop()


_PROCESSES = {"web": "wsgi", "gateway": "asgi"}


def _process(folder: Path, interface: str, environment: dict[str, str]) -> Service:
    folder.mkdir()
    return Service(folder, workers=1, application=interface, PRIVACY_GATEWAY_NETWORKS="127.0.0.0/8", **environment)


def _set_up(upstream: str) -> str:
    """Return what sets it up in one process, since most of what a command takes is its start."""
    called = [("migrate", "--verbosity=0"), ("demo", "--key", KEY), ("gateway", "add", "acme", "orders", upstream)]
    return f"from django.core.management import call_command\nfor one in {called!r}: call_command(*one)"


def test_without_its_database_the_service_shows_nothing_and_recovers(installation: Installation) -> None:
    service = installation.web

    def read(reader: str) -> httpx.Response:
        return service.mask(CANARY, actor=f"{reader}@acme.example", key=KEY)

    before = [read(reader).status_code for reader in READERS]

    installation.lose_database()
    time.sleep(2.5)
    without = [read(reader) for reader in READERS]
    checks = service.client.get("/readyz").json()["checks"]
    cookies = {"Cookie": "sessionid=nobody-s-session", "Accept": "text/html"}
    pages = [service.client.get(path, headers=cookies) for path in ("/console/", "/admin/")]
    installation.bring_back(lambda: read("bob").status_code)

    assert before == [200, 200, 200], service.log.read_text()
    assert [(reply.status_code, reply.json()["reason"]) for reply in without] == [(503, "unavailable")] * 3
    assert not any(b"canary" in reply.content or b"6789" in reply.content for reply in without)
    assert checks["database"] != "ok"
    assert [(page.status_code, page.headers["Retry-After"]) for page in pages] == [(503, "5")] * 2
    assert all("The database does not answer" in page.text for page in pages)
    assert read("bob").json()["ssn"] == "***-**-****"
    log = service.log.read_text()
    assert "canary" not in log
    assert "45-6789" not in log


class Backends(Thread):
    """Backends that ask by the clock, whatever becomes of the database, and keep the ids of what was answered."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self.arrivals = Arrivals(("127.0.0.1", service.port), self.draw)
        self.answered: set[str] = set()
        self.outcomes: list[Outcome] = []
        self.done = Event()

    def run(self) -> None:
        """Ask until it is done."""
        while not self.done.is_set():
            self.outcomes.append(self.arrivals.run(rate=40, seconds=0.5))

    def wait_for(self, more: int) -> None:
        """Wait until so many more were answered."""
        enough, deadline = len(self.answered) + more, time.monotonic() + 30
        while len(self.answered) < enough:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def draw(self, drawn: Random) -> Request:
        """Return a request by a name of its own, whose answer shows no value."""
        name = f"{drawn.getrandbits(128):032x}"
        lines = (
            "POST /v1/workspaces/acme/mask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Api-Key: {KEY}\r\nX-Actor: bob@acme.example\r\nPII-Request-Id: {name}\r\n"
            f"Content-Length: {len(CANARY)}\r\n\r\n"
        )

        def is_right(answer: bytes) -> bool:
            self.answered.add(name)
            return b"45-6789" not in answer and answer.endswith(b"}")

        return Request(lines.encode() + CANARY, is_right)


def recorded(url: str, wanted: set[str]) -> list[str]:
    """Return by which names the trail has these requests, once it has as many records."""
    deadline = time.monotonic() + 20
    while True:
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT detail->>'request_id' FROM decisions_decisionrecord WHERE detail->>'request_id' = ANY(%s)",
                [list(wanted)],
            ).fetchall()
        if len(rows) >= len(wanted) or time.monotonic() > deadline:
            return sorted(row[0] for row in rows)
        time.sleep(0.2)


def test_a_restart_of_the_database_under_load_loses_no_answer_and_no_record(installation: Installation) -> None:
    backends = Backends(installation.web)
    backends.start()
    backends.wait_for(20)
    installation.lose_database()
    time.sleep(0.5)
    installation.start_database()
    backends.wait_for(20)
    backends.done.set()
    backends.join(60)

    assert {status for outcome in backends.outcomes for status in outcome.statuses} <= {200, 503}
    assert sum(outcome.wrong + outcome.broken for outcome in backends.outcomes) == 0
    assert recorded(installation.database_url, backends.answered) == sorted(backends.answered)


def test_without_its_database_the_gateway_answers_503_and_breaks_off_what_has_begun(installation: Installation) -> None:
    gateway = installation.gateway
    installation.backend.on("/customers", CANARY, Content_Type="application/json")
    endless(installation.backend, "/endless", CANARY, seen=threading.Event())

    def read(reader: str) -> httpx.Response:
        return gateway.client.get("/gateway/acme/orders/customers", headers=_named(reader))

    before = [read(reader).status_code for reader in READERS]

    with pytest.raises(httpx.RemoteProtocolError):
        _read_until_it_breaks(gateway, _named("carol"), installation.lose_database)
    without = [read(reader) for reader in READERS]
    installation.bring_back(lambda: read("bob").status_code)

    assert before == [200, 200, 200], gateway.log.read_text()
    assert [(one.status_code, one.json()["reason"]) for one in without] == [(503, "unavailable")] * 3
    assert "45-6789" not in gateway.log.read_text()


def _named(reader: str) -> dict[str, str]:
    return headers_of(KEY, reader) | {"X-Actor": f"{reader}@acme.example"}


def _read_until_it_breaks(gateway: Service, headers: dict[str, str], breaks: Callable[[], None]) -> None:
    """Read an answer without an end; after its first line something breaks, and within seconds so must the answer."""
    with gateway.client.stream("GET", "/gateway/acme/orders/endless", headers=headers, timeout=20) as response:
        lines = response.iter_lines()
        assert next(lines) == CANARY.decode()
        breaks()
        broke_at = time.monotonic()
        for _ in lines:
            assert time.monotonic() - broke_at < 15
