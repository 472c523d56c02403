"""Somebody who receives the trail."""

import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest

SECRET = "only-for-tests-webhook-secret-0123456789"


class Receiver(ThreadingHTTPServer):
    """Takes what is posted and answers as it is told to, 204 when it is told nothing."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int | str] = []
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.confirmed: list[Any] = []

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_port}/audit?from=here"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Take a batch."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else 204
        if answer == "hang up":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if answer == "be silent":
            time.sleep(3)
            return
        assert isinstance(answer, int)
        if answer // 100 == 2:  # Before the answer goes out: the test looks as soon as it is there.
            self.server.confirmed += [orjson.loads(line) for line in body.splitlines()]
        self.send_response(answer)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Return a webhook that is set to receive the trail."""
    server = Receiver()
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.PRIVACY_AUDIT_WEBHOOK_URL = server.url
    settings.PRIVACY_AUDIT_WEBHOOK_SECRET = SECRET
    settings.PRIVACY_AUDIT_WEBHOOK_TIMEOUT_SECONDS = 2  # A busy machine answers late.
    yield server
    server.shutdown()
    server.server_close()
