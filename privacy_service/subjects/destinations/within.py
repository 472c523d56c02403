"""Connections on which a whole exchange has one deadline: a byte now and then, in the head too, is no answer.

A timeout of the library begins anew with each read, so that a head that drips would hold a worker for hours.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import httpx

_clock = threading.local()  # An exchange is one thread's, from its first byte to its last.
_AT_ONCE = 0.001  # Over: what is not there by now comes too late.


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give what this thread sends and reads so many seconds, all together."""
    _clock.ends_at = monotonic() + seconds
    try:
        yield
    finally:
        del _clock.ends_at


class Transport(httpx.HTTPTransport):
    """HTTPX's transport over connections that keep to the deadline."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        pool: Any = self._pool
        # HTTPX hands no backend on; were it not there any more, nothing would be sent rather than without an end.
        pool._network_backend = _Network(pool._network_backend)  # noqa: SLF001 - as said.


class _Network:
    """What opens connections."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def connect_tcp(self, *args: Any, timeout: float | None = None, **options: Any) -> "_Stream":
        return _Stream(self._backend.connect_tcp(*args, timeout=_left(timeout), **options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream:
    """One connection."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        read: bytes = self._stream.read(max_bytes, timeout=_left(timeout))
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=_left(timeout))

    def start_tls(self, *args: Any, timeout: float | None = None, **options: Any) -> "_Stream":
        return _Stream(self._stream.start_tls(*args, timeout=_left(timeout), **options))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None) -> float | None:
    ends_at: float | None = getattr(_clock, "ends_at", None)
    if ends_at is None:
        return timeout
    left = max(ends_at - monotonic(), _AT_ONCE)
    return left if timeout is None else min(timeout, left)
