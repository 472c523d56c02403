"""Backends with the lines of docs/clients.md: four readers, four answers, and without the service none that is raw."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from privacy_service.client import Effect
from tests.factories import make_policy
from tests.services import free_port
from tests.stories.conftest import ROOT, Service
from workspaces.models import User, Workspace

PAGE = (ROOT / "docs" / "clients.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
RAW = b'{"name":"alice","ssn":"123-45-6789"}'
MASKED = b'{"name":"alice","ssn":"***-**-****"}'
LINES = 400
READERS = ("alice", "bob", "carol", "mallory")

DJANGO = """
import os
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

MIDDLEWARE = ["backend.signed_in"]
{block}
theirs = dict(ROOT_URLCONF="backend", ALLOWED_HOSTS=["*"], SECRET_KEY="backend")
settings.configure(MIDDLEWARE=MIDDLEWARE, PRIVACY_CLIENT=PRIVACY_CLIENT, **theirs)

class Reader:
    is_authenticated = True
    def __init__(self, name):
        self.email = f"{{name}}@example.com"

def signed_in(get_response):
    def middleware(request):
        request.user = Reader(request.headers["X-User"])
        return get_response(request)
    return middleware

RAW = {raw!r}

def customer(request):
    return HttpResponse(RAW, content_type="application/json")

def customers(request):
    return StreamingHttpResponse((RAW + b"\\n" for _ in range({lines})), content_type="application/x-ndjson")

urlpatterns = [path("customer", customer), path("customers", customers)]

from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""

ASGI = """
import os
from privacy_service.client import AsyncPrivacyClient, Reading
from privacy_service.client.asgi import PrivacyMiddleware

RAW = {raw!r}

def reading_of(scope):
    return Reading("acme", dict(scope["headers"])[b"x-user"].decode() + "@example.com")

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    kind, pieces = b"application/json", [RAW]
    if scope["path"] == "/customers":
        kind, pieces = b"application/x-ndjson", [RAW + b"\\n"] * {lines}
    await send({{"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]}})
    for piece in pieces:
        await send({{"type": "http.response.body", "body": piece, "more_body": True}})
    await send({{"type": "http.response.body"}})

{block}
application = app
"""


def block(beginning: str) -> str:
    """Return the lines of the page that begin so."""
    [found] = [str(text) for text in BLOCKS if text.startswith(beginning)]
    return found


@contextmanager
def backend(folder: Path, interface: str, source: str, environment: dict[str, str]) -> Iterator[str]:
    """Run a backend in processes of its own and give its address."""
    folder.mkdir()
    (folder / "backend.py").write_text(source)
    port, log = free_port(), folder / "backend.log"
    command = [sys.executable, "-m", "granian", "--interface", interface, "--http", "1", "--no-ws", "--port", str(port)]
    command += ["--blocking-threads", "8"] if interface == "wsgi" else []
    bare = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "backend:application"],
            cwd=folder,
            env=bare | {"PYTHONPATH": f"{folder}:{ROOT}"} | environment,
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: get(url, "bob") is not None, log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)
    assert "45-6789" not in log.read_text()
    assert "@example.com" not in log.read_text()


def wait_for(is_so: Any, log: Path, seconds: float = 90) -> float:
    """Wait until something is so, and return how many seconds that took."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < seconds, log.read_text()
        time.sleep(0.05)
    return time.monotonic() - started


def get(url: str, reader: str, path: str = "customer") -> tuple[int, bytes] | None:
    """Return what a reader gets, None where the backend is not there."""
    try:
        answer = httpx.get(f"{url}/{path}", headers={"X-User": reader}, timeout=30)
    except httpx.TransportError:
        return None
    return answer.status_code, answer.content


@pytest.fixture
def acme(
    service: Service, released_workspace: Workspace, alice: User, bob: User, carol: User, mallory: User
) -> Workspace:
    """Return acme with its cast; numbers keep their shape and names stay."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    return released_workspace


