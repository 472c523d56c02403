"""How often a key may ask, counted in each process."""

from math import ceil
from time import monotonic
from uuid import UUID


class RateLimit:
    """A token bucket a key, holding one second's worth of requests; a rate of 0 limits nothing."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._buckets: dict[UUID, tuple[float, float]] = {}

    def wait_seconds(self, key_id: UUID) -> int:
        """Take one request from the key's bucket; return 0, or the whole seconds to wait where it is empty."""
        if not self.per_second:
            return 0
        now = monotonic()
        level, filled_at = self._buckets.get(key_id, (float(self.per_second), now))
        level = min(self.per_second, level + (now - filled_at) * self.per_second)
        if level < 1:
            self._buckets[key_id] = (level, now)
            return ceil((1 - level) / self.per_second)
        self._buckets[key_id] = (level - 1, now)
        return 0
