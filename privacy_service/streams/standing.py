"""How a flow stands: what its services have done, how far they are behind, and how much lies in their dead letters.

For pages: few calls, none of which waits long, and a broker that does not answer is asked once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from privacy_service.streams.addresses import expanded
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.brokers.types import Lag, dead_letters_of
from privacy_service.streams.errors import FlowError, StreamsError, Unreachable
from privacy_service.streams.models import RegisteredFlow, RegisteredTopic
from workspaces.models import Workspace

TIMEOUT_SECONDS = 2.0
MOST_SERVICES = 50  # Of one flow.
MOST_COUNTED = 100  # Where the Redis does not know how many records wait, no more than these are counted.
_KAFKA = "kafka://"
ELSEWHERE = "kafka"  # Why there are no figures: they are in the metrics.
AWAY = "away"  # The broker does not answer.


@dataclass(frozen=True, slots=True)
class Step:
    """One function of a service, and how many records it has transformed, and could not; None where unknown."""

    name: str
    succeeded: int | None = None
    failed: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One service: what it does, and how it stands as far as its broker says."""

    service: str
    sources: tuple[str, ...]
    sinks: tuple[str, ...]
    steps: tuple[Step, ...]
    lags: tuple[Lag, ...] = ()
    letters: int | None = None
    problem: str = ""

    @property
    def waiting(self) -> int:
        """Count the records that are not done."""
        return sum(lag.waiting + lag.pending for lag in self.lags)

    @property
    def age_seconds(self) -> float:
        """Return how old the oldest of them is."""
        return max((lag.age_seconds for lag in self.lags), default=0.0)

    @property
    def failed(self) -> int:
        """Count the records that some step could not transform."""
        return sum(step.failed or 0 for step in self.steps)

    @property
    def done(self) -> int | None:
        """Count the records that came to the first step; None where nothing is counted."""
        first = self.steps[0] if self.steps else Step("")
        return None if first.succeeded is None else first.succeeded + (first.failed or 0)


class Brokers:
    """The brokers of a workspace's topics, for a page: opened once each, and asked no more once one was away."""

    def __init__(self, workspace: Workspace) -> None:
        self._slug = workspace.slug
        rows = RegisteredTopic.objects.filter(workspace=workspace).values_list("name", "address")
        self._addresses: Mapping[str, str] = dict(rows)
        self._opened: dict[str, RedisBroker] = {}
        self._away: set[str] = set()

    def of(self, topic: str) -> RedisBroker:
        """Return where a topic lies; raise Unreachable, or NotHere for one on Kafka."""
        try:
            url = expanded(self._addresses.get(topic, "")) or settings.REDIS_URL
        except FlowError as error:
            raise Unreachable(str(error)) from None
        if url.startswith(_KAFKA):
            raise NotHere
        if url in self._away:
            message = "It did not answer a moment ago."
            raise Unreachable(message)
        if url not in self._opened:
            self._opened[url] = RedisBroker(url, self._slug, timeout_seconds=TIMEOUT_SECONDS, most_counted=MOST_COUNTED)
        return self._opened[url]

    def is_away(self, broker: RedisBroker) -> None:
        """Ask a broker no more."""
        self._away.add(broker.url)

    def close(self) -> None:
        """Let go of every connection."""
        for broker in self._opened.values():
            broker.close()


class NotHere(StreamsError):
    """The topic lies on Kafka, which is not asked for pages."""


@contextmanager
def brokers_of(workspace: Workspace) -> Iterator[Brokers]:
    """Return the brokers of a workspace's topics, closed in the end."""
    brokers = Brokers(workspace)
    try:
        yield brokers
    finally:
        brokers.close()


def standing_of(flow: RegisteredFlow, brokers: Brokers) -> list[Standing]:
    """Return how each service of a flow stands."""
    return [_standing(described, brokers) for described in flow.services[:MOST_SERVICES]]


def _standing(described: Mapping[str, Any], brokers: Brokers) -> Standing:
    name, sources = str(described["name"]), tuple(described["sources"])
    steps = tuple(map(str, described["steps"]))
    known = (name, sources, tuple(described["sinks"]))
    blank = tuple(map(Step, steps))
    try:
        broker = brokers.of(sources[0])
    except NotHere:
        return Standing(*known, blank, problem=ELSEWHERE)
    except Unreachable:
        return Standing(*known, blank, problem=AWAY)
    try:
        counted = tuple(Step(step, *broker.counts(name, step)) for step in steps)
        return Standing(*known, counted, tuple(broker.lag(name, sources)), broker.size(dead_letters_of(name)))
    except StreamsError:
        brokers.is_away(broker)
        return Standing(*known, blank, problem=AWAY)