@pytest.fixture
def backends(service: Service, acme: Workspace, key: str, tmp_path: Path) -> Iterator[list[str]]:
    """Return the addresses of a Django backend and of an ASGI one, each with the lines of the page."""
    environment = {"PRIVACY_URL": f"http://127.0.0.1:{service.port}", "PRIVACY_KEY": key}
    django = DJANGO.format(block=block("MIDDLEWARE ="), raw=RAW, lines=LINES)
    asgi = ASGI.format(block=block("app ="), raw=RAW, lines=LINES)
    with ExitStack() as stack:
        yield [
            stack.enter_context(backend(tmp_path / "django", "wsgi", django, environment)),
            stack.enter_context(backend(tmp_path / "asgi", "asgi", asgi, environment)),
        ]


def test_four_readers_four_answers_and_only_503_while_the_service_is_away(
    service: Service, backends: list[str]
) -> None:
    for url in backends:
        answers = {reader: get(url, reader) for reader in READERS}
        assert [answers[reader] for reader in ("alice", "bob", "carol")] == [(200, RAW), (200, MASKED), (200, RAW)]
        assert (answers["mallory"] or (0, b""))[0] == 403
        assert get(url, "bob", "customers") == (200, (MASKED + b"\n") * LINES)
        assert get(url, "carol", "customers") == (200, (RAW + b"\n") * LINES)

    with ThreadPoolExecutor(4) as threads:
        loads = [Load(url, path) for url in backends for path in ("customer", "customers")]
        running = [threads.submit(load.run) for load in loads]
        wait_for(lambda: all(load.statuses() == {200} for load in loads), service.log)
        service.kill()
        wait_for(lambda: all(503 in load.statuses() for load in loads), service.log)
        time.sleep(2)  # For so long a right that was there may be remembered.
        without = [get(url, reader) for url in backends for reader in READERS]
        for load in loads:
            load.is_over = True
        for one in running:
            one.result()

    assert [load.statuses() for load in loads] == [{200, 503}] * 4
    assert not any(b"6789" in body for load in loads for _, body in load.seen)
    assert [one and one[0] for one in without] == [503] * 8
    assert not any(one and b"6789" in one[1] for one in without)

    service.start()
    for url in backends:
        seconds = wait_for(lambda url=url: get(url, "bob") == (200, MASKED), service.log)
        assert seconds < 5


class Load:
    """Bob, who asks again and again."""

    def __init__(self, url: str, path: str) -> None:
        self.url = f"{url}/{path}"
        self.seen: list[tuple[int, bytes]] = []
        self.is_over = False

    def statuses(self) -> set[int]:
        """Return every status seen."""
        return {status for status, _ in self.seen}

    def run(self) -> None:
        """Ask until it is over; of a stream that breaks off, what came counts."""
        while not self.is_over:
            received = bytearray()
            asked = httpx.stream("GET", self.url, headers={"X-User": "bob"}, timeout=10)
            with asked as answer, suppress(httpx.RemoteProtocolError):
                for piece in answer.iter_raw():
                    received += piece
            self.seen.append((answer.status_code, bytes(received)))


def test_the_calls_made_by_hand_do_what_the_page_says(
    service: Service, acme: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVACY_URL", f"http://127.0.0.1:{service.port}")
    monkeypatch.setenv("PRIVACY_KEY", key)
    names: dict[str, Any] = {"os": os}

    exec(block("from privacy_service.client import ContentType"), names)  # noqa: S102 - the page's own lines.

    assert names["masked"].body == MASKED
    assert names["table"].body == b"name,ssn\r\nalice,***-**-****\r\n"
    assert names["decision"].effect is Effect.MASK
    assert names["found"].entities == {"US_SSN": 1}
    assert [one.name for one in names["why"].questions if one.decides] == []
    assert [(one.finding.entity, one.operator, one.hidden) for one in names["why"].fields] == [
        ("US_SSN", "shape", True)
    ]
    names["client"].close()
