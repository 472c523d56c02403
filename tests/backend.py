"""A backend of a test's own: a real server that answers as it is told, also badly, and keeps what it was asked."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the backend got it."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Answering = Callable[["Handler"], None]


@dataclass
class Backend:
    """The server; `on(path, ...)` tells it how to answer."""

    answers: dict[str, Answering] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def start(self) -> None:
        """Serve in a thread."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def on(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """Answer a path with this body, whole."""
        self.answers[path] = lambda handler: handler.whole(status, body, headers)

    def does(self, path: str, answering: Answering) -> None:
        """Answer a path as this function does."""
        self.answers[path] = answering


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # Head and body go out apart: the second would wait for 40 ms.
    backend: Backend

    def handle_one_request(self) -> None:
        """Forgive a client that hangs up."""
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def whole(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Send an answer with its length."""
        self.head(status, {"Content-Length": str(len(body)), **headers})
        if self.command != "HEAD":
            self.wfile.write(body)

    def head(self, status: int, headers: dict[str, str]) -> None:
        """Send status and headers; an underscore in a name stands for a hyphen, None leaves one out."""
        self.send_response(status)
        for name, value in headers.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        """Send a chunk of a chunked body; an empty one ends it."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = self._chunks()
        self.backend.asked.append(Asked(self.command, self.path, list(self.headers.items()), body))
        answering = self.backend.answers.get(path)
        if answering is None:
            self.whole(404, b'{"error":"not here"}', {"Content-Type": "application/json"})
        else:
            answering(self)

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


def _handler_of(backend: Backend) -> type[Handler]:
    return type("Handler", (Handler,), {"backend": backend})


def slowly(seconds: float) -> Answering:
    """Answer JSON after some time."""

    def answering(handler: Handler) -> None:
        time.sleep(seconds)
        handler.whole(200, b"{}", {"Content-Type": "application/json"})

    return answering
