"""How often a key may ask: a second, counted in each process, and a day, counted for all of them in Redis."""

import logging
from datetime import datetime, timedelta
from math import ceil
from time import monotonic
from uuid import UUID

from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_A_DAY = timedelta(days=1)


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


def quota_wait_seconds(key_id: UUID, calls_per_day: int, now: datetime | None = None) -> int:
    """Count a call of the key's day (UTC); return 0, or the seconds until the next day where it had its calls.

    Without Redis nothing is counted, and nobody turned away: a quota protects a plan, not a person.
    """
    now = now or timezone.now()
    name = f"quota:{key_id}:{now:%Y-%m-%d}"
    try:
        cache.add(name, 0, timeout=2 * _A_DAY.total_seconds())
        count = cache.incr(name)
    except (RedisError, OSError, ValueError):
        logger.warning("Calls of a key with a quota are not counted: Redis does not answer")
        return 0
    if count <= calls_per_day:
        return 0
    midnight = (now + _A_DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    return ceil((midnight - now).total_seconds())
