"""What a broker must be able to do: keep topics, hand a service its records, and take what became of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from privacy_service.streams.flow import Topic
from privacy_service.streams.records import Failed, Record


@dataclass(frozen=True, slots=True)
class Batch:
    """Records as a service read them: whatever becomes of them is written as a whole."""

    records: Sequence[Record]
    origins: Sequence[str]  # Of each record, its topic.
    spent: frozenset[str] = frozenset()  # Ids of records that have ended the worker which had them too often.


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that could not be transformed, as it was, and why."""

    record: Record
    service: str
    function: str
    origin: str
    failed: Failed

    def headers(self) -> dict[str, str]:
        """Return what stands beside the value in the dead letters."""
        return {
            "service": self.service,
            "function": self.function,
            "trouble": self.failed.trouble,
            "words": self.failed.words,
            "source": f"{self.origin}/{self.record.id}",
        }


@dataclass(frozen=True, slots=True)
class Head:
    """What stands beside a dead letter: where it came from, what could not be done and why; nothing of its value."""

    id: str
    function: str
    trouble: str
    words: str
    origin: str


@dataclass(slots=True)
class Made:
    """What a service made of a batch."""

    outputs: dict[str, list[Record]] = field(default_factory=dict)  # By sink.
    sources: dict[str, list[int]] = field(default_factory=dict)  # Of each of them, which record of the batch it is of.
    letters: list[Letter] = field(default_factory=list)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)  # By function: succeeded, failed.


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a service is behind on one topic."""

    service: str
    topic: str
    waiting: int  # Never handed to a worker.
    pending: int  # Handed to one, and not acknowledged.
    age_seconds: float  # Of the oldest record that is not done; 0 where all are.


class Reader(Protocol):
    """One worker's end of the topics that its service reads."""

    lost: int  # Records that somebody took out of a topic before they were finished.

    def read(self, most: int, wait_seconds: float) -> Batch:
        """Return the next records, or none after a while; what this worker had and did not finish comes first."""
        ...

    def commit(self, batch: Batch, made: Made) -> None:
        """Write the outputs for topics of this broker, the letters and the counts, and acknowledge the batch.

        All of it or nothing happens. Superseded: nothing of it did, since another worker has the batch.
        """
        ...

    def put_back(self, batch: Batch) -> None:
        """Have the batch come again, and not count against it that it was tried."""
        ...

    def take_over(self) -> int:
        """Take over what stalled workers had; it comes with the next reads."""
        ...

    def forget_the_gone(self) -> None:
        """Forget workers that have ended long ago and left nothing."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Broker(Protocol):
    """Where topics lie."""

    url: str

    def write(self, topic: str, records: Sequence[Record]) -> int:
        """Append records and return how many were new: a record whose id was written before is a repeat."""
        ...

    def page(self, topic: str, *, after: str, most: int = 500, wait_seconds: float = 0) -> list[Record]:
        """Return the next records after an id ("" is the beginning), at once or once there are some."""
        ...

    def browse(self, topic: str, *, from_beginning: bool, follow: bool) -> Iterator[Record]:
        """Return the records of a topic as they lie there; without `follow` it ends at what is the end now."""
        ...

    def reader(self, service: str, topics: Sequence[str], consumer: str, *, stalled_seconds: float) -> Reader:
        """Return one worker's end for a service."""
        ...

    def counts(self, service: str, function: str) -> tuple[int, int]:
        """Return how many records a function has transformed, and how many it could not."""
        ...

    def lag(self, service: str, topics: Sequence[str]) -> list[Lag]:
        """Return how far a service is behind on each of its topics."""
        ...

    def tidy(self, topics: Mapping[str, Topic]) -> None:
        """Let go of what the topics' retention no longer keeps; of what is unfinished only where it says so."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


def dead_letters_of(service: str) -> str:
    """Return the topic that holds what a service could not transform."""
    return f"{service}.dead-letters"


def derived(service: str, batch: Batch, records: Sequence[Record], sources: Sequence[int]) -> list[Record]:
    """Return records with ids made from those of their sources, so that a sink elsewhere can tell a repeat."""
    seen: dict[int, int] = {}
    named = []
    for record, at in zip(records, sources, strict=True):
        count = seen[at] = seen.get(at, 0) + 1
        source = f"{service}:{batch.origins[at]}/{batch.records[at].id}"
        named.append(Record(record.value, record.key, f"{source}#{count}" if count > 1 else source, record.to))
    return named
