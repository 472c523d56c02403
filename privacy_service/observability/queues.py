"""How much work waits for the workers, and since when; asked of the queue itself, so it is told when none works."""

import json
from collections.abc import Iterator
from time import time
from typing import cast

from django.conf import settings
from redis import Redis

from privacy_service.celery import QUEUE, SENT_AT
from privacy_service.observability.facts import Fact, Reading, Source

LENGTH = Fact("privacy_queue_length", "Tasks that wait for a worker")
AGE = Fact("privacy_queue_age_seconds", "For how long the oldest of them has waited")


def read() -> Iterator[Reading]:
    """Ask how long the queue is, and look at the message that is taken next."""
    timeout = settings.PRIVACY_REDIS_TIMEOUT_SECONDS
    with Redis.from_url(settings.REDIS_URL, socket_timeout=timeout, socket_connect_timeout=timeout) as redis:
        # The client's types speak of both its ways to wait.
        length, oldest = cast("int", redis.llen(QUEUE)), cast("bytes | None", redis.lindex(QUEUE, -1))
    yield Reading(LENGTH, length)
    yield Reading(AGE, _age(oldest))


def _age(message: bytes | None) -> float:
    if message is None:
        return 0.0
    sent_at = json.loads(message)["headers"].get(SENT_AT)
    return max(0.0, time() - float(sent_at)) if sent_at else 0.0


SOURCE = Source("queue", (LENGTH, AGE), read)
