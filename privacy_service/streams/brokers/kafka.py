"""Topics of a Kafka cluster, as an extra: the workers of a service share out partitions, each record at least once.

Outputs and dead letters are with the cluster before the group moves on. A worker that dies in between leaves records
that come again; an output carries the id of its source in the header `id`, by which whoever reads it can tell a repeat.
Counts lie on the installation's Redis and follow last: a worker killed in between leaves a batch uncounted.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)

from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.brokers.types import Batch, Lag, Letter, Made, dead_letters_of, derived
from privacy_service.streams.errors import StreamsError, Superseded, Unreachable
from privacy_service.streams.flow import Topic
from privacy_service.streams.records import Record

TIMEOUT_SECONDS = 10.0
READ_COMMITTED = {"isolation.level": "read_committed"}
_REBALANCED = (KafkaError.ILLEGAL_GENERATION, KafkaError.REBALANCE_IN_PROGRESS, KafkaError.UNKNOWN_MEMBER_ID)
_SECURE = {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"}


def configuration_of(url: str) -> dict[str, Any]:
    """Return what `kafka://user:password@host:9092,host:9092?ssl.ca.location=...` says, in librdkafka's words."""
    address = urlsplit(url)
    login, _, servers = address.netloc.rpartition("@")
    said: dict[str, Any] = {"bootstrap.servers": servers, "log_level": 0}
    if login:
        user, _, password = login.partition(":")
        said |= _SECURE | {"sasl.username": unquote(user), "sasl.password": unquote(password)}
    return said | dict(parse_qsl(address.query))


