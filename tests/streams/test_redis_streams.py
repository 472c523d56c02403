"""What a service takes from a Redis stream, and what becomes of it: all of it or nothing, and once."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from django.conf import settings
from redis import Redis

from privacy_service.streams.brokers import redis_reader
from privacy_service.streams.brokers.redis_reader import RedisReader
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.brokers.types import Batch, Letter, Made
from privacy_service.streams.errors import Superseded, Unreachable
from privacy_service.streams.flow import Converter, Topic
from privacy_service.streams.records import Failed, Record, Trouble

STALLED_SECONDS = 0.05


@pytest.fixture
def redis() -> Iterator[Redis]:
    """Return the Redis of this run, with nothing in it."""
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client


@pytest.fixture
def broker(redis: Redis) -> Iterator[RedisBroker]:
    """Return the topics of acme."""
    broker = RedisBroker(settings.REDIS_URL, "acme")
    yield broker
    broker.close()


def reader_of(broker: RedisBroker, consumer: str = "one", *, topics: tuple[str, ...] = ("raw",)) -> RedisReader:
    """Return a worker of the service `mask`."""
    return broker.reader("mask", topics, consumer, stalled_seconds=STALLED_SECONDS)


def values(broker: RedisBroker, topic: str) -> list[bytes]:
    """Return what lies in a topic."""
    return [record.value for record in broker.browse(topic, from_beginning=True, follow=False)]


def made_of(batch: Batch, **counts: tuple[int, int]) -> Made:
    """Return a batch in capitals, for the topic `masked`."""
    outputs = [Record(record.value.upper(), record.key) for record in batch.records]
    return Made(outputs={"masked": outputs}, counts=counts)


def records(*texts: str) -> list[Record]:
    """Return records as somebody produces them."""
    return [Record(text.encode()) for text in texts]


def wait_until_stalled() -> None:
    """Wait for as long as makes a worker stalled."""
    import time  # noqa: PLC0415 - for this alone.

    time.sleep(2 * STALLED_SECONDS)


def test_what_is_committed_is_written_counted_and_never_read_again(broker: RedisBroker, redis: Redis) -> None:
    broker.write("raw", [Record(b"a", b"key"), Record(b"b")])
    reader = reader_of(broker)
    assert list(reader.read(10, 0).records) == []
    batch = reader.read(10, 0.1)

    reader.commit(batch, made_of(batch, shout=(2, 0)))

    [a, b] = broker.browse("masked", from_beginning=True, follow=False)
    assert [(a.value, a.key), (b.value, b.key)] == [(b"A", b"key"), (b"B", b"")]
    assert broker.counts("mask", "shout") == (2, 0)
    assert redis.xpending("privacy:{acme}:topic:raw", "mask")["pending"] == 0
    assert list(reader.read(10, 0.01).records) == []


def test_a_worker_that_comes_back_gets_what_it_had_before_anything_new(broker: RedisBroker) -> None:
    broker.write("raw", records("a", "b"))
    read(reader_of(broker))
    broker.write("raw", records("c"))
    again = reader_of(broker)

    first = again.read(10, 0)
    again.commit(first, made_of(first))
    rest = read(again)

    assert [record.value for record in first.records] == [b"a", b"b"]
    assert [record.value for record in rest.records] == [b"c"]


def read(reader: RedisReader) -> Batch:
    """Return the next records that there are."""
    for _ in range(3):
        if (batch := reader.read(10, 0.05)).records:
            return batch
    return batch


def test_what_another_worker_took_over_is_written_by_that_one_alone(broker: RedisBroker) -> None:
    broker.write("raw", records("a", "b", "c"))
    stalled, quick = reader_of(broker, "stalled"), reader_of(broker, "quick")
    old = read(stalled)
    read(quick)
    wait_until_stalled()

    taken = quick.take_over()
    new = read(quick)
    with pytest.raises(Superseded):
        stalled.commit(old, made_of(old, shout=(3, 0)))
    quick.commit(new, made_of(new, shout=(3, 0)))
    with pytest.raises(Superseded):
        stalled.put_back(old)

    assert taken == 3
    assert values(broker, "masked") == [b"A", b"B", b"C"]
    assert broker.counts("mask", "shout") == (3, 0)
    assert list(read(stalled).records) == []


def test_a_stalled_worker_that_wakes_goes_on_with_what_is_still_its_own(broker: RedisBroker) -> None:
    broker.write("raw", records(*"abc"))
    stalled, quick = reader_of(broker, "stalled"), reader_of(broker, "quick")
    read(stalled)
    read(quick)
    wait_until_stalled()
    quick.take_over()
    late = read(quick)

    broker.write("raw", records("d"))
    with pytest.raises(Superseded):
        stalled.commit(late, made_of(late))
    own = read(stalled)
    stalled.commit(own, made_of(own))
    quick.commit(late, made_of(late))

    assert sorted(values(broker, "masked")) == [b"A", b"B", b"C", b"D"]


def test_a_worker_that_is_alive_is_not_robbed(broker: RedisBroker) -> None:
    broker.write("raw", records("a"))
    alive = broker.reader("mask", ("raw",), "alive", stalled_seconds=60)
    other = broker.reader("mask", ("raw",), "other", stalled_seconds=60)
    batch = read(alive)
    read(other)

    assert other.take_over() == 0
    alive.commit(batch, made_of(batch))


def test_a_record_that_ends_its_workers_is_taken_alone_and_in_the_end_given_up(
    broker: RedisBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_reader, "MOST_DELIVERIES", 4)
    broker.write("raw", records("a", "poison", "c"))
    read(reader_of(broker, "0"))
    had: list[list[bytes]] = []
    spent: list[int] = []
    for name in "1234567":
        wait_until_stalled()
        worker = reader_of(broker, name)
        read(worker)
        worker.take_over()
        batch = read(worker)
        had.append([record.value for record in batch.records])
        spent.append(len(batch.spent))
        if b"poison" not in had[-1] or batch.spent:
            worker.commit(batch, made_of(batch))

    assert had[:2] == [[b"a", b"poison", b"c"]] * 2
    assert all(len(one) <= 1 for one in had[2:])
    assert spent[-1] == 0
    assert sum(spent) == 1
    assert sorted(values(broker, "masked")) == [b"A", b"C", b"POISON"]


def test_a_batch_that_is_put_back_comes_again_and_does_not_grow_old(broker: RedisBroker, redis: Redis) -> None:
    broker.write("raw", records("a"))
    reader = reader_of(broker)
    batch = read(reader)

    for _ in range(20):
        reader.put_back(batch)
        batch = read(reader)

    [pending] = redis.xpending_range("privacy:{acme}:topic:raw", "mask", "-", "+", 10)
    assert [record.value for record in batch.records] == [b"a"]
    assert pending["times_delivered"] == 1


def test_several_topics_are_read_and_acknowledged_together(broker: RedisBroker, redis: Redis) -> None:
    broker.write("raw", records("a"))
    broker.write("more", records("b"))
    reader = reader_of(broker, topics=("raw", "more"))

    batch = read(reader)
    reader.commit(batch, made_of(batch))

    assert list(batch.origins) == ["raw", "more"]
    assert values(broker, "masked") == [b"A", b"B"]
    assert [redis.xpending(f"privacy:{{acme}}:topic:{name}", "mask")["pending"] for name in ("raw", "more")] == [0, 0]


def test_a_letter_holds_the_record_as_it_was_and_why(broker: RedisBroker, redis: Redis) -> None:
    broker.write("raw", records("a"))
    reader = reader_of(broker)
    batch = read(reader)

    letter = Letter(batch.records[0], "mask", "shout", "raw", Failed(Trouble.REFUSED, "it is too quiet"))
    reader.commit(batch, Made(letters=[letter], counts={"shout": (0, 1)}))

    [(_, fields)] = list(redis.xrange("privacy:{acme}:topic:mask.dead-letters") or [])
    assert fields == {
        b"v": b"a",
        b"k": b"",
        b"service": b"mask",
        b"function": b"shout",
        b"trouble": b"refused",
        b"words": b"it is too quiet",
        b"source": f"raw/{batch.records[0].id}".encode(),
    }


def test_a_sink_elsewhere_drops_repeats(broker: RedisBroker) -> None:
    once = [Record(b"A", id="mask:raw/1-0"), Record(b"B", id="mask:raw/2-0")]

    assert broker.write("masked", once) == 2
    assert broker.write("masked", [*once, Record(b"C", id="mask:raw/3-0")]) == 1
    assert values(broker, "masked") == [b"A", b"B", b"C"]


def test_a_lost_redis_begins_anew(broker: RedisBroker, redis: Redis) -> None:
    reader = reader_of(broker)
    read(reader)
    redis.flushdb()
    broker.write("raw", records("a"))

    batch = read(reader)
    reader.commit(batch, made_of(batch))

    assert values(broker, "masked") == [b"A"]


def test_a_connection_may_break_as_often_as_it_likes(broker: RedisBroker, redis: Redis) -> None:
    for number in range(150):
        redis.client_kill_filter(_type="normal", skipme=True)
        with suppress(Unreachable):
            broker.write("raw", records(str(number)))
        broker.write("raw", records(str(number)))

    assert len(values(broker, "raw")) >= 150


def test_entries_of_other_producers_are_objects_of_their_fields(broker: RedisBroker, redis: Redis) -> None:
    redis.xadd("privacy:{acme}:topic:raw", {"name": "alice", "ssn": "123-45-6789"})
    redis.xadd("privacy:{acme}:topic:raw", {"x": "1", "v": "the value"})

    assert values(broker, "raw") == [b'{"name":"alice","ssn":"123-45-6789"}', b"the value"]


def test_what_somebody_took_away_unread_is_let_go_and_counted(broker: RedisBroker, redis: Redis) -> None:
    broker.write("raw", records("a", "b"))
    read(reader_of(broker))
    redis.xtrim("privacy:{acme}:topic:raw", maxlen=1, approximate=False)
    again = reader_of(broker)

    batch = read(again)

    assert [record.value for record in batch.records] == [b"b"]
    assert again.lost == 1


def test_retention_takes_the_oldest_and_nothing_that_a_service_has_yet_to_finish(broker: RedisBroker) -> None:
    keeps_few = Topic("raw", Converter.RAW, keep_records=100)
    broker.write("raw", records(*(str(number) for number in range(1000))))
    reader = reader_of(broker)
    batch = read(reader)
    broker.tidy({"raw": keeps_few})
    untouched = len(values(broker, "raw"))

    while batch.records:
        reader.commit(batch, made_of(batch))
        batch = read(reader)
    broker.tidy({"raw": keeps_few, "masked": Topic("masked", Converter.RAW)})

    assert untouched == 1000
    assert 100 <= len(values(broker, "raw")) < 250
    assert values(broker, "raw")[-1] == b"999"
    assert len(values(broker, "masked")) == 1000


def test_retention_by_age_waits_for_services_too(broker: RedisBroker) -> None:
    old = Topic("raw", Converter.RAW, keep_seconds=0)
    broker.write("raw", records("a", "b"))
    reader = reader_of(broker)
    batch = read(reader)
    wait_until_stalled()
    broker.tidy({"raw": old})
    before = values(broker, "raw")

    reader.commit(batch, made_of(batch))
    broker.tidy({"raw": old})

    assert before == [b"a", b"b"]
    assert values(broker, "raw") == [b"b"]  # Where the service stands is kept.


def test_retention_takes_what_is_unfinished_only_where_a_topic_says_so(broker: RedisBroker) -> None:
    broker.write("raw", records(*(str(number) for number in range(1000))))
    reader = reader_of(broker)
    read(reader)

    broker.tidy({"raw": Topic("raw", Converter.RAW, keep_records=100, keeps_unfinished=False)})
    again = reader_of(broker)
    again.read(500, 0)

    assert len(values(broker, "raw")) < 250
    assert again.lost == 10


def test_lag_says_what_waits_and_what_is_being_worked_on(broker: RedisBroker) -> None:
    broker.write("raw", records(*"abcde"))
    [never] = broker.lag("mask", ["raw"])
    reader = reader_of(broker)
    reader.read(10, 0)
    reader.read(2, 0.1)

    [lag] = broker.lag("mask", ["raw"])

    assert (never.waiting, never.pending) == (5, 0)
    assert (lag.waiting, lag.pending) == (3, 2)
    assert 0 <= lag.age_seconds < 10
    [nothing] = broker.lag("mask", ["no-such"])
    assert replace(nothing, age_seconds=0) == replace(nothing, waiting=0, pending=0)


def test_browsing_stops_at_what_was_the_end(broker: RedisBroker) -> None:
    broker.write("raw", records("a", "b"))
    seen = []
    for record in broker.browse("raw", from_beginning=True, follow=False):
        seen.append(record.value)
        broker.write("raw", records("late"))

    assert seen[:2] == [b"a", b"b"]
    assert list(broker.browse("raw", from_beginning=False, follow=False)) == []
    assert list(broker.browse("nothing", from_beginning=True, follow=False)) == []
