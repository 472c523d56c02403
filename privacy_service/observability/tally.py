"""Counting that costs a request next to nothing: numbers gather in memory and go to Prometheus once a second.

A counter of prometheus_client shared by several processes costs two microseconds an increment, its histogram more; a
request counts a dozen things. What has not been flushed when a process dies is lost, at most one second of counts.
"""

import threading
from bisect import bisect_left
from collections import defaultdict
from typing import Protocol

from prometheus_client import Counter, Histogram

Labels = tuple[str, ...]


class Flushable(Protocol):
    """Something that holds numbers back."""

    name: str

    def flush(self) -> None:
        """Hand them to Prometheus."""


class CounterTally:
    """Counts by label values."""

    def __init__(self, name: str, documentation: str, labels: Labels = ()) -> None:
        self.name = f"{name}_total"
        self._counter = Counter(name, documentation, labels)
        self._counts: dict[Labels, int] = defaultdict(int)
        self._lock = threading.Lock()

    def add(self, *labels: str, amount: int = 1) -> None:
        """Count."""
        with self._lock:
            self._counts[labels] += amount

    def flush(self) -> None:
        """Hand what was counted to Prometheus."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(int)
        for labels, amount in counts.items():
            (self._counter.labels(*labels) if labels else self._counter).inc(amount)


class HistogramTally:
    """Distributes amounts over buckets, by label values."""

    def __init__(self, name: str, documentation: str, labels: Labels, *, buckets: tuple[float, ...]) -> None:
        self.name = name
        self._bounds = buckets
        self._histogram = Histogram(name, documentation, labels, buckets=buckets)
        self._lock = threading.Lock()
        self._start()

    def add(self, *labels: str, amount: float) -> None:
        """Put an amount into its bucket."""
        bucket = bisect_left(self._bounds, amount)
        with self._lock:
            self._counts[labels][bucket] += 1
            self._sums[labels] += amount

    def flush(self) -> None:
        """Hand the distribution to Prometheus, as its `observe` would have added each amount."""
        with self._lock:
            counts, sums = self._counts, self._sums
            self._start()
        for labels, buckets in counts.items():
            child = self._histogram.labels(*labels)
            child._sum.inc(sums[labels])  # noqa: SLF001 - there is no public way to observe many at once.
            for bucket, amount in zip(child._buckets, buckets, strict=True):  # noqa: SLF001 - as above.
                bucket.inc(amount)

    def _start(self) -> None:
        self._counts: dict[Labels, list[int]] = defaultdict(lambda: [0] * (len(self._bounds) + 1))
        self._sums: dict[Labels, float] = defaultdict(float)
