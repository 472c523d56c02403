"""`/mask` over HTTP against a bare echo and an empty Django view on the same server: CPU, rate and latency."""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.event import EVENT
from tests.services import free_port

ROUNDS = 3
SECONDS = 3
CONNECTIONS = 16
KEY = "benchmark-key-0123456789abcdef"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """One thing to measure: an application, a path, and who asks."""

    name: str
    application: str
    path: str
    actor: str = "bob@acme.example"
    threads: int = 1  # More than one wait in line at the door (PRIVACY_SHED_*), where nobody is refused here.


@dataclass(frozen=True)
class Round:
    """What one round measured: CPU and latencies in microseconds."""

    cpu: float
    rate: float
    p50: float
    p99: float


SERVICE = "privacy_service.wsgi:application"
TARGETS = (
    Target("bare echo", "tests.benchmarks.echo:application", "/"),
    Target("do-nothing Django view", SERVICE, "/nothing"),
    Target("/mask, pass (carol)", SERVICE, "/v1/workspaces/acme/mask", "carol@acme.example"),
    Target("/mask, mask (bob)", SERVICE, "/v1/workspaces/acme/mask"),
    Target("pass, 16 threads", SERVICE, "/v1/workspaces/acme/mask", "carol@acme.example", 16),
    Target("mask, 16 threads", SERVICE, "/v1/workspaces/acme/mask", threads=16),
)


def main(folder: Path) -> None:
    """Measure every target, round by round, and print medians and ratios to the echo."""
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: apt-get install wrk")
    script = _wrk_script(folder)
    rounds: dict[str, list[Round]] = {target.name: [] for target in TARGETS}
    for number in range(ROUNDS):
        for target in TARGETS:
            _say(f"round {number + 1} of {ROUNDS}: {target.name}")
            with _server(target) as (port, worker):
                rounds[target.name].append(_measure(target, port, worker, script))
    _print_table({name: _median(measured) for name, measured in rounds.items()})


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _wrk_script(folder: Path) -> Path:
    script = folder / "post.lua"
    body = EVENT.decode().replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    script.write_text(
        f"wrk.method = 'POST'\nwrk.body = '{body}'\n"
        "wrk.headers['Content-Type'] = 'application/json'\n"
        f"wrk.headers['Authorization'] = 'Bearer {KEY}'\n"
        "wrk.headers['X-Actor'] = os.getenv('BENCH_ACTOR')\n"
    )
    return script


@contextmanager
def _server(target: Target) -> Iterator[tuple[int, int]]:
    """Run one granian worker and give its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", str(target.threads), "--log-level", "error"]
    environment = {**os.environ, "PRIVACY_SHED_AFTER_SECONDS": "0", "PRIVACY_WEB_PIN": "1"}
    process = subprocess.Popen([*command, target.application], env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        yield port, _child_of(process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own address.
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("The server did not start.")


def _check_answer(target: Target, port: int) -> None:
    """End where carol's event is masked, or bob's is not: what would be measured is something else."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}", "X-Actor": target.actor}
    address = f"http://127.0.0.1:{port}{target.path}"
    asked = urllib.request.Request(address, EVENT, headers)
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - as above.
        passed = answer.read() == EVENT
    if target.path.endswith("/mask") and passed is not target.actor.startswith("carol"):
        sys.exit(f"{target.name}: the event was {'passed' if passed else 'masked'}.")


def _child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in children:
        if "resource_tracker" not in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    sys.exit("The server has no worker.")


def _measure(target: Target, port: int, worker: int, script: Path) -> Round:
    _check_answer(target, port)
    _wrk(target, port, script, 1)  # Warm.
    before = cpu_seconds(worker)
    output = _wrk(target, port, script, SECONDS)
    cpu = cpu_seconds(worker) - before
    requests = int(_found(r"(\d+) requests in", output))
    if "Non-2xx" in output:
        sys.exit(f"{target.name} was answered with errors:\n{output}")
    return Round(
        cpu=cpu / requests * 1e6,
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        p50=_microseconds(_found(r"(?m)^ +50%\s+(\S+)", output)),
        p99=_microseconds(_found(r"(?m)^ +99%\s+(\S+)", output)),
    )


def _wrk(target: Target, port: int, script: Path, seconds: int) -> str:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
    environment = {**os.environ, "BENCH_ACTOR": target.actor}
    finished = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{target.path}"], capture_output=True, text=True, check=True, env=environment
    )
    return finished.stdout


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if not match:
        sys.exit(f"wrk's output is not as expected:\n{text}")
    return match[1]


def _microseconds(text: str) -> float:
    factor = {"us": 1.0, "ms": 1e3, "s": 1e6}
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * factor[unit]


def _median(rounds: list[Round]) -> Round:
    return Round(*(statistics.median(getattr(one, name) for one in rounds) for name in ("cpu", "rate", "p50", "p99")))


def _print_table(medians: dict[str, Round]) -> None:
    echo = medians[TARGETS[0].name].cpu
    print(f"\n{len(EVENT)}-byte event, {CONNECTIONS} connections, one worker, medians of {ROUNDS} rounds")
    print(f"{'':26}{'CPU µs':>10}{'× echo':>8}{'req/s':>10}{'p50 µs':>10}{'p99 µs':>10}")
    for name, one in medians.items():
        print(f"{name:26}{one.cpu:10.1f}{one.cpu / echo:8.2f}{one.rate:10.0f}{one.p50:10.0f}{one.p99:10.0f}")
