"""Metrics: cheap to count, the same as Prometheus would have counted."""

import re
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Histogram

from privacy_service.observability import metrics
from privacy_service.observability.tally import CounterTally, HistogramTally

BUCKETS = (0.001, 0.01, 0.1, 1.0)


def value_of(sample: str) -> float:
    """Return what the exposition says of a sample."""
    found = re.search(rf"^{re.escape(sample)} (\S+)$", metrics.exposition().decode(), re.MULTILINE)
    assert found, f"{sample} is not exposed"
    return float(found[1])


def test_what_is_counted_is_exposed() -> None:
    before = value_of('privacy_fail_closed_total{where="mask"}')
    metrics.fail_closed.add("mask")
    metrics.fail_closed.add("mask", amount=2)

    assert value_of('privacy_fail_closed_total{where="mask"}') == before + 3


def test_an_alert_finds_its_counter_before_the_first_failure() -> None:
    for where in ("decide", "mask", "classify", "decision"):
        assert value_of(f'privacy_fail_closed_total{{where="{where}"}}') >= 0


def test_many_threads_lose_no_count() -> None:
    tally = CounterTally("threads_count", "for this test", ("who",))

    def count() -> None:
        for _ in range(10_000):
            tally.add("all")

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        tally.flush()
    for thread in threads:
        thread.join()
    tally.flush()

    assert tally._counter.labels("all")._value.get() == 40_000


oracle = Histogram("oracle_seconds", "for this test", ["stage"], buckets=BUCKETS)
tallied = HistogramTally("tallied_seconds", "for this test", ("stage",), buckets=BUCKETS)


@given(st.lists(st.one_of(st.sampled_from(BUCKETS), st.floats(0, 10)), max_size=20))
def test_a_tallied_histogram_is_what_observing_each_amount_would_give(amounts: list[float]) -> None:
    for amount in amounts:
        oracle.labels("a").observe(amount)
        tallied.add("a", amount=amount)
    tallied.flush()
    tallied._histogram.labels("a")

    expected, actual = (one.labels("a") for one in (oracle, tallied._histogram))
    assert [bucket.get() for bucket in actual._buckets] == [bucket.get() for bucket in expected._buckets]
    assert abs(actual._sum.get() - expected._sum.get()) < 1e-6
