"""A worker of a service: it goes on where it can, waits where it must, and says so."""

import logging
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.conf import settings
from redis import Redis

from privacy_service.observability import metrics
from privacy_service.observability.tally import CounterTally
from privacy_service.streams import worker as of_worker
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.flow import Converter, Operator, Service, Topic, Transform
from privacy_service.streams.pipeline import Pipeline, steps_of
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble
from privacy_service.streams.worker import Place, Worker
from tests.services import free_port

CANARY = b"canary-123-45-6789"


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


def shout(records: Sequence[Record]) -> list[Outcome]:
    """Return records in capitals, and refuse what holds the canary."""
    refused = Failed(Trouble.REFUSED, "it is a canary")
    return [refused if CANARY in one.value else (Record(one.value.upper()),) for one in records]


def worker_of(
    broker: RedisBroker, function: Function = shout, *, stalled_seconds: float = 30.0, **places: object
) -> Worker:
    """Return a worker of the service `mask`, which reads `raw` and writes `masked`."""
    service = Service("mask", ("raw",), (Transform(Operator.MAP, "shout"),), ("masked",))
    pipeline = Pipeline(service, steps_of(service, [function]), readers={}, largest_bytes=1000)
    place = Place(service, broker, **({"sinks": {}} | places))  # type: ignore[arg-type]
    return Worker(place, pipeline, consumer="one", most=100, stalled_seconds=stalled_seconds)


def values(broker: RedisBroker, topic: str) -> list[bytes]:
    """Return what lies in a topic."""
    return [record.value for record in broker.browse(topic, from_beginning=True, follow=False)]


def counted(tally: CounterTally) -> Callable[[str], int]:
    """Return a function that says how much was counted for `mask` since now."""
    metrics.flush()
    before = dict(tally.flushed)

    def since(outcome: str) -> int:
        metrics.flush()
        return tally.flushed["mask", outcome] - before.get(("mask", outcome), 0)

    return since


def test_a_worker_carries_what_there_is_counts_it_and_goes_on_past_what_fails(
    broker: RedisBroker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    since = counted(metrics.stream_records)
    broker.write("raw", [Record(b"a"), Record(CANARY), Record(b"c")])

    carried = worker_of(broker).drain()

    assert carried == 3
    assert values(broker, "masked") == [b"A", b"C"]
    assert values(broker, "mask.dead-letters") == [CANARY]
    assert broker.counts("mask", "shout") == (2, 1)
    assert [since(outcome) for outcome in ("read", "written", "refused")] == [3, 2, 1]
    metrics.flush()
    assert CANARY.decode() not in caplog.text + metrics.exposition().decode()


def test_a_worker_waits_for_what_a_function_asks_and_loses_nothing(
    broker: RedisBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_worker, "BACKOFF_SECONDS", (0.0,))
    since = counted(metrics.stream_waits)
    answers = iter([False, False, True, True])

    def asks(records: Sequence[Record]) -> list[Outcome]:
        return shout(records) if next(answers) else [Failed(Trouble.UNAVAILABLE)] * len(records)

    broker.write("raw", [Record(b"a"), Record(b"b")])

    worker_of(broker, asks).drain()

    assert values(broker, "masked") == [b"A", b"B"]
    assert values(broker, "mask.dead-letters") == []
    assert since("unavailable") == 2


def test_a_worker_without_its_redis_waits_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(of_worker, "BACKOFF_SECONDS", (0.0,))
    since = counted(metrics.stream_waits)
    worker = worker_of(RedisBroker(f"redis://:{CANARY.decode()}@127.0.0.1:{free_port()}/0", "acme"))

    done = [worker.step() for _ in range(3)]

    assert done == [0, 0, 0]
    assert since("unreachable") == 3
    assert len([line for line in caplog.messages if "waits" in line]) == 1
    assert CANARY.decode() not in caplog.text


def test_what_goes_to_another_redis_is_written_there_once_however_often_it_is_tried(
    broker: RedisBroker, redis: Redis
) -> None:
    far = RedisBroker(settings.REDIS_URL, "far")
    broker.write("raw", [Record(b"a"), Record(b"b")])
    worker = worker_of(broker, sinks={"masked": far})
    worker._reader.commit = _dies  # type: ignore[assignment, method-assign]
    worker.step(wait_seconds=0)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            worker.step()
        worker._reader._own_first = True  # type: ignore[attr-defined]

    worker_of(broker, sinks={"masked": far}).drain()

    assert values(far, "masked") == [b"A", b"B"]
    assert values(broker, "masked") == []
    assert broker.counts("mask", "shout") == (2, 0)
    far.close()


def _dies(*_: object) -> None:
    raise RuntimeError


def test_a_slow_function_gets_fewer_records_at_once(broker: RedisBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_worker, "LONGEST_BATCH_SECONDS", 0.0)
    sizes: list[int] = []

    def notes(records: Sequence[Record]) -> list[Outcome]:
        sizes.append(len(records))
        return shout(records)

    broker.write("raw", [Record(b"a")] * 100)
    worker_of(broker, notes).drain()

    assert sizes[:5] == [50, 25, 12, 6, 3]
    assert sizes[-1] == 1
    assert sum(sizes) == 100


def test_a_worker_takes_over_what_a_stalled_one_had_and_sees_to_retention(broker: RedisBroker) -> None:
    since = counted(metrics.stream_records)
    keeps_one = Topic("raw", Converter.RAW, keep_records=1)
    broker.write("raw", [Record(b"%d" % number) for number in range(300)])
    stalled = broker.reader("mask", ("raw",), "stalled", stalled_seconds=30)
    stalled.read(10, 0)
    stalled.read(10, 0.1)

    worker = worker_of(broker, stalled_seconds=0.001, kept={broker: {"raw": keeps_one}})
    worker.drain()
    worker._looks_at = worker._tidies_at = 0.0
    worker.step(wait_seconds=0)

    assert since("taken-over") == 10
    assert sorted(map(int, values(broker, "masked"))) == list(range(300))
    assert len(values(broker, "raw")) < 150


def test_records_that_somebody_took_away_unfinished_are_counted_and_told(
    broker: RedisBroker, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    since = counted(metrics.stream_records)
    broker.write("raw", [Record(b"a"), Record(b"b")])
    stalled = broker.reader("mask", ("raw",), "stalled", stalled_seconds=30)
    stalled.read(10, 0)
    stalled.read(10, 0.1)
    redis.xtrim("privacy:{acme}:topic:raw", maxlen=0, approximate=False)

    worker = worker_of(broker, stalled_seconds=0.001)
    for _ in range(4):
        worker._looks_at = 0.0
        worker.step(wait_seconds=0)

    assert since("lost") == 2
    assert "before they were finished" in caplog.text
