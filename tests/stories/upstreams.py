"""An API as nginx meets it: answers written byte by byte, whole, broken, slow or endless, and what was asked of it."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[socket.socket], bool]
"""Writes one answer; says whether the connection goes on."""


@dataclass(frozen=True)
class Asked:
    """A request as it came in; names of headers are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Upstream:
    """Answers by path; a path that is not listed gets the answer of its first letters, else an empty object."""

    port: int
    answers: dict[str, Answer]
    asked: list[Asked] = field(default_factory=list)

    def answer_to(self, asked: Asked) -> Answer:
        """Return what this request gets."""
        path = asked.path.partition("?")[0]
        return self.answers.get(path) or whole(b"{}")


def head(status: str = "200 OK", content_type: str = "application/json", **headers: str) -> bytes:
    """Return a status line and headers; an underscore in a name stands for a hyphen."""
    typed = {"Content-Type": content_type} if content_type else {}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in {**typed, **headers}.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def whole(body: bytes, status: str = "200 OK", content_type: str = "application/json", **headers: str) -> Answer:
    """Answer with all of a body, and its length."""
    return raw(head(status, content_type, **headers, Content_Length=str(len(body))) + body)


def packed(body: bytes, *, lost: int = 0) -> Answer:
    """Answer in gzip, though nobody asked for it; perhaps with an end that is lost."""
    data = gzip.compress(body)
    return whole(data[: len(data) - lost], Content_Encoding="gzip")


def chunked(*pieces: bytes, content_type: str = "application/json", ends: bool = True, pause: float = 0) -> Answer:
    """Answer in chunks; perhaps without the last one, as when the API dies."""

    def answer(connection: socket.socket) -> bool:
        connection.sendall(head(content_type=content_type, Transfer_Encoding="chunked"))
        for piece in pieces:
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            time.sleep(pause)
        if ends:
            connection.sendall(b"0\r\n\r\n")
        return ends

    return answer


def raw(data: bytes) -> Answer:
    """Answer with these very bytes."""

    def answer(connection: socket.socket) -> bool:
        connection.sendall(data)
        return True

    return answer


def broken_off(data: bytes, *, after: float = 0) -> Answer:
    """Answer with these very bytes, perhaps late, and hang up."""

    def answer(connection: socket.socket) -> bool:
        time.sleep(after)
        connection.sendall(data)
        return False

    return answer


@contextmanager
def serving(answers: dict[str, Answer]) -> Iterator[Upstream]:
    """Run an API with these answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        upstream = Upstream(server.getsockname()[1], answers)
        threading.Thread(target=_accept, args=(server, upstream), daemon=True).start()
        yield upstream
        server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, upstream: Upstream) -> None:
    with suppress(OSError):  # The server was closed.
        while True:
            connection, _ = server.accept()
            threading.Thread(target=_converse, args=(connection, upstream), daemon=True).start()


def _converse(connection: socket.socket, upstream: Upstream) -> None:
    with connection, suppress(OSError), connection.makefile("rb") as stream:  # nginx may hang up.
        goes_on = True
        while goes_on and (line := stream.readline()):
            method, path, _ = line.decode().split()
            pairs = [one.decode().partition(":")[::2] for one in iter(lambda: stream.readline().strip(), b"")]
            headers = {name.lower(): value.strip() for name, value in pairs}
            asked = Asked(method, path, headers, stream.read(int(headers.get("content-length", 0))))
            upstream.asked.append(asked)
            goes_on = upstream.answer_to(asked)(connection)
