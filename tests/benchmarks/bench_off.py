"""`release off` with eight server processes: how long until the last of them passes everything, in three situations.

Each process serves one port, so that it can be asked by itself. Measured is the time from the start of the command and
from the moment it took effect (its move in the database, or its file where that cannot be written).
"""

import logging
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connection, transaction

from privacy_service.rollout import off_switch, release
from privacy_service.rollout.models import Flag
from tests.benchmarks.measuring import show, verdict
from tests.services import free_port

PROCESSES = 8
ROUNDS = 2
PROMISED_SECONDS = 2.0
READY_WITHIN_SECONDS = 180
_BODY = b'{"ssn":"123-45-6789"}'


def main(key: str) -> None:
    """Measure every situation and print the slowest process of each round."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with ExitStack() as stack:
        ports = [stack.enter_context(_server()) for _ in range(PROCESSES)]
        for port in ports:
            _wait_until_ready(port)
        rows = [_row(name, block, ports, key) for name, block in SITUATIONS.items()]
    off_switch.clear()
    release.turn_on()  # Whatever is measured after this is to be masked.
    head = ("", "slowest s", "median s", "from the command's start", f"promise {PROMISED_SECONDS:.0f} s")
    show(f"release off, {PROCESSES} server processes, {ROUNDS} rounds", head, rows)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _flag_locked() -> Iterator[None]:
    """Keep the flag's row locked, as a transaction that hangs does."""
    with transaction.atomic():
        Flag.objects.select_for_update().get()
        yield


@contextmanager
def _read_only() -> Iterator[None]:
    """Make every new transaction of the database read-only, as a standby does that took over."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')


Situation = Callable[[], AbstractContextManager[None]]
SITUATIONS: dict[str, Situation] = {
    "Redis away": _nothing,
    "Redis away, the flag's row locked": _flag_locked,
    "Redis away, database read-only for new connections": _read_only,
}


def _row(name: str, block: Situation, ports: list[int], key: str) -> tuple[str, ...]:
    rounds = []
    for _ in range(ROUNDS):
        rounds.append(_round(block, ports, key))
        print(f"{name}: {rounds[-1][0]:.2f} s", file=sys.stderr, flush=True)
    slowest = max(since for since, _ in rounds)
    median = statistics.median(since for since, _ in rounds)
    from_start = max(whole for _, whole in rounds)
    met = verdict(met=slowest <= PROMISED_SECONDS)
    return name, f"{slowest:.2f}", f"{median:.2f}", f"{from_start:.2f}", met


def _round(block: Situation, ports: list[int], key: str) -> tuple[float, float]:
    """Return when the last process passed everything: seconds after the effect, and after the command's start."""
    off_switch.clear()
    release.turn_on()
    _wait_for_all(ports, key, masked=True)
    last: dict[int, float] = {}
    with block():
        started = time.monotonic()
        command = subprocess.Popen(
            [sys.executable, "manage.py", "release", "off"], env=_environment(), stdout=subprocess.DEVNULL
        )
        watchers = [threading.Thread(target=_watch, args=(port, key, last)) for port in ports]
        for watcher in watchers:
            watcher.start()
        effective = _wait_for_effect()
        for watcher in watchers:
            watcher.join()
        command.wait()
    return max(last.values()) - effective, max(last.values()) - started


def _wait_for_effect() -> float:
    """Return when the command threw the switch, which it does first of all."""
    file: Path = settings.PRIVACY_DATA_DIR / "release-off"
    before = release.state().position
    while not file.exists() and release.state().position == before:
        time.sleep(0.002)
    return time.monotonic()


def _watch(port: int, key: str, last: dict[int, float]) -> None:
    """Ask one process until it passes everything, and note when it first did."""
    with httpx.Client(timeout=10) as client:
        while _is_masked(client, port, key):
            time.sleep(0.05)
    last[port] = time.monotonic()


def _wait_for_all(ports: list[int], key: str, *, masked: bool) -> None:
    with httpx.Client(timeout=10) as client:
        for port in ports:
            while _is_masked(client, port, key) is not masked:
                time.sleep(0.05)


def _is_masked(client: httpx.Client, port: int, key: str) -> bool:
    headers = {"Authorization": f"Bearer {key}", "X-Actor": "bob@acme.example", "Content-Type": "application/json"}
    answer = client.post(f"http://127.0.0.1:{port}/v1/workspaces/acme/mask", content=_BODY, headers=headers)
    return answer.content != _BODY


@contextmanager
def _server() -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "2", "--log-level", "error", "privacy_service.wsgi:application"]
    process = subprocess.Popen(command, env=_environment())
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    sys.exit("A server did not start.")


def _environment() -> dict[str, str]:
    return {**os.environ, "PRIVACY_LOG_LEVEL": "ERROR"}
