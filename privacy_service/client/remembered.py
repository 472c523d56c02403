"""Decisions that are still good: as long as the service said, and no more of them than a limit."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from privacy_service.client.answers import Decision, Effect, Masked
from privacy_service.client.calls import Reading


class Decisions:
    """The decisions of one client; the one not asked for longest goes first."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._kept: OrderedDict[Reading, tuple[float, Decision]] = OrderedDict()
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the moment to give to `keep`: that before the decision was asked for, as its age counts from there."""
        return self._clock()

    def get(self, reading: Reading) -> Decision | None:
        """Return the decision for a reader, None where none is known that still holds."""
        with self._lock:
            until, decision = self._kept.get(reading, (0.0, None))
            if decision is None:
                return None
            if until <= self._clock():
                del self._kept[reading]
                return None
            self._kept.move_to_end(reading)
            return decision

    def passing(self, reading: Reading) -> Decision | None:
        """Return the decision for a reader who may see everything, None where that is not known now."""
        decision = self.get(reading)
        return decision if decision and decision.effect is Effect.PASS else None

    def keep(self, reading: Reading, decision: Decision, *, asked_at: float) -> None:
        """Remember a decision for as long as it says, counted from the moment before it was asked for."""
        if decision.max_age <= 0 or self._limit <= 0:
            return
        with self._lock:
            self._kept[reading] = (asked_at + decision.max_age, decision)
            self._kept.move_to_end(reading)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)


def passed_unsent(decision: Decision, body: bytes, content_type: str) -> Masked:
    """Return a body that a remembered decision lets pass, so that it need not be sent."""
    return Masked(body, content_type, decision.effect, decision.reason, decision.policy_version, {}, "")
