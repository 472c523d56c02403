"""Connections to destinations, kept for some seconds: a thousand people are forgotten over one, not over a thousand.

What is kept is found by its whole address, secret included: a destination that was changed has another at once.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

# After so long a new one is opened, which looks again where a name leads and what a table's columns are.
SECONDS = 30.0

T = TypeVar("T")
_ALL: "list[Kept[Any]]" = []


@dataclass(slots=True)
class _Entry(Generic[T]):
    """One thing that is open, and how many use it now."""

    thing: T
    until: float
    users: int = 0
    is_retired: bool = False


class Kept(Generic[T]):
    """Things of one sort, each open for some seconds; one is closed once it is over and nobody uses it."""

    def __init__(
        self, close: Callable[[T], None], *, seconds: float = SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._close = close
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[Hashable, _Entry[T]] = {}
        _ALL.append(self)

    @contextmanager
    def held(self, key: Hashable, opened: Callable[[], T]) -> Iterator[T]:
        """Yield what is kept under a key, opened where nothing is; several threads may use it at once."""
        entry = self._taken(key) or self._added(key, opened())
        try:
            yield entry.thing
        finally:
            self._left(entry)

    def sweep(self, *, everything: bool = False) -> None:
        """Close what is over; a worker does so now and then, since nobody may ever ask again."""
        with self._lock:
            now = self._clock()
            over = [key for key, entry in self._entries.items() if everything or entry.until <= now]
            retired = [self._entries.pop(key) for key in over]
            for entry in retired:
                entry.is_retired = True
            unused = [entry for entry in retired if not entry.users]
        for entry in unused:
            self._close(entry.thing)

    def _taken(self, key: Hashable) -> _Entry[T] | None:
        self.sweep()
        with self._lock:
            entry = self._entries.get(key)
            if entry:
                entry.users += 1
            return entry

    def _added(self, key: Hashable, thing: T) -> _Entry[T]:
        """Keep what was just opened; where another thread was faster, this one is closed after its first use."""
        with self._lock:
            entry = _Entry(thing, self._clock() + self._seconds, users=1)
            entry.is_retired = self._entries.setdefault(key, entry) is not entry
            return entry

    def _left(self, entry: _Entry[T]) -> None:
        with self._lock:
            entry.users -= 1
            is_over = entry.is_retired and not entry.users
        if is_over:
            self._close(entry.thing)


def sweep(*, everything: bool = False) -> None:
    """Close whatever is over, of every sort; or everything, where no connection may stay."""
    for kept in _ALL:
        kept.sweep(everything=everything)
