"""A circuit breaker an upstream: one that fails again and again is left alone for a while, then tried once."""

from collections.abc import Callable
from time import monotonic

from django.conf import settings

from privacy_service.observability import metrics

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half-open"


class Breaker:
    """Closed: requests go through. Open: none does. Half-open: one is under way that decides which of both follows."""

    def __init__(self, upstream: str, clock: Callable[[], float] = monotonic) -> None:
        self.state = CLOSED
        self._upstream = upstream
        self._clock = clock
        self._failures = 0
        self._opened_at = 0.0

    def wait_seconds(self) -> float:
        """Let a request through and return 0, or return how long none will be let through."""
        if self.state == CLOSED:
            return 0
        left = self._opened_at + settings.PRIVACY_GATEWAY_BREAKER_SECONDS - self._clock()
        if left > 0:
            return left
        # A trial whose end is never told, because its reader left, must not keep the breaker half-open for good.
        self._opened_at = self._clock()
        self._move(HALF_OPEN)
        return 0

    def succeeded(self) -> None:
        """Note that the upstream answered."""
        self._failures = 0
        if self.state != CLOSED:
            self._move(CLOSED)

    def failed(self) -> None:
        """Note that it did not."""
        self._failures += 1
        if self.state == HALF_OPEN or self._failures >= settings.PRIVACY_GATEWAY_BREAKER_FAILURES:
            self._opened_at = self._clock()
            if self.state != OPEN:
                self._move(OPEN)

    def _move(self, state: str) -> None:
        self.state = state
        metrics.breaker_moves.add(self._upstream, state)
