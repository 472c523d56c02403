"""A process killed at a stage of one request: while it accepts, decides, masks or replies."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from tests.chaos.columns import READER
from tests.chaos.faults import BUMP, workers_of
from tests.chaos.installation import BODY, Installation, wait
from tests.stories.conftest import Service

LEARNT_SECONDS = 2.5  # After this long every process knows that rights may have changed.
# Longer than what a system keeps of an answer that nobody reads.
LONG = b"[" + b", ".join([BODY] + [b'"' + b"x" * 1000 + b'"'] * 8000) + b"]"
_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@dataclass
class Asked:
    """One request, byte by byte, and the server that it was sent to."""

    there: Installation
    service: Service
    connection: socket.socket
    body: bytes

    @classmethod
    def at(cls, there: Installation, service: Service, body: bytes) -> "Asked":
        """Connect; of an answer little is taken in, so that a long one has to wait."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", service.port))
        there.backend.on("/customers", body, Content_Type="application/json")
        return cls(there, service, connection, body)

    @property
    def words(self) -> bytes:
        """Return the request; the gateway gets the body from the backend."""
        reader = "".join(f"{name}: {value}\r\n" for name, value in READER.items())
        if self.service is self.there.gateway:
            return f"GET /gateway/acme/orders/customers HTTP/1.1\r\nHost: x\r\n{reader}\r\n".encode()
        length = f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        return f"POST /v1/workspaces/acme/mask HTTP/1.1\r\nHost: x\r\n{reader}{length}".encode() + self.body

    def kill(self) -> bytes:
        """Kill the server's processes, one of which has it, and return all that had been sent until then."""
        for process in workers_of(self.service):
            os.kill(process, signal.SIGKILL)
        came = bytearray()
        with contextlib.suppress(ConnectionError):
            while piece := self.connection.recv(1 << 16):
                came += piece
        self.connection.close()
        return bytes(came)


@contextmanager
def accepting(there: Installation, service: Service) -> Iterator[Asked]:
    """Send half a request."""
    asked = Asked.at(there, service, BODY)
    asked.connection.sendall(asked.words[: len(asked.words) // 2])
    time.sleep(0.5)
    yield asked


@contextmanager
def deciding(there: Installation, service: Service) -> Iterator[Asked]:
    """Send a request whose reader's rights must be asked for, and keep their table locked meanwhile."""
    with psycopg.connect(there.database.get_uri()) as locking, locking.transaction(force_rollback=True):
        locking.execute("LOCK TABLE workspaces_membership IN ACCESS EXCLUSIVE MODE")
        there.sql(BUMP)
        time.sleep(LEARNT_SECONDS)
        asked = Asked.at(there, service, BODY)
        asked.connection.sendall(asked.words)
        wait(10, lambda: locking.execute(_WAITING).fetchone() != (0,))
        yield asked


@contextmanager
def masking(there: Installation, service: Service) -> Iterator[Asked]:
    """Send a body at which the classifier hangs."""
    asked = Asked.at(there, service, BODY.replace(b"a word", b"please-hang"))
    asked.connection.sendall(asked.words)
    time.sleep(1.0)
    yield asked


@contextmanager
def replying(there: Installation, service: Service) -> Iterator[Asked]:
    """Wait for the first byte of a long answer, and take in no more."""
    asked = Asked.at(there, service, LONG)
    asked.connection.sendall(asked.words)
    asked.connection.recv(1, socket.MSG_PEEK)
    yield asked


Stage = Callable[[Installation, Service], contextlib.AbstractContextManager[Asked]]
STAGES: Mapping[str, Stage] = {"accept": accepting, "decide": deciding, "mask": masking, "reply": replying}
