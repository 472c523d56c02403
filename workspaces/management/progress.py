"""One bar on a terminal that says how far a command has come; nothing where nobody watches."""

import time

from django.core.management.base import OutputWrapper

_WIDTH = 30
_EVERY_SECONDS = 0.2


class Bar:
    """A bar over `total` of something, drawn in one line that goes when it is done."""

    def __init__(self, stream: OutputWrapper, *, total: int, unit: str) -> None:
        self._stream = stream if stream.isatty() else None
        self._total = max(total, 1)
        self._unit = unit
        self._started = time.monotonic()
        self._shown = float("-inf")

    def show(self, done: int, count: int) -> None:
        """Say how much of the total is done, and how many units that were."""
        now = time.monotonic()
        if self._stream is None or now - self._shown < _EVERY_SECONDS:
            return
        self._shown = now
        share = min(done / self._total, 1.0)
        filled = "#" * round(share * _WIDTH)
        rate = count / max(now - self._started, 0.001)
        line = f"\r[{filled:.<{_WIDTH}}] {share:4.0%}  {count:,} {self._unit}, {rate:,.0f} a second"
        self._stream.write(line, ending="")
        self._stream.flush()

    def close(self) -> None:
        """Take the bar away."""
        if self._stream is not None:
            self._stream.write("\r\x1b[K", ending="")
