"""Topics of a Kafka cluster: librdkafka's own small cluster speaks the real protocol, with groups and their offsets."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition
from django.conf import settings
from redis import Redis

from privacy_service.streams.brokers.kafka import KafkaBroker, KafkaReader, configuration_of
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.brokers.types import Batch, Letter, Made
from privacy_service.streams.errors import Unreachable
from privacy_service.streams.records import Failed, Record, Trouble
from tests.services import free_port


@pytest.fixture(scope="module")
def cluster() -> Producer:
    """Return the client in which the cluster lives."""
    return Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1, "log_level": 0})


@pytest.fixture
def broker(cluster: Producer, request: pytest.FixtureRequest) -> Iterator[KafkaBroker]:
    """Return the topics of a namespace of this test's own, whose counts are on the Redis of this run."""
    [server] = cluster.list_topics(timeout=10).brokers.values()
    name = request.node.name.removeprefix("test_")
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    broker = KafkaBroker(f"kafka://{server.host}:{server.port}", name, RedisBroker(settings.REDIS_URL, name))
    yield broker
    broker.close()


def reader_of(broker: KafkaBroker, consumer: str = "one") -> KafkaReader:
    """Return a worker of the service `mask`."""
    return broker.reader("mask", ("raw",), consumer, stalled_seconds=6)


def read(reader: KafkaReader) -> Batch:
    """Return the next records that there are; a group takes some seconds to come together."""
    for _ in range(40):
        if (batch := reader.read(10, 0.5)).records:
            return batch
    return batch


def values(broker: KafkaBroker, topic: str) -> list[bytes]:
    """Return what lies in a topic."""
    return sorted(record.value for record in broker.browse(topic, from_beginning=True, follow=False))


def test_what_was_not_committed_comes_again_and_what_was_never_does(broker: KafkaBroker) -> None:
    broker.write("raw", [Record(b"a", b"key"), Record(b"b", b"key"), Record(b"bad", b"key")])
    with closing(reader_of(broker)) as reader:
        reader.put_back(read(reader))
        batch = read(reader)
        outputs = [Record(record.value.upper(), record.key) for record in batch.records[:2]]
        letter = Letter(batch.records[2], "mask", "shout", "raw", Failed(Trouble.REFUSED, "it is bad"))
        [before] = broker.lag("mask", ["raw"])
        reader.commit(batch, Made({"masked": outputs}, {"masked": [0, 1]}, [letter], {"shout": (2, 1)}))
        [after] = broker.lag("mask", ["raw"])

    assert [record.value for record in batch.records] == [b"a", b"b", b"bad"]
    assert (before.waiting, after.waiting) == (3, 0)
    assert values(broker, "masked") == [b"A", b"B"]
    assert broker.counts("mask", "shout") == (2, 1)
    ids = [headers(message)["id"] for message in messages(broker, "masked", 2)]
    assert ids == [f"mask:raw/{record.id}".encode() for record in batch.records[:2]]
    [dead] = messages(broker, "mask.dead-letters", 1)
    assert dead.value() == b"bad"
    assert headers(dead) | {"source": b""} == {
        "service": b"mask",
        "function": b"shout",
        "trouble": b"refused",
        "words": b"it is bad",
        "source": b"",
    }


def messages(broker: KafkaBroker, topic: str, count: int) -> list[Message]:
    """Return the first messages of a topic as they lie on the cluster."""
    said = configuration_of(broker.url) | {"group.id": "looks"}
    with closing(Consumer(said)) as consumer:
        found = consumer.list_topics(broker.name_of(topic), timeout=10).topics[broker.name_of(topic)]
        consumer.assign([TopicPartition(broker.name_of(topic), at, OFFSET_BEGINNING) for at in found.partitions])
        return consumer.consume(count, timeout=10)


def headers(message: Message) -> dict[str, bytes]:
    """Return a message's headers."""
    pairs: list[tuple[str, bytes]] = list(message.headers() or [])  # type: ignore[arg-type]
    return dict(pairs)


def test_a_cluster_that_is_not_there_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy_service.streams.brokers.kafka.TIMEOUT_SECONDS", 0.3)
    nobody = KafkaBroker(
        f"kafka://user:canary@127.0.0.1:{free_port()}?security.protocol=SASL_PLAINTEXT",
        "acme",
        RedisBroker(settings.REDIS_URL, "acme"),
    )

    for act in (
        lambda: nobody.write("raw", [Record(b"a")]),
        lambda: reader_of(nobody).read(1, 0),
        lambda: nobody.lag("mask", ["raw"]),
    ):
        with pytest.raises(Unreachable, match="Kafka cluster does not answer") as refused:
            act()
        assert "canary" not in str(refused.value)


def test_an_address_says_where_who_and_what_else() -> None:
    url = "kafka://me:pass%2Fword@one:9092,two:9092?ssl.ca.location=/etc/ca.pem"

    assert configuration_of(url) == {
        "bootstrap.servers": "one:9092,two:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "me",
        "sasl.password": "pass/word",
        "ssl.ca.location": "/etc/ca.pem",
        "log_level": 0,
    }
    assert configuration_of("kafka://one:9092") == {"bootstrap.servers": "one:9092", "log_level": 0}
