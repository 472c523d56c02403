"""Every process of the service and the command that runs it: `python -m privacy_service.processes web`.

Image, compose file, manifests and units start processes by these names alone, so that none of them drifts from another.
A web server is stopped in two steps: it first asks load balancers to look elsewhere and goes on answering, then it
finishes what it has and ends. Every process counts in a folder of its own, which is empty when it starts.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured

from privacy_service import env
from privacy_service.pinning import usable_cores

ROOT = Path(__file__).resolve().parent.parent
# How long a new process of a server has (on SIGHUP) before the one that it replaces ends: it imports everything for
# three seconds, twenty where the machine has much to do, and nobody would listen meanwhile.
_OVERLAP_SECONDS = 30
# Each thread of a process would have memory of its own to allocate from (glibc), which it hardly ever gives back.
ALLOCATION = {"MALLOC_ARENA_MAX": "2"}


def server_command(  # noqa: PLR0913 - the same things that a server is told.
    interface: str,
    *,
    host: str,
    port: int,
    workers: int,
    kill_seconds: int,
    threads: int | None = None,
    log_level: str = "warning",
) -> list[str]:
    """Return the command of a web server (`wsgi`) or a gateway (`asgi`)."""
    command = [sys.executable, "-m", "granian", "--interface", interface, "--http", "1", "--no-ws"]
    command += ["--host", host, "--port", str(port), "--workers", str(workers), "--log-level", log_level]
    command += ["--workers-kill-timeout", str(kill_seconds), "--respawn-failed-workers"]
    command += ["--respawn-interval", str(_OVERLAP_SECONDS)]
    command += ["--blocking-threads", str(threads)] if threads else []
    return [*command, f"privacy_service.{interface}:application"]


def _web() -> list[str]:
    return server_command(
        "wsgi",
        host=env.text("PRIVACY_WEB_HOST", default="127.0.0.1"),
        port=_web_port(),
        workers=_web_workers(),
        threads=env.integer("PRIVACY_WEB_THREADS", default=16, least=1),
        kill_seconds=_kill_seconds(),
    )


def _web_workers() -> int:
    return env.integer("PRIVACY_WEB_WORKERS", default=_cores(), least=1)


def _cores() -> int:
    return len(usable_cores()) or os.cpu_count() or 1


def _one_a_core() -> dict[str, str]:
    """Have each process keep to a core where there are as many; with fewer the system knows better which are free."""
    is_one_a_core = _web_workers() == len(usable_cores())
    return {"PRIVACY_WEB_PIN": os.environ.get("PRIVACY_WEB_PIN") or str(int(is_one_a_core))}


def _web_port() -> int:
    return env.integer("PRIVACY_WEB_PORT", default=8000, least=1, most=65_535)


def _kill_seconds() -> int:
    return env.integer("PRIVACY_WEB_KILL_SECONDS", default=30, least=1)


def _gateway() -> list[str]:
    return server_command(
        "asgi",
        host=env.text("PRIVACY_GATEWAY_HOST", default="127.0.0.1"),
        port=_gateway_port(),
        workers=env.integer("PRIVACY_GATEWAY_WORKERS", default=1, least=1),
        kill_seconds=_kill_seconds(),
    )


def _gateway_port() -> int:
    return env.integer("PRIVACY_GATEWAY_PORT", default=8001, least=1, most=65_535)


def _celery(*words: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-q", "-A", "privacy_service", *words, "--loglevel", "warning"]


def _worker() -> list[str]:
    concurrency = env.integer("PRIVACY_WORKER_PROCESSES", default=_cores(), least=1)
    return _celery("worker", "--concurrency", str(concurrency), "--without-gossip", "--without-mingle")


def _stream() -> list[str]:
    flow = env.text("PRIVACY_STREAM_FLOW", default="dataflow.yaml")
    workers = env.integer("PRIVACY_STREAM_WORKERS", default=_cores(), least=1)
    return [sys.executable, "-m", "django", "flow", "run", flow, "--workers", str(workers)]


def _beat() -> list[str]:
    return _celery("beat")


def _migrate() -> list[str]:
    return [sys.executable, "-m", "django", "migrate", "--no-input"]


def _migrated() -> list[str]:
    return [sys.executable, "-m", "django", "migrate", "--check"]


def _probe() -> list[str]:
    """Ask the process beside this one, in its container, whether it is well: a worker's page, else the web server's."""
    listen = env.text("PRIVACY_METRICS_LISTEN", default="")
    return _ask(f"127.0.0.1:{listen.rpartition(':')[2]}/healthz" if listen else f"127.0.0.1:{_web_port()}/servingz")


def _probe_gateway() -> list[str]:
    return _ask(f"127.0.0.1:{_gateway_port()}/servingz")


def _ask(page: str) -> list[str]:
    code = f"import urllib.request; urllib.request.urlopen('http://{page}', timeout=4)"
    return [sys.executable, "-c", code]


@dataclass(frozen=True, slots=True)
class Process:
    """One kind of process: its command, what it adds to the environment, and the port whose readers it sees off."""

    command: Callable[[], list[str]]
    port: Callable[[], int] | None = None
    environment: Callable[[], dict[str, str]] = field(default=dict)


def _patience_of_migrations() -> dict[str, str]:
    seconds = env.integer("PRIVACY_MIGRATE_TIMEOUT_SECONDS", default=3600, least=1)
    return {"PRIVACY_DATABASE_TIMEOUT_SECONDS": str(seconds)}


PROCESSES = {
    "web": Process(_web, port=_web_port, environment=_one_a_core),
    "gateway": Process(_gateway, port=_gateway_port),
    "worker": Process(_worker),
    "stream": Process(_stream),  # One flow; each flow is run by processes of its own.
    "beat": Process(_beat),  # One in the whole installation: two would order everything twice.
    "migrate": Process(_migrate, environment=_patience_of_migrations),
    "migrated": Process(_migrated),  # Ends well once no migration is missing: a new server waits for it.
    "probe": Process(_probe),
    "probe-gateway": Process(_probe_gateway),
}


def main(arguments: list[str]) -> int:
    """Run one process until it ends."""
    if len(arguments) != 1 or arguments[0] not in PROCESSES:
        return _say(f"Name one of {', '.join(PROCESSES)}: python -m privacy_service.processes web")
    name = arguments[0]
    process = PROCESSES[name]
    try:
        command, environment = process.command(), _environment(name) | process.environment()
    except ImproperlyConfigured as error:
        return _say(str(error))
    os.environ.update(environment)
    if not process.port:
        os.execv(command[0], command)  # noqa: S606 - our own words.
    return _run_and_drain(command, Path(environment["PRIVACY_DRAIN_FILE"]))


def _say(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - this is a command.
    return 2


def _environment(name: str) -> dict[str, str]:
    """Give the process a folder for its metrics and, if it drains, the name of the file that says so."""
    data = Path(env.text("PRIVACY_DATA_DIR", default=str(ROOT / "var"))).absolute()
    port = PROCESSES[name].port
    instance = f"{name}-{port()}" if port else name
    counts = Path(env.text("PROMETHEUS_MULTIPROC_DIR", default=str(data / "metrics"))) / instance
    shutil.rmtree(counts, ignore_errors=True)
    counts.mkdir(parents=True, mode=0o700)
    allocation = {variable: os.environ.get(variable, said) for variable, said in ALLOCATION.items()}
    return allocation | {
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "privacy_service.settings"),
        "PROMETHEUS_MULTIPROC_DIR": str(counts),
        "PRIVACY_DRAIN_FILE": str(counts / "draining"),
    }


class _AskedToStop(BaseException):
    """A signal came."""


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    del signum, frame
    raise _AskedToStop


def _run_and_drain(command: list[str], drain_file: Path) -> int:
    """Run the server; when it is to stop, have it drained before. A second signal shortens the wait."""
    patience = env.number("PRIVACY_WEB_DRAIN_SECONDS", default=5.0)
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _stop)
    # A session of its own: Ctrl-C reaches this process alone, which then stops the server in order.
    server = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own words.
    try:
        return server.wait()
    except _AskedToStop:
        drain_file.touch()
    try:
        return server.wait(timeout=patience)
    except (_AskedToStop, subprocess.TimeoutExpired):
        server.terminate()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, signal.SIG_IGN)  # It is stopping already, and kills itself when it takes too long.
    return server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
