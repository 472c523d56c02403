"""`make load`: requests that arrive by the clock, up to three times as many as the service bears."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from tests.benchmarks.arriving import Arrivals, Outcome, Request
from tests.benchmarks.bench_load import KILOBYTES, loaded, service, write_bodies
from tests.benchmarks.inputs import PERSONAL
from tests.services import valkey

SECONDS = 15
NORMAL = 0.5
FACTORS = (NORMAL, 1, 2, 3)
ONSET_SECONDS = 3  # Until a line is known to stand, and what came meanwhile is answered.
AT_ONCE = 4  # What brings one process to its limit without a line at its door.
# As load.lua has them: small bodies often, four of five requests for a reader who sees everything.
SIZES = (1, 1, 1, 1, 2, 2, 2, 5, 5, 10, 20, 50)
_READERS = ("carol", "carol", "carol", "carol", "bob")
_HIDDEN = PERSONAL["traits"]["email"].encode()
_COLUMNS = ("asked/s", "200/s", "503/s", "p50 ms", "p99 ms", "503 p99", "other", "wrong", "broken", "MB")


def main(folder: Path, key: str) -> None:
    """Measure what one process on a core of its own bears, then ask it for half of that, all, twice and thrice."""
    write_bodies(folder)
    requests = requests_of(folder, key)
    with valkey(folder) as redis_url, _on(0), service(folder, redis_url, workers="1", threads="16") as served, _on(1):
        address, process = served
        loaded(address, folder, key, at_once=2, seconds=3)  # Warm.
        capacity = loaded(address, folder, key, at_once=AT_ONCE, seconds=6).rate
        host, _, port = address.removeprefix("http://").partition(":")
        outcomes = {}
        for factor in FACTORS:
            arrivals = Arrivals((host, int(port)), lambda drawn: drawn.choice(requests))
            for when, seconds in (("onset", ONSET_SECONDS), ("", SECONDS)):
                outcome = arrivals.run(capacity * factor, seconds)
                outcomes[factor, when] = (outcome, resident_megabytes(process))
            time.sleep(1)
    _print(capacity, outcomes)


@contextmanager
def _on(core: int) -> Iterator[None]:
    """Keep this process, and what it starts meanwhile, on one core, where there are several."""
    before = os.sched_getaffinity(0)
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def requests_of(folder: Path, key: str) -> list[Request]:
    """Return the mix of requests, each with what its answer must be."""
    bodies = {kilobytes: (folder / f"{kilobytes}.json").read_bytes() for kilobytes in KILOBYTES}
    return [_request(bodies[kilobytes], reader, key) for kilobytes in SIZES for reader in _READERS]


def _request(body: bytes, reader: str, key: str) -> Request:
    lines = (
        "POST /v1/workspaces/acme/mask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nX-Actor: {reader}@acme.example\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    if reader == "bob":
        return Request(lines.encode() + body, lambda answer: _HIDDEN not in answer and len(orjson.loads(answer)) > 0)
    return Request(lines.encode() + body, lambda answer: answer == body)


def resident_megabytes(process: int) -> float:
    """Return the memory that a process and all below it hold."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return own + sum(resident_megabytes(int(child)) for child in children)


def _print(capacity: float, outcomes: dict[tuple[float, str], tuple[Outcome, float]]) -> None:
    load = os.getloadavg()[0]
    print("\n/mask, the same mix, arriving by the clock; one process of 16 threads on one core, what asks on another")
    print(f"it bears {capacity:.0f} requests a second; the machine's load over the last minute was {load:.1f}\n")
    print("asked      " + "".join(f"{word:>9}" for word in _COLUMNS))
    for (factor, when), (one, megabytes) in outcomes.items():
        other = sum(one.statuses.values()) - one.statuses[200] - one.statuses[503] + one.headless
        rates = f"{f'{factor} x {when}':11}{capacity * factor:9.0f}{one.rate(200):9.0f}{one.rate(503):9.0f}"
        times = "".join(f"{one.within(*which) * 1e3:9.1f}" for which in ((0.5,), (0.99,), (0.99, 503)))
        print(f"{rates}{times}{other:9}{one.wrong:9}{one.broken:9}{megabytes:9.0f}")
    normal, most = (outcomes[factor, ""][0].within(0.99) for factor in (NORMAL, FACTORS[-1]))
    print(f"\np99 of what is accepted at {FACTORS[-1]} times: {most / max(normal, 1e-9):.1f} times the normal one")
    print(f"onset: the first {ONSET_SECONDS} seconds of each, in which a line is found to stand")
    print(
        "other: neither 200 nor 503, or no Retry-After; wrong: not what its reader should get; broken: no whole answer"
    )
