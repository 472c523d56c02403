"""A local spool for audit records: one write a record, kept by the operating system if the process dies.

Each process appends to a segment of its own, which it holds locked. Shipping renames a segment to seal it, moves its
lines to the database and deletes it. A segment whose lock can be taken belongs to a process that has died: any other
process ships it. Records carry their id, so that a segment shipped twice adds nothing.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_OPEN = ".open"
_SEALED = ".sealed"


class SpoolFull(OSError):
    """More records wait for the database than the spool may hold; nothing may be shown that cannot be recorded."""


class Spool:
    """The spool of this process in a directory that others share."""

    def __init__(self, directory: Path, *, limit_bytes: int) -> None:
        self.directory = directory
        self.limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._segment: tuple[int, Path] | None = None
        self._waiting_bytes = 0
        os.register_at_fork(after_in_child=self._start_anew)

    def append(self, line: bytes) -> None:
        """Write one line; raise OSError where it cannot be kept."""
        if self._waiting_bytes > self.limit_bytes:
            raise SpoolFull
        with self._lock:
            descriptor = self._segment[0] if self._segment else self._open()
            written = os.write(descriptor, line + b"\n")
        if written <= len(line):
            self.seal()  # Only the end of a segment may be torn.
            message = "The disk took only a part of an audit record"
            raise OSError(message)
        self._waiting_bytes += written

    def seal(self) -> None:
        """Close the segment in use, if any, so that it can be shipped; the next record opens another."""
        with self._lock:
            if self._segment:
                descriptor, path = self._segment
                path.rename(path.with_suffix(_SEALED))
                os.close(descriptor)
                self._segment = None

    def claim(self) -> Iterator[Path]:
        """Yield, oldest first, each segment that no living process writes or ships, locked while it is looked at."""
        for path in sorted(self.directory.glob("*")):
            if path.suffix in {_OPEN, _SEALED} and not self._is_mine(path):
                yield from _locked(path)

    def measure(self) -> int:
        """Return how many bytes wait in the whole spool, and remember it for the limit."""
        self._waiting_bytes = sum(_size_of(path) for path in self.directory.glob("*"))
        return self._waiting_bytes

    def _open(self) -> int:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.directory / f"{time.time_ns():020d}-{os.urandom(6).hex()}{_OPEN}"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._segment = (descriptor, path)
        return descriptor

    def _is_mine(self, path: Path) -> bool:
        return self._segment is not None and self._segment[1] == path

    def _start_anew(self) -> None:
        self._segment = None
        self._lock = threading.Lock()


def _locked(path: Path) -> Iterator[Path]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # Another process has shipped it meanwhile.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # Its writer lives, or another process is shipping it.
    else:
        yield path
    finally:
        os.close(descriptor)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
