"""Work beside answers: things wait in a bounded queue, and one thread works them off within its share of a processor.

Whoever hands something over waits for nothing; what there is no room for is dropped. Things stay in memory until they
were looked at.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")

_PARTS = 64  # Nothing may take more of the queue than this part of it.
_LONGEST_REST = 60.0


class Aside(ABC, Generic[T]):
    """A queue and its thread, which begins with the first thing that waits and lives as long as the process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: deque[tuple[T, int]] = deque()
        self._queued_bytes = 0
        self._lock = threading.Lock()
        self._waiting = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    @abstractmethod
    def room(self) -> int:
        """Return how many bytes may wait."""

    @property
    @abstractmethod
    def budget(self) -> float:
        """Return for how much of each second the thread may work."""

    @abstractmethod
    def look_at(self, thing: T) -> None:
        """Do the work; raise nothing."""

    def take(self, thing: T, size: int) -> bool:
        """Let a thing of this size wait, and say whether there was room."""
        room = self.room
        with self._lock:
            if size > room // _PARTS or self._queued_bytes + size > room:
                return False
            self._queue.append((thing, size))
            self._queued_bytes += size
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self._waiting.set()
        return True

    def work_off(self) -> float:
        """Look at what waits longest, if anything does, and return how much processor time that took."""
        with self._lock:
            if not self._queue:
                self._waiting.clear()
                return 0.0
            thing, size = self._queue.popleft()
            self._queued_bytes -= size
        started = time.thread_time()
        self.look_at(thing)
        return time.thread_time() - started

    def _run(self) -> None:
        while True:
            self._waiting.wait()
            took = self.work_off()
            time.sleep(rest_after(took, self.budget))


def rest_after(took: float, budget: float) -> float:
    """Return how long to rest after so much work, so that the budget of each second holds."""
    return min(took * (1 / budget - 1), _LONGEST_REST) if budget else _LONGEST_REST
