"""How often a key may ask."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from privacy_service.decisions.limits import RateLimit, quota_wait_seconds


def test_a_rate_of_zero_limits_nothing() -> None:
    limit = RateLimit(0)
    key = uuid4()

    assert {limit.wait_seconds(key) for _ in range(10_000)} == {0}


def test_a_key_that_has_used_its_second_waits() -> None:
    limit = RateLimit(3)
    key = uuid4()

    waits = [limit.wait_seconds(key) for _ in range(4)]

    assert waits == [0, 0, 0, 1]


def test_one_key_does_not_spend_what_is_anothers() -> None:
    limit = RateLimit(1)
    limit.wait_seconds(uuid4())

    assert limit.wait_seconds(uuid4()) == 0


def test_a_quota_ends_at_midnight_and_begins_anew(settings: Any) -> None:
    key = uuid4()
    evening, morning = datetime(2026, 11, 25, 23, 59, 30, tzinfo=UTC), datetime(2026, 11, 26, 0, 0, 1, tzinfo=UTC)

    waits = [quota_wait_seconds(key, 2, evening) for _ in range(3)]

    assert waits == [0, 0, 30]
    assert quota_wait_seconds(uuid4(), 2, evening) == 0
    assert quota_wait_seconds(key, 2, morning) == 0


def test_without_redis_no_call_is_turned_away(settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }

    assert {quota_wait_seconds(uuid4(), 0) for _ in range(3)} == {0}
