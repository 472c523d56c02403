"""Requests that arrive by the clock, whether or not earlier ones were answered: what overload is like for a server.

A client that waits for each answer slows down with the server, and never shows it more than it bears. Here each request
has a moment at which it is due; a latency counts from that moment, also where no connection was free.
"""

import random
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

CONNECTIONS = 1000  # What waits beyond these waits here, and its wait counts.
_PATIENCE_SECONDS = 30.0
_NAP_SECONDS = 0.00005


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it goes over the wire, and what is right as an answer's body."""

    wire: bytes
    is_right: Callable[[bytes], bool]


Draw = Callable[[random.Random], Request]


@dataclass(slots=True)
class Outcome:
    """What came of a time of arrivals."""

    seconds: float
    latencies: dict[int, list[float]] = field(default_factory=dict)  # By status, in seconds.
    wrong: int = 0  # Answered with 200, and not as it should be.
    broken: int = 0  # No whole answer.
    headless: int = 0  # Turned away without being told when to come again.

    def rate(self, status: int) -> float:
        """Return how many a second were answered so."""
        return len(self.latencies.get(status, ())) / self.seconds

    def within(self, share: float, status: int = 200) -> float:
        """Return the time in which this share of the answers of a status came."""
        ordered = sorted(self.latencies.get(status, [0.0]))
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    @property
    def statuses(self) -> Counter[int]:
        """Return how many answers each status has."""
        return Counter({status: len(found) for status, found in self.latencies.items()})


@dataclass(slots=True)
class _Connection:
    """One connection, the request on it, and what came back so far."""

    socket: socket.socket
    request: Request
    due: float
    unsent: bytes
    got: bytearray = field(default_factory=bytearray)


class Arrivals:
    """Sends requests to one address at a constant mean rate (Poisson), and keeps how each was answered."""

    def __init__(self, address: tuple[str, int], draw: Draw, *, seed: int = 1) -> None:
        self.address = address
        self.draw = draw
        self._random = random.Random(seed)  # noqa: S311 - arrivals that can be had again.
        self._poll = select.epoll()
        self._busy: dict[int, _Connection] = {}
        self._idle: list[socket.socket] = []
        self._late: deque[float] = deque()

    def run(self, rate: float, seconds: float) -> Outcome:
        """Let requests arrive for so long, and wait for their answers."""
        outcome = Outcome(seconds)
        start = time.perf_counter()
        due = start + self._random.expovariate(rate)
        while due < start + seconds or self._busy or self._late:
            now = time.perf_counter()
            while due <= min(now, start + seconds):
                self._late.append(due)
                due += self._random.expovariate(rate)
            self._send_late(outcome)
            if not self._receive(outcome):
                time.sleep(_NAP_SECONDS)
            if now > start + seconds + _PATIENCE_SECONDS:
                outcome.broken += len(self._busy) + len(self._late)
                self._late.clear()
                self._leave()
        while self._idle:
            self._idle.pop().close()
        return outcome

    def _leave(self) -> None:
        for number, connection in list(self._busy.items()):
            self._poll.unregister(number)
            connection.socket.close()
            del self._busy[number]

    def _send_late(self, outcome: Outcome) -> None:
        while self._late and (self._idle or len(self._busy) < CONNECTIONS):
            due = self._late.popleft()
            try:
                self._send(due)
            except OSError:
                outcome.broken += 1

    def _send(self, due: float) -> None:
        opened = self._idle.pop() if self._idle else self._opened()
        request = self.draw(self._random)
        connection = _Connection(opened, request, due, request.wire)
        self._busy[opened.fileno()] = connection
        self._poll.register(opened, select.EPOLLIN)
        self._go_on(connection)

    def _opened(self) -> socket.socket:
        opened = socket.create_connection(self.address, timeout=_PATIENCE_SECONDS)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.settimeout(0)
        return opened

    def _go_on(self, connection: _Connection) -> None:
        """Send what is still to be sent, as far as it goes."""
        try:
            sent = connection.socket.send(connection.unsent)
        except BlockingIOError:
            sent = 0
        connection.unsent = connection.unsent[sent:]
        events = select.EPOLLIN | (select.EPOLLOUT if connection.unsent else 0)
        self._poll.modify(connection.socket, events)

    def _receive(self, outcome: Outcome) -> bool:
        """Take in what has come; say whether anything has."""
        events = self._poll.poll(0)
        for number, event in events:
            connection = self._busy[number]
            try:
                if event & select.EPOLLOUT:
                    self._go_on(connection)
                if event & ~select.EPOLLOUT:
                    self._read(number, connection, outcome)
            except OSError:
                outcome.broken += 1
                self._end(number, connection, keep=False)
        return bool(events)

    def _read(self, number: int, connection: _Connection, outcome: Outcome) -> None:
        piece = connection.socket.recv(1 << 18)
        if not piece:
            raise ConnectionResetError
        connection.got += piece
        head, found, body = bytes(connection.got).partition(b"\r\n\r\n")
        if not found or len(body) < _length_in(head):
            return
        _note(outcome, connection, head, body)
        self._end(number, connection, keep=b"connection: close" not in head.lower() and not connection.unsent)

    def _end(self, number: int, connection: _Connection, *, keep: bool) -> None:
        self._poll.unregister(number)
        del self._busy[number]
        if keep:
            self._idle.append(connection.socket)
        else:
            connection.socket.close()


def _length_in(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])


def _note(outcome: Outcome, connection: _Connection, head: bytes, body: bytes) -> None:
    status = int(head[9:12])
    outcome.latencies.setdefault(status, []).append(time.perf_counter() - connection.due)
    if status == 200:
        outcome.wrong += not connection.request.is_right(body)
    elif b"retry-after:" not in head.lower():
        outcome.headless += 1
