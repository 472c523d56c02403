"""A local spool for audit records: written before an answer goes out, kept by the operating system if a process dies.

Each process writes to a segment of its own, a file of fixed size that it holds locked and mapped into its memory: a
record is copied there without a system call, and the kernel keeps it whatever becomes of the process. Shipping seals
the segment, moves its lines to the database and deletes it. A segment whose lock can be taken belongs to a process
that has died: any other process ships it. Records carry their id, so that a segment shipped twice adds nothing.
"""

import fcntl
import mmap
import os
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

SEGMENT_BYTES = 1 << 20
_OPEN = ".open"
_SEALED = ".sealed"


class SpoolFull(OSError):
    """More records wait for the database than the spool may hold; nothing may be shown that cannot be recorded."""


@dataclass(slots=True)
class _Segment:
    """The file in use; what follows the last line is zeros."""

    path: Path
    descriptor: int
    memory: mmap.mmap
    used: int = 0


class Spool:
    """The spool of this process in a directory that others share."""

    def __init__(self, directory: Path, *, limit_bytes: int) -> None:
        self.directory = directory
        self.limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._segment: _Segment | None = None
        self._waiting_bytes = 0
        os.register_at_fork(after_in_child=self._start_anew)

    def append(self, line: bytes) -> None:
        """Keep one line; raise OSError where it cannot be kept."""
        if self._waiting_bytes > self.limit_bytes:
            raise SpoolFull
        size = len(line) + 1
        with self._lock:
            segment = self._segment
            if segment is None or segment.used + size > SEGMENT_BYTES:
                segment = self._next(size)
            end = segment.used + size
            segment.memory[segment.used : end] = line + b"\n"
            segment.used = end
        self._waiting_bytes += size

    def seal(self) -> None:
        """Close the segment in use, if any, so that it can be shipped; the next record opens another."""
        with self._lock:
            self._seal()

    def claim(self) -> Generator[Path, None, None]:
        """Yield, oldest first, each segment that no living process writes or ships, locked while it is looked at."""
        for path in sorted(self.directory.glob("*")):
            if path.suffix in {_OPEN, _SEALED} and not self._is_mine(path):
                yield from _locked(path)

    def measure(self) -> int:
        """Return how many bytes wait in the whole spool, and remember it for the limit."""
        self._waiting_bytes = sum(_size_of(path) for path in self.directory.glob("*"))
        return self._waiting_bytes

    def _next(self, size: int) -> _Segment:
        if size > SEGMENT_BYTES:
            message = "An audit record is larger than a segment of the spool"
            raise OSError(message)
        self._seal()
        self._segment = _new_segment(self.directory)
        return self._segment

    def _seal(self) -> None:
        segment, self._segment = self._segment, None
        if segment is None:
            return
        _rescue(segment)
        segment.memory.close()
        os.truncate(segment.descriptor, segment.used)
        segment.path.rename(segment.path.with_suffix(_SEALED))
        os.close(segment.descriptor)

    def _is_mine(self, path: Path) -> bool:
        return self._segment is not None and self._segment.path == path

    def _start_anew(self) -> None:
        # The child inherits the parent's mapping and lock; it must write to neither, nor keep the lock alive.
        if self._segment:
            os.close(self._segment.descriptor)
        self._segment = None
        self._lock = threading.Lock()


def whole_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a segment, without the zeros that nothing was written to."""
    with path.open("rb") as lines:
        for line in lines:
            written = line.lstrip(b"\x00")
            if written:
                yield written


def _new_segment(directory: Path) -> _Segment:
    """Make a segment; another process may take the empty file for a dead one's and delete it before it is locked."""
    while True:
        segment = _try_segment(directory)
        if os.fstat(segment.descriptor).st_nlink:
            return segment
        os.close(segment.descriptor)


def _try_segment(directory: Path) -> _Segment:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / f"{time.time_ns():020d}-{os.urandom(6).hex()}{_OPEN}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Written out, not merely made long: a full disk must be an error here, not a crash at a later record.
        if os.write(descriptor, bytes(SEGMENT_BYTES)) != SEGMENT_BYTES:
            message = "The disk has no room for a segment of the audit spool"
            raise OSError(message)  # noqa: TRY301 - the segment is removed below, like on any other error.
        memory = mmap.mmap(descriptor, SEGMENT_BYTES)
    except OSError:
        path.unlink(missing_ok=True)
        os.close(descriptor)
        raise
    return _Segment(path, descriptor, memory)


def _rescue(segment: _Segment) -> None:
    """Write a segment anew whose file somebody has deleted; its records are still in memory."""
    if os.fstat(segment.descriptor).st_nlink:
        return
    segment.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(segment.descriptor)
    segment.descriptor = os.open(segment.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(segment.descriptor, fcntl.LOCK_EX)
    os.write(segment.descriptor, segment.memory[: segment.used])


def _locked(path: Path) -> Iterator[Path]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return  # Another process has shipped it meanwhile; or it is another user's, whose processes ship it.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_same_file(path, descriptor):
            yield path
    except BlockingIOError:
        return  # Its writer lives, or another process is shipping it.
    finally:
        os.close(descriptor)


def _is_same_file(path: Path, descriptor: int) -> bool:
    """Say whether the file still has this name: it may have been sealed or shipped before the lock was taken."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
