"""How many jobs there are, for how long one stands still, and whether work waits for the workers."""

from collections.abc import Iterator
from typing import cast

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from redis import Redis

from privacy_service.jobs.models import Job, State
from privacy_service.observability.facts import Fact, Reading, Source

QUEUE = "jobs"
OPEN = Fact("privacy_jobs_open", "Jobs that wait or run", ("state",))
STILL = Fact("privacy_jobs_still_seconds", "For how long nothing was done of the job that stands still longest")


def read() -> Iterator[Reading]:
    """Ask the database for all of them."""
    found = Job.objects.open().values_list("state").annotate(Count("pk")).order_by("state")
    counts = dict(found.values_list("state", "pk__count"))
    for state in (State.WAITING, State.RUNNING):
        yield Reading(OPEN, counts.get(state.value, 0), (state.value,))
    oldest = Job.objects.open().aggregate(oldest=Min("moved_at"))["oldest"]
    yield Reading(STILL, (timezone.now() - oldest).total_seconds() if oldest else 0.0)


def work_waits() -> bool:
    """Say whether tasks of jobs wait for a worker."""
    timeout = settings.PRIVACY_REDIS_TIMEOUT_SECONDS
    with Redis.from_url(settings.REDIS_URL, socket_timeout=timeout, socket_connect_timeout=timeout) as redis:
        return cast("int", redis.llen(QUEUE)) > 0


SOURCE = Source("jobs", (OPEN, STILL), read)
