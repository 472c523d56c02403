"""How many records a second each service carries: counts of now compared with those of a moment ago."""

import time
from collections.abc import Mapping, Sequence
from itertools import dropwhile
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

from privacy_service.streams.standing import Standing
from workspaces.models import Workspace

_WINDOW_SECONDS = 60.0
_APART_SECONDS = 2.0  # Two that look at once are one reading.
_KEPT_SECONDS = 120


def rates_of(workspace: Workspace, services: Sequence[Standing], now: float | None = None) -> Mapping[str, float]:
    """Return the rate of each service over the last minute; none before there are two readings, or without a cache."""
    now = time.time() if now is None else now
    counts = {one.service: one.done for one in services if one.done is not None}
    name = f"flow-rates:{workspace.pk}"
    try:
        kept: list[Any] = list(dropwhile(lambda one: now - one[0] > _WINDOW_SECONDS, cache.get(name) or []))
        if counts and (not kept or now - kept[-1][0] >= _APART_SECONDS):
            cache.set(name, [*kept, (now, counts)], _KEPT_SECONDS)
    except (RedisError, OSError):
        return {}
    if not kept or now - kept[0][0] < _APART_SECONDS:
        return {}
    before_at, before = kept[0]
    known = {service: count - before[service] for service, count in counts.items() if service in before}
    # A count that fell was begun anew, with its Redis or by hand.
    return {service: done / (now - before_at) for service, done in known.items() if done >= 0}
