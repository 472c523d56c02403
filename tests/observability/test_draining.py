"""A server that is about to stop says so, and ends its connections with their answers."""

import asyncio
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from privacy_service.connections import Message, Receive, Send, ending_asgi
from privacy_service.hotpath import HotPath
from privacy_service.observability import draining
from workspaces.models import Workspace


@pytest.fixture
def drain_file(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file whose presence asks to drain."""
    monkeypatch.setattr(draining, "seen", draining._Seen())
    settings.PRIVACY_DRAIN_FILE = str(tmp_path / "draining")
    return tmp_path / "draining"


def test_while_it_drains_a_server_wants_no_more_requests_and_still_answers(
    client: Client, workspace: Workspace, drain_file: Path
) -> None:
    before = client.get("/servingz")
    drain_file.touch()

    assert (before.status_code, before.json()["checks"]) == (200, {"server": "ok", "audit_spool": "ok"})
    for path in ("/servingz", "/readyz"):
        assert (client.get(path).status_code, client.get(path).json()["checks"]["server"]) == (503, "Draining")
    assert client.get("/healthz").status_code == 200


def test_redis_is_no_reason_to_send_requests_elsewhere(
    client: Client, workspace: Workspace, settings: Settings
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }

    assert (client.get("/readyz").status_code, client.get("/servingz").status_code) == (503, 200)


@pytest.mark.parametrize("path", ["/v1/workspaces/acme/mask", "/admin/"])
def test_an_answer_of_a_draining_server_ends_its_connection(workspace: Workspace, drain_file: Path, path: str) -> None:
    headers: list[tuple[str, str]] = []

    def django(environ: object, start_response: object) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "0")])  # type: ignore[operator]
        return [b""]

    def ask() -> list[tuple[str, str]]:
        environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET"}
        HotPath(django)(environ, lambda _status, given, _exc_info=None: headers.extend(given))  # type: ignore[arg-type]
        return headers

    before = [name for name, _ in ask()]
    drain_file.touch()
    draining.look()
    headers.clear()

    assert "Connection" not in before
    assert ask()[-1] == ("Connection", "close")


def test_so_does_an_answer_of_a_draining_gateway(drain_file: Path) -> None:
    sent: list[Message] = []

    async def application(scope: object, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {}

    async def keep(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        await ending_asgi(application)({"type": "http", "headers": []}, receive, keep)

    asyncio.run(ask())
    drain_file.touch()
    draining.look()
    asyncio.run(ask())

    starts = [message["headers"] for message in sent if message["type"] == "http.response.start"]
    assert starts == [[(b"content-length", b"0")], [(b"content-length", b"0"), (b"connection", b"close")]]
