"""Reads along with everything that is sent to the Valkey while a run lasts: tasks, caches, sessions, limits, topics."""

import contextlib
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.chaos.needles import is_in

# Where the planted values are on purpose: what a flow is given, and what it could not mask.
ON_PURPOSE = (b"topic:user-info", b"dead-letters")
_TASK = re.compile(rb'"LPUSH".*\\"task\\": \\"([\w.]+)\\"')
_MOST_KEPT = 5


class Watch:
    """What was seen: commands with a planted value, and how often each task was sent."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self.commands = 0
        self.leaks: list[bytes] = []
        self.tasks: Counter[str] = Counter()

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        """Read along in a thread."""
        thread = threading.Thread(target=self._follow, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join(timeout=5)

    def _follow(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):  # It is killed and started again, and that is what is tried.
                self._read_along()
            time.sleep(0.05)

    def _read_along(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
            connection.sendall(b"MONITOR\r\n")
            rest = b""
            while not self._over.is_set():
                with contextlib.suppress(TimeoutError):
                    read = connection.recv(1 << 16)
                    if not read:
                        return
                    *lines, rest = (rest + read).split(b"\r\n")
                    for line in lines:
                        self._look_at(line)

    def _look_at(self, line: bytes) -> None:
        self.commands += 1
        task = _TASK.search(line)
        if task:
            self.tasks[task[1].decode()] += 1
        if is_in(line) and not any(name in line for name in ON_PURPOSE) and len(self.leaks) < _MOST_KEPT:
            self.leaks.append(line[:300])
