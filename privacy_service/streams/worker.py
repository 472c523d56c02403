"""One worker of one service: read, transform, write and acknowledge, until it is asked to stop."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic, perf_counter

from privacy_service.observability import metrics
from privacy_service.observability.logging import logger_named
from privacy_service.streams.brokers.types import Batch, Broker, Made, Reader, derived
from privacy_service.streams.errors import Superseded, Unavailable, Unreachable
from privacy_service.streams.flow import Service, Topic

logger = logger_named(__name__)

WAIT_SECONDS = 1.0
LOOK_SECONDS = 1.0
LONGEST_BATCH_SECONDS = 1.0  # A batch that takes longer makes the next one smaller, so that no worker seems to stall.
BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
TIDY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """A service with the brokers that its topics lie on."""

    service: Service
    source: Broker
    sinks: Mapping[str, Broker]  # Those elsewhere than its sources.
    kept: Mapping[Broker, Mapping[str, Topic]] = field(default_factory=dict)  # Topics whose retention it sees to.


class Worker:
    """Carries the records of one service."""

    def __init__(
        self,
        place: Place,
        pipeline: Callable[[Batch], Made],
        *,
        consumer: str,
        most: int,
        stalled_seconds: float,
    ) -> None:
        self._place, self._pipeline = place, pipeline
        self._name = place.service.name
        self._reader: Reader = place.source.reader(
            self._name, place.service.sources, consumer, stalled_seconds=stalled_seconds
        )
        self._most, self._now = most, min(most, 50)
        self._stopping = threading.Event()
        self._failures = 0
        self._looks_at = self._tidies_at = 0.0

    def stop(self) -> None:
        """Have it end once what it has is done."""
        self._stopping.set()

    def run(self) -> None:
        """Go on until it is asked to stop."""
        try:
            while not self._stopping.is_set():
                self.step()
        finally:
            self.close()

    def drain(self) -> int:
        """Go on until nothing is left, and return how many records it carried."""
        carried = 0
        while not self._stopping.is_set():
            done = self.step(wait_seconds=0.0)
            carried += done
            if not done and not self._failures and self._is_through():
                break
        return carried

    def close(self) -> None:
        """Let go of what it holds."""
        metrics.flush()
        self._reader.close()

    def step(self, *, wait_seconds: float = WAIT_SECONDS) -> int:
        """Carry one batch, and return how many records it had; wait where it cannot go on."""
        try:
            done = self._carry(wait_seconds)
        except Superseded:
            metrics.stream_waits.add(self._name, "superseded")
            return 0
        except (Unreachable, Unavailable) as error:
            self._wait(error)
            return 0
        self._failures = 0
        return done

    def _is_through(self) -> bool:
        """Say whether nothing is left, for the others too."""
        lags = self._place.source.lag(self._name, self._place.service.sources)
        if any(lag.waiting or lag.pending for lag in lags):
            self._stopping.wait(0.05)
            return False
        return True

    def _carry(self, wait_seconds: float) -> int:
        if monotonic() >= self._looks_at:
            self._look_around()
        batch = self._reader.read(self._now, wait_seconds)
        self._note_lost()
        if not batch.records:
            return 0
        read = perf_counter()
        try:
            made = self._pipeline(batch)
        except Unavailable:
            self._reader.put_back(batch)
            raise
        transformed = perf_counter()
        self._count(batch, made)
        self._deliver(batch, made)
        ended = perf_counter()
        for stage, seconds in (("transform", transformed - read), ("write", ended - transformed)):
            metrics.stream_batch_seconds.add(self._name, stage, amount=seconds)
        self._fit(ended - read)  # What was waited for in reading is no work.
        return len(batch.records)

    def _note_lost(self) -> None:
        lost, self._reader.lost = self._reader.lost, 0
        if lost:
            metrics.stream_records.add(self._name, "lost", amount=lost)
            logger.error(
                "Records were taken out of their topic before they were finished", service=self._name, count=lost
            )

    def _deliver(self, batch: Batch, made: Made) -> None:
        """Write elsewhere first: a repeat can be told there, what was never written cannot be had again."""
        for topic, broker in self._place.sinks.items():
            records = made.outputs.pop(topic, [])
            if records:
                broker.write(topic, derived(self._name, batch, records, made.sources[topic]))
        self._reader.commit(batch, made)

    def _fit(self, seconds: float) -> None:
        """Take as many records at once as take about half of what a batch may."""
        if seconds > LONGEST_BATCH_SECONDS:
            self._now = max(1, self._now // 2)
        elif seconds < LONGEST_BATCH_SECONDS / 4:
            self._now = min(self._most, self._now * 2)

    def _count(self, batch: Batch, made: Made) -> None:
        metrics.stream_records.add(self._name, "read", amount=len(batch.records))
        metrics.stream_records.add(self._name, "written", amount=sum(map(len, made.outputs.values())))
        for letter in made.letters:
            metrics.stream_records.add(self._name, letter.failed.trouble)

    def _look_around(self) -> None:
        """Take over what stalled workers had, and see to retention."""
        self._looks_at = monotonic() + LOOK_SECONDS
        metrics.flush()
        taken = self._reader.take_over()
        if taken:
            metrics.stream_records.add(self._name, "taken-over", amount=taken)
            logger.info("Records of a worker that had stalled were taken over", service=self._name, count=taken)
        if monotonic() < self._tidies_at:
            return
        self._tidies_at = monotonic() + TIDY_SECONDS
        self._reader.forget_the_gone()
        for broker, topics in self._place.kept.items():
            broker.tidy(topics)

    def _wait(self, error: Exception) -> None:
        """Wait longer each time."""
        seconds = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
        if not self._failures:
            logger.warning("A service waits and tries again", service=self._name, reason=_kind(error))
        self._failures += 1
        metrics.stream_waits.add(self._name, _kind(error))
        metrics.flush()
        self._stopping.wait(seconds)


def _kind(error: Exception) -> str:
    return type(error).__name__.lower()
