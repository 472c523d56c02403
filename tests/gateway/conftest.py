"""The gateway within the test's own process, in front of a real backend; what the wire adds is told in the stories."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from privacy_service.gateway.models import Upstream
from privacy_service.gateway.proxy import Gateway
from tests.backend import Backend
from tests.factories import make_policy
from workspaces.models import User, Workspace
from workspaces.stamp import bump


@dataclass
class Got:
    """What the server would have sent."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    is_whole: bool = False

    def header(self, name: str) -> str | None:
        """Return a header's value, several joined."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass
class Asker:
    """Asks a gateway as its server does; each call has an event loop of its own, and so a gateway."""

    key: str = ""
    prefix: str = "/gateway/acme/orders"

    def ask(self, path: str, actor: str = "bob", *, method: str = "GET", body: bytes = b"", **headers: str) -> Got:
        """Return what a reader gets for a path of the upstream."""
        named = {"Host": "gateway.example", "Authorization": f"Bearer {self.key}", "X-Actor": f"{actor}@example.com"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            named["Content-Length"] = str(len(body))
        raw = [(name.encode(), value.encode()) for name, value in named.items() if value]
        return self.send(method, self.prefix + path, raw, body)

    def send(self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> Got:
        """Return what comes of a request with exactly these headers."""
        return asyncio.run(_sent(method, path, headers, body))


async def _sent(method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Got:
    gateway = Gateway()
    try:
        return await one_of(gateway, method, path, headers, body)
    finally:
        await end(gateway)


async def end(gateway: Gateway) -> None:
    """Leave no connection behind."""
    gateway._threads.submit(connections.close_all).result()
    await gateway._connections.aclose()
    gateway._threads.shutdown()


async def one_of(
    gateway: Gateway, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes = b""
) -> Got:
    """Return what a gateway answers, one of several requests to it."""
    plain, _, query = path.partition("?")
    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": plain,
        "raw_path": plain.encode(), "query_string": query.encode(), "headers": headers, "client": ("192.0.2.7", 1),
    }  # fmt: skip
    got, ended = Got(), asyncio.Event()
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.headers = [(name.decode(), value.decode()) for name, value in message["headers"]]
        else:
            got.body += message["body"]
            got.is_whole = not message["more_body"]

    await gateway(scope, receive, send)
    ended.set()
    return got


@pytest.fixture
def acme(
    transactional_db: None, released_workspace: Workspace, alice: User, bob: User, carol: User, mallory: User
) -> Workspace:
    """Return acme with its cast, for every thread to see; numbers keep their shape and names stay."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    bump()  # Emptying the tables between tests took the stamp's row along.
    return released_workspace


@pytest.fixture
def orders(acme: Workspace, backend: Backend, settings: Settings) -> Upstream:
    """Return the upstream `orders` of acme."""
    settings.PRIVACY_GATEWAY_NETWORKS = ["127.0.0.0/8"]
    settings.PRIVACY_GATEWAY_THREADS = 1
    return Upstream.objects.create(workspace=acme, slug="orders", url=f"{backend.url}/api", read_seconds=0.5)


@pytest.fixture
def asker(orders: Upstream, key: str) -> Asker:
    """Return somebody who asks the gateway with acme's key."""
    return Asker(key)
