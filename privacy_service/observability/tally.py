"""Counting that costs a request next to nothing: numbers gather in memory and go to Prometheus once a second.

A counter of prometheus_client shared by several processes costs two microseconds an increment, its histogram more; a
request counts a dozen things. What has not been flushed when a process dies is lost, at most one second of counts.
"""

import threading
from bisect import bisect_left
from collections import Counter as Counts
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Protocol

from prometheus_client import Counter, Histogram

Labels = tuple[str, ...]

# A process that nobody tells to flush, such as a command, hands on what it has counted once it is so much.
MOST_NOTED = 10_000


class Flushable(Protocol):
    """Something that holds numbers back."""

    name: str

    def flush(self) -> None:
        """Hand them to Prometheus."""


class _Noted(deque[tuple[Labels, float]]):
    """What was counted and not yet handed on; adding to it and taking from it need no lock of ours."""

    def taken(self) -> Iterator[tuple[Labels, float]]:
        """Take what is there; what other threads add meanwhile stays for the next time."""
        for _ in range(len(self)):
            try:
                yield self.popleft()
            except IndexError:  # Another thread takes too.
                return


class CounterTally:
    """Counts by label values."""

    def __init__(self, name: str, documentation: str, labels: Labels = ()) -> None:
        self.name = f"{name}_total"
        self._counter = Counter(name, documentation, labels)
        self._noted = _Noted()
        self.flushed: Counts[Labels] = Counts()  # By this process, since it started.
        self._lock = threading.Lock()

    def add(self, *labels: str, amount: int = 1) -> None:
        """Count."""
        self._noted.append((labels, amount))
        if len(self._noted) >= MOST_NOTED:
            self.flush()

    def flush(self) -> None:
        """Hand what was counted to Prometheus."""
        counts: dict[Labels, float] = defaultdict(float)
        for (labels, amount), times in Counts(self._noted.taken()).items():
            counts[labels] += amount * times
        for labels, amount in counts.items():
            with self._lock:
                self.flushed[labels] += int(amount)
            (self._counter.labels(*labels) if labels else self._counter).inc(amount)


class HistogramTally:
    """Distributes amounts over buckets, by label values."""

    def __init__(self, name: str, documentation: str, labels: Labels, *, buckets: tuple[float, ...]) -> None:
        self.name = name
        self.bounds = buckets
        self.flushed: dict[Labels, Counts[int]] = defaultdict(Counts)  # By bucket, as above; the last has no bound.
        self._lock = threading.Lock()
        self._histogram = Histogram(name, documentation, labels, buckets=buckets)
        self._noted = _Noted()

    def add(self, *labels: str, amount: float) -> None:
        """Put an amount into its bucket."""
        self._noted.append((labels, amount))
        if len(self._noted) >= MOST_NOTED:
            self.flush()

    def add_all(self, amounts: Iterable[tuple[Labels, float]]) -> None:
        """Put several amounts into their buckets, for less than one call each."""
        self._noted.extend(amounts)
        if len(self._noted) >= MOST_NOTED:
            self.flush()

    def flush(self) -> None:
        """Hand the distribution to Prometheus, as its `observe` would have added each amount."""
        amounts: dict[Labels, list[float]] = defaultdict(list)
        for labels, amount in self._noted.taken():
            amounts[labels].append(amount)
        for labels, observed in amounts.items():
            child = self._histogram.labels(*labels)
            child._sum.inc(sum(observed))  # noqa: SLF001 - there is no public way to observe many at once.
            buckets = Counts(bisect_left(self.bounds, amount) for amount in observed)
            with self._lock:
                self.flushed[labels].update(buckets)
            for bucket, count in buckets.items():
                child._buckets[bucket].inc(count)  # noqa: SLF001 - as above.
