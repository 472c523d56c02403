"""`make load`: a mix as in practice against the service's own web process, more and more at once, to its limit."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from tests.benchmarks.bench_http import cpu_seconds
from tests.benchmarks.inputs import CLEAN, PERSONAL
from tests.services import free_port, valkey

SECONDS = 6
AT_ONCE = (1, 2, 4, 8, 16, 32, 64)
KILOBYTES = (1, 2, 5, 10, 20, 50)
STAGES = ("admit", "decide", "enforce", "all")
ENOUGH = 0.95  # Of the highest rate: from there on, more at once only makes everybody wait.


@dataclass(frozen=True, slots=True)
class Step:
    """What so many connections at once got."""

    at_once: int
    rate: float
    errors: int
    p50: float
    p95: float
    p99: float
    megabytes: float
    cpu: float  # Seconds of processor time of the service for each request: right on a busy machine too.


def main(folder: Path, key: str) -> None:
    """Load the service step by step, and print what it bears and where its time goes."""
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: apt-get install wrk")
    write_bodies(folder)
    with valkey(folder) as redis_url, service(folder, redis_url) as (address, process):
        loaded(address, folder, key, at_once=2, seconds=2)  # Warm.
        steps, stages = [], {}
        for at_once in AT_ONCE:
            before, used = _buckets(address), _cpu_of_all(process)
            step = loaded(address, folder, key, at_once=at_once, seconds=SECONDS)
            cpu = (_cpu_of_all(process) - used) / (step.rate * SECONDS)
            steps.append(replace(step, cpu=cpu))
            time.sleep(1.5)  # Processes hand on what they counted once a second.
            stages[at_once] = {stage: _buckets(address)[stage] - before[stage] for stage in STAGES}
    _print(steps, stages)


def write_bodies(folder: Path) -> None:
    """Write one body of each size: events, every other one with nothing personal in it."""
    for kilobytes in KILOBYTES:
        events = [PERSONAL]
        while len(orjson.dumps(events)) < kilobytes * 1000:
            events.append(CLEAN if len(events) % 2 else PERSONAL)
        (folder / f"{kilobytes}.json").write_bytes(orjson.dumps(events))


@contextmanager
def service(folder: Path, redis_url: str, *, workers: str = "", threads: str = "1") -> Iterator[tuple[str, int]]:
    """Run the web process as an installation does, and give its address and process id."""
    port = str(free_port())
    workers = workers or os.environ.get("WEB_WORKERS", str(os.cpu_count() or 1))
    settings = {"PRIVACY_WEB_PORT": port, "PRIVACY_WEB_WORKERS": workers, "PRIVACY_WEB_THREADS": threads}
    environment = {
        **os.environ,
        **settings,
        "PRIVACY_DATA_DIR": str(folder),
        "PRIVACY_WEB_DRAIN_SECONDS": "0",
        "REDIS_URL": redis_url,
    }
    process = subprocess.Popen([sys.executable, "-m", "privacy_service.processes", "web"], env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/servingz")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address.
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The server did not start.")


def loaded(address: str, folder: Path, key: str, *, at_once: int, seconds: int) -> Step:
    """Have wrk send the mix over so many connections at once."""
    threads = min(2, at_once)
    command = ["wrk", f"-t{threads}", f"-c{at_once}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(Path(__file__).with_name("load.lua")), address]
    environment = {**os.environ, "LOAD_FOLDER": str(folder), "LOAD_KEY": key}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(finished.stdout.splitlines()[-1])
    rate, megabytes = told["requests"] / told["seconds"], told["bytes"] / told["seconds"] / 1e6
    return Step(at_once, rate, told["errors"], told["p50"], told["p95"], told["p99"], megabytes, cpu=0.0)


def _cpu_of_all(process: int) -> float:
    """Return the processor time that a process and all below it have used so far."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return cpu_seconds(process) + sum(_cpu_of_all(int(child)) for child in children)


def _buckets(address: str) -> dict[str, Counter[float]]:
    """Return how many requests each stage has had by now within each bound, from the service's own metrics."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as page:  # noqa: S310 - our own address.
        text = page.read().decode()
    found: dict[str, Counter[float]] = {stage: Counter() for stage in STAGES}
    for le, stage, count in re.findall(
        r'^privacy_stage_seconds_bucket\{le="(.*?)",stage="(.*?)"\} (\S+)', text, re.MULTILINE
    ):
        found.get(stage, Counter())[float(le)] = int(float(count))
    return found


def _within(buckets: Counter[float], share: float) -> float:
    """Return the time within which this share was done, inside its bucket by rule of three."""
    wanted, lower, seen = max(buckets.values(), default=0) * share, 0.0, 0
    for bound, count in sorted(buckets.items()):
        if count >= wanted and count > seen:
            top = lower if bound == float("inf") else bound
            return lower + (top - lower) * (wanted - seen) / (count - seen)
        lower, seen = bound, max(seen, count)
    return 0.0


def saturation(steps: list[Step]) -> Step:
    """Return the first step that reached nearly the highest rate of all."""
    highest = max(step.rate for step in steps)
    return next(step for step in steps if step.rate >= ENOUGH * highest)


def _print(steps: list[Step], stages: dict[int, dict[str, Counter[float]]]) -> None:
    load = os.getloadavg()[0]
    print(f"\n/mask, 80 % pass and 20 % mask, bodies of 1 to 50 KB, {os.cpu_count()} cores, wrk on them too")
    print(f"the machine's load over the last minute was {load:.1f}\n")
    print(f"{'at once':>8}{'req/s':>9}{'MB/s':>8}{'errors':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'CPU µs':>9}")
    for step in steps:
        print(
            f"{step.at_once:8}{step.rate:9.0f}{step.megabytes:8.1f}{step.errors:8}"
            f"{step.p50 * 1e3:9.2f}{step.p95 * 1e3:9.2f}{step.p99 * 1e3:9.2f}{step.cpu * 1e6:9.0f}"
        )
    full = saturation(steps)
    print(f"\nsaturated from {full.at_once} at once: {full.rate:.0f} requests a second, p95 {full.p95 * 1e3:.2f} ms")
    print(f"a core that does nothing else bears {1 / full.cpu:.0f} requests a second of this mix")
    print(f"\nwhere the time goes, {full.at_once} at once, as the service's own metrics have it\n")
    print(f"{'stage':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    for stage, buckets in stages[full.at_once].items():
        quantiles = "".join(f"{_within(buckets, share) * 1e3:9.3f}" for share in (0.5, 0.95, 0.99))
        print(f"{stage:>8}{quantiles}")