class KafkaBroker:
    """The topics of a namespace on one cluster."""

    def __init__(self, url: str, namespace: str, state: RedisBroker) -> None:
        self.url = url
        self._namespace = namespace
        self._state = state  # Where counts lie.
        self._said = configuration_of(url)
        self._producer: Producer | None = None

    def name_of(self, topic: str) -> str:
        """Return a topic's name on the cluster."""
        return f"{self._namespace}.{topic}"

    def write(self, topic: str, records: Sequence[Record]) -> int:
        """Append records and wait until the cluster has them; a record's id goes along as a header."""
        self._send([(topic, record, {"id": record.id} if record.id else {}) for record in records])
        return len(records)

    def write_letters(self, letters: Sequence[Letter]) -> None:
        """Append dead letters, each with why it is one in its headers."""
        self._send([(dead_letters_of(letter.service), letter.record, letter.headers()) for letter in letters])

    def _send(self, messages: Sequence[tuple[str, Record, Mapping[str, str]]]) -> None:
        producer = self._producer = self._producer or Producer(self._said | {"enable.idempotence": True})
        failed: list[KafkaError] = []

        def note(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                failed.append(error)

        for topic, record, headers in messages:
            _produce(
                producer, self.name_of(topic), record, [(name, said.encode()) for name, said in headers.items()], note
            )
        left = producer.flush(TIMEOUT_SECONDS)
        if failed or left:
            raise _unreachable(failed[0] if failed else None)

    def page(self, topic: str, *, after: str, most: int = 500, wait_seconds: float = 0) -> list[Record]:
        """Return the next records of a topic's only partition after an id; others are browsed."""
        with _Browsing(self, topic) as browsing:
            if len(browsing.partitions) > 1:
                message = f"Topic {topic} has several partitions, which have no order to read on in."
                raise StreamsError(message)
            browsing.seek({0: int(after.rpartition("/")[2]) + 1 if after else OFFSET_BEGINNING})
            return browsing.next(most, wait_seconds or 1.0)

    def browse(self, topic: str, *, from_beginning: bool, follow: bool) -> Iterator[Record]:
        """Return the records of a topic, each partition in order; without `follow` up to its end now."""
        with _Browsing(self, topic) as browsing:
            left = browsing.left() if from_beginning else dict.fromkeys(browsing.partitions, 0)
            start = OFFSET_BEGINNING if from_beginning else OFFSET_END
            browsing.seek(dict.fromkeys(browsing.partitions, start))
            while follow or any(left.values()):
                for record in browsing.next(500, 1.0):
                    partition = int(record.id.partition("/")[0])
                    left[partition] = left.get(partition, 0) - 1
                    if follow or left[partition] >= 0:
                        yield record
                if not follow and browsing.is_through():
                    return

    def reader(self, service: str, topics: Sequence[str], consumer: str, *, stalled_seconds: float) -> "KafkaReader":
        """Return one worker's end for a service."""
        return KafkaReader(self, self._said, service, topics, consumer, stalled_seconds=stalled_seconds)

    def counts(self, service: str, function: str) -> tuple[int, int]:
        """Return how many records a function has transformed, and how many it could not."""
        return self._state.counts(service, function)

    def count(self, service: str, made: Made) -> None:
        """Count a batch that is done."""
        self._state.add_counts(service, made.counts)

    def lag(self, service: str, topics: Sequence[str]) -> list[Lag]:
        """Return how far a service is behind on each of its topics."""
        return [self._lag(service, topic) for topic in topics]

    def _lag(self, service: str, topic: str) -> Lag:
        with _Browsing(self, topic, group=self.name_of(service)) as browsing:
            waiting = sum(browsing.left(committed=True).values())
        return Lag(service, topic, waiting, 0, 0.0)

    def tidy(self, topics: Mapping[str, Topic]) -> None:
        """Leave retention to the cluster, whose topics have settings for it."""

    def close(self) -> None:
        """Let go of the connections."""
        if self._producer:
            self._producer.flush(TIMEOUT_SECONDS)
        self._state.close()


class _Browsing:
    """Reads a topic without being one of a service's workers."""

    def __init__(self, broker: KafkaBroker, topic: str, *, group: str = "") -> None:
        said = broker._said | READ_COMMITTED  # noqa: SLF001 - a part of the broker.
        said |= {"group.id": group or f"{broker.name_of(topic)}.browsing", "enable.auto.commit": False}
        self._name = broker.name_of(topic)
        self._consumer = Consumer(said | {"enable.partition.eof": True})
        self._ended: set[int] = set()
        self.partitions: list[int] = []

    def __enter__(self) -> Self:
        try:
            found = self._consumer.list_topics(self._name, timeout=TIMEOUT_SECONDS).topics[self._name]
        except KafkaException as error:
            raise _unreachable(error.args[0]) from None
        self.partitions = sorted(found.partitions)
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def left(self, *, committed: bool = False) -> dict[int, int]:
        """Return how many records each partition holds, or holds beyond what its group has committed."""
        try:
            return {partition: self._left(partition, committed=committed) for partition in self.partitions}
        except KafkaException as error:
            raise _unreachable(error.args[0]) from None

    def _left(self, partition: int, *, committed: bool) -> int:
        at = TopicPartition(self._name, partition)
        low, high = self._consumer.get_watermark_offsets(at, timeout=TIMEOUT_SECONDS)
        if committed:
            [known] = self._consumer.committed([at], timeout=TIMEOUT_SECONDS)
            low = max(low, known.offset)
        return int(high - low)

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Read on from these offsets."""
        self._consumer.assign([TopicPartition(self._name, partition, at) for partition, at in offsets.items()])

    def next(self, most: int, seconds: float) -> list[Record]:
        """Return the next records."""
        messages = self._consumer.consume(most, timeout=seconds)
        self._ended |= {one.partition() or 0 for one in messages if _is_end(one)}
        return [_record_of(one) for one in messages if not one.error()]

    def is_through(self) -> bool:
        """Say whether every partition was read to its end."""
        return self._ended.issuperset(self.partitions)


class KafkaReader:
    """Reads as one worker of a service, with the partitions that the group gives it."""

    def __init__(  # noqa: PLR0913 - what it reads, as whom, and when it has stalled.
        self,
        broker: KafkaBroker,
        said: Mapping[str, Any],
        service: str,
        topics: Sequence[str],
        consumer: str,
        *,
        stalled_seconds: float,
    ) -> None:
        self._broker, self._service = broker, service
        self._topics = {broker.name_of(topic): topic for topic in topics}
        milliseconds = max(6000, int(stalled_seconds * 1000))
        self._consumer_said = (
            dict(said)
            | READ_COMMITTED
            | {
                "group.id": broker.name_of(service),
                "client.id": consumer,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": milliseconds,
                "max.poll.interval.ms": milliseconds * 10,
            }
        )
        self._consumer: Consumer | None = None
        self.lost = 0

    def read(self, most: int, wait_seconds: float) -> Batch:
        """Return the next records, or none after a while."""
        consumer = self._opened()
        messages = consumer.consume(most, timeout=max(wait_seconds, 0.2))
        for one in messages:
            if one.error():
                self.close()
                raise _unreachable(one.error())
        origins = [self._topics[one.topic() or ""] for one in messages]
        return Batch([_record_of(one) for one in messages], origins)

    def _opened(self) -> Consumer:
        if self._consumer is None:
            self._consumer = Consumer(self._consumer_said)
            try:
                self._consumer.list_topics(timeout=TIMEOUT_SECONDS)  # Reading alone would wait and not say so.
                self._consumer.subscribe(list(self._topics))
            except KafkaException as error:
                self.close()
                raise _unreachable(error.args[0]) from None
        return self._consumer

    def commit(self, batch: Batch, made: Made) -> None:
        """Write outputs and letters, then move the group on, then count. Superseded: others have the partitions now."""
        if self._consumer is None:
            message = "The connection was lost after the batch was read."
            raise Unreachable(message)
        for topic, records in made.outputs.items():
            if records:
                self._broker.write(topic, derived(self._service, batch, records, made.sources[topic]))
        self._broker.write_letters(made.letters)
        try:
            self._consumer.commit(offsets=_ends(batch, self._broker), asynchronous=False)
        except KafkaException as error:
            self.close()
            if error.args[0].code() in _REBALANCED:
                message = f"Another worker of {self._service} has these records now."
                raise Superseded(message) from None
            raise _unreachable(error.args[0]) from None
        self._broker.count(self._service, made)

    def put_back(self, batch: Batch) -> None:
        """Have the batch come again."""
        if self._consumer is None:
            return
        for end in _ends(batch, self._broker, first=True):
            with suppress(KafkaException):  # A partition that is no longer this worker's.
                self._consumer.seek(end)

    def take_over(self) -> int:
        """Leave that to the group, which gives the partitions of a worker that is gone to the others."""
        return 0

    def forget_the_gone(self) -> None:
        """Leave that to the group too."""

    def close(self) -> None:
        """Leave the group."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaException, RuntimeError):
                consumer.close()


def _produce(
    producer: Producer, topic: str, record: Record, headers: list[tuple[str, str | bytes | None]], told: Any
) -> None:
    """Hand a record to the producer, and wait where it has too many in hand."""
    until = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            producer.produce(topic, record.value, record.key or None, headers=headers, on_delivery=told)
        except BufferError:
            if time.monotonic() > until:
                raise _unreachable(None) from None
            producer.poll(0.1)
        except KafkaException as error:
            raise _unreachable(error.args[0]) from None
        else:
            return


def _record_of(message: Message) -> Record:
    """Return a message as a record, whose id is where it lies in its topic."""
    return Record(message.value() or b"", message.key() or b"", f"{message.partition()}/{message.offset()}")


def _ends(batch: Batch, broker: KafkaBroker, *, first: bool = False) -> list[TopicPartition]:
    """Return of each partition the offset behind its last record in a batch, or of its first."""
    offsets: dict[tuple[str, int], list[int]] = {}
    for record, topic in zip(batch.records, batch.origins, strict=True):
        partition, _, offset = record.id.partition("/")
        offsets.setdefault((broker.name_of(topic), int(partition)), []).append(int(offset))
    return [TopicPartition(*at, min(found) if first else max(found) + 1) for at, found in offsets.items()]


def _is_end(message: Message) -> bool:
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF  # noqa: SLF001 - its public name.


def _unreachable(error: KafkaError | None) -> Unreachable:
    return Unreachable(f"The Kafka cluster does not answer ({error.name() if error else 'too slow'}).")
