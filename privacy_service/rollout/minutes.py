"""What the gates read: each server process writes once a minute what it counted, one row, beside its answers.

Prometheus keeps what a host counted since it started, and only there; the release needs what every host counted in
the last minutes. A process whose row cannot be written adds that time to its next one. No request asks anything here.
"""

import socket
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import zip_longest

from django.db.models import Sum
from django.utils import timezone

from privacy_service.observability import metrics
from privacy_service.rollout.models import Minute

KEPT = timedelta(days=2)
_SERVER_ERROR = "5"
_NOT_OURS = "upstream"  # What a backend behind the gateway answers says nothing about this service.


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything that a process has counted since it started, or the difference between two such moments."""

    requests: int = 0
    errors: int = 0
    fail_closed: int = 0
    seconds: tuple[int, ...] = ()
    sampled: int = 0
    dropped: int = 0
    broken: int = 0
    leaks: int = 0

    def since(self, earlier: "Counts") -> "Counts":
        """Return what came on top."""
        seconds = zip_longest(self.seconds, earlier.seconds, fillvalue=0)
        return Counts(
            max(0, self.requests - earlier.requests),
            max(0, self.errors - earlier.errors),  # A refusal may be counted as one before it is taken off again.
            self.fail_closed - earlier.fail_closed,
            tuple(now - then for now, then in seconds),
            self.sampled - earlier.sampled,
            self.dropped - earlier.dropped,
            self.broken - earlier.broken,
            self.leaks - earlier.leaks,
        )


class Process:
    """This process, and what it has written so far."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        self._written = Counts()

    def write(self) -> None:
        """Write what was counted since the last row; where that fails the next row holds it too."""
        metrics.flush()
        now = counted()
        new = now.since(self._written)
        fields = {name: getattr(new, name) for name in Counts.__slots__ if name != "seconds"}
        host = socket.gethostname()[:64]
        Minute.objects.create(host=host, process=self.name, seconds=list(new.seconds), **fields)
        self._written = now


@cache
def this_process() -> Process:
    """Return the writer of this process."""
    return Process()


def write() -> None:
    """Write this process's row."""
    this_process().write()


def counted() -> Counts:
    """Return what this process has counted since it started.

    Who was refused at the door was not answered at all: anybody can ask for more than is borne, without a key even, and
    must not move the release by it.
    """
    refused = metrics.shed.flushed.total()
    requests, shadow = dict(metrics.requests.flushed), dict(metrics.shadow_requests.flushed)
    seconds = dict(metrics.stage_seconds.flushed.get(("all",), {}))
    return Counts(
        requests=sum(requests.values()) - refused,
        errors=sum(
            amount
            for (endpoint, status), amount in requests.items()
            if status.startswith(_SERVER_ERROR) and endpoint != _NOT_OURS
        )
        - refused,
        fail_closed=metrics.fail_closed.flushed.total(),
        seconds=tuple(seconds.get(bucket, 0) for bucket in range(len(metrics.stage_seconds.bounds) + 1)),
        sampled=shadow.get(("masked",), 0) + shadow.get(("not-masked",), 0),
        dropped=shadow.get(("dropped",), 0) + shadow.get(("too-slow",), 0),
        broken=shadow.get(("broken",), 0),
        leaks=metrics.shadow_leaks.flushed.total(),
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all processes together counted in a window."""

    counts: Counts
    processes: int
    hosts: int


def evidence(since: datetime) -> Evidence:
    """Add up what every process has written since a moment."""
    rows = list(Minute.objects.filter(until__gt=since))
    numbers = {name: sum(getattr(row, name) for row in rows) for name in Counts.__slots__ if name != "seconds"}
    seconds = tuple(map(sum, zip_longest(*(row.seconds for row in rows), fillvalue=0)))
    total = Counts(seconds=seconds, **numbers)
    return Evidence(total, len({row.process for row in rows}), len({row.host for row in rows}))


def samples() -> int:
    """Return how many requests shadow has looked at in all that is kept."""
    kept: int | None = Minute.objects.aggregate(sum=Sum("sampled"))["sum"]
    return kept or 0


def prune() -> int:
    """Forget rows that no gate looks at any more and return how many there were."""
    return Minute.objects.filter(until__lt=timezone.now() - KEPT).delete()[0]


def quantile(buckets: tuple[int, ...], share: float) -> float | None:
    """Return the time below which this share of requests stayed, within its bucket by rule of three; None for none."""
    bounds = (*metrics.stage_seconds.bounds, float("inf"))
    wanted, seen, lower = sum(buckets) * share, 0, 0.0
    for bound, amount in zip(bounds, buckets, strict=False):
        if amount and seen + amount >= wanted:
            return lower + (bound - lower) * (wanted - seen) / amount if bound != bounds[-1] else bound
        seen, lower = seen + amount, bound
    return None
