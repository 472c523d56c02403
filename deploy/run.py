"""Run the whole service on one machine, for trying it out: `make run`.

Migrates the database (SQLite unless DATABASE_URL names another), makes the demo workspace, starts a Valkey that other
commands on the same data share (unless REDIS_URL names a server), the web server and a worker, and stops them all.
"""

import compileall
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from contextlib import ExitStack, closing
from functools import partial
from io import StringIO
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("classifier", "privacy_service", "workspaces")
HOST = "127.0.0.1"
READY_WITHIN_SECONDS = 60


def main() -> None:
    """Start everything, say how to try it, and wait."""
    port = os.environ.get("PORT", "8000")
    if not port.isdecimal():
        sys.exit("PORT must be a number, such as 8000.")
    data = Path(os.environ.get("DATA_DIR") or "var").absolute()
    os.umask(0o077)  # The database holds sessions and digests of passwords.
    # Ctrl-C too: whatever started this in the background may have had it ignored.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _stop)
    data.mkdir(parents=True, exist_ok=True)
    if sys.dont_write_bytecode:  # Else each process, each time, would compile every module anew: for half a second.
        for package in PACKAGES:
            compileall.compile_dir(ROOT / package, quiet=2)
    with ExitStack() as stack:
        os.environ.setdefault("PRIVACY_PUBLIC_URL", f"http://{HOST}:{port}")  # So that the public pages can be opened.
        _set_environment(data, stack)
        gateway_port = os.environ.get("GATEWAY_PORT") or str(_free_port_after(int(port)))
        # Each of these takes two seconds to import everything: beside one another, where nothing is to be migrated.
        is_migrated = _schema_of_database() == _schema()
        processes = _start(_servers(port, gateway_port), stack) if is_migrated else []
        guide = _prepare(f"http://{HOST}:{port}", os.environ.get("DEMO_KEY", ""))
        processes = processes or _start(_servers(port, gateway_port), stack)
        for each in (port, gateway_port):
            _wait_until_ready(f"http://{HOST}:{each}/readyz", processes)
        # Nobody waits for the worker: beside the servers its start would hold them up.
        processes.append(stack.enter_context(_process(_worker())))
        say(f"\nprivacy-service is ready at http://{HOST}:{port} (data in {data}); Ctrl-C stops it.\n\n{guide}")
        say(f"Gateway   http://{HOST}:{gateway_port}/gateway/  (docs/gateway.md says how a backend comes behind it)")
        _wait_for_first_end(processes)


def say(text: str) -> None:
    """Show a line at once, also where the output goes to a file."""
    print(text, flush=True)  # noqa: T201 - this is a command.


def _stop(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    raise KeyboardInterrupt


def _set_environment(data: Path, stack: ExitStack) -> None:
    for line in (ROOT / "deploy" / "dev.env").read_text(encoding="utf-8").splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            os.environ.setdefault(name, value)
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{data / 'db.sqlite3'}")
    # Each workspace's jobs read and write in a folder of their own.
    os.environ.setdefault("PRIVACY_JOBS_PLACES", f"file://{data}/files/{{workspace}}/")
    (data / "files" / "acme").mkdir(parents=True, exist_ok=True)
    os.environ["PRIVACY_DATA_DIR"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "privacy_service.settings"
    os.environ["PYTHONPATH"] = str(ROOT)
    sys.path.insert(0, str(ROOT))
    shutil.rmtree(data / "metrics", ignore_errors=True)  # Counters start with the server.
    if "REDIS_URL" not in os.environ:
        from privacy_service import embedded  # noqa: PLC0415 - only where no server is named.

        # The address itself: should it have to change, processes that start anew would not know the one of the others.
        os.environ["REDIS_URL"] = stack.enter_context(embedded.running(data))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _free_port_after(port: int) -> int:
    """Return the next port where it is free, since that is easy to remember, else any."""
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port + 1))
        except OSError:
            return free_port()
        return port + 1


def _schema() -> int:
    """Return a number that changes with every migration, ours or of a dependency."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("migrations/0*.py"))
    names = "\n".join(sorted(str(path.relative_to(ROOT)) for path in found))
    return zlib.crc32((ROOT / "deploy" / "locks" / "run.txt").read_bytes() + names.encode()) >> 1


def _schema_of_database() -> int | None:
    """Return the number that a run before this one left in the SQLite file; None where that cannot be told."""
    path = os.environ["DATABASE_URL"].removeprefix("sqlite:///")
    try:
        with closing(sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)) as database:
            return int(database.execute("PRAGMA user_version").fetchone()[0])
    except (sqlite3.Error, ValueError):  # No such file, or another kind of database.
        return None


def _prepare(url: str, demo_key: str) -> str:
    """Bring the database up to date and return how to try the demo."""
    import django  # noqa: PLC0415 - the environment comes first.
    from django.core.management import CommandError, call_command  # noqa: PLC0415 - as above.
    from django.db import connection  # noqa: PLC0415 - as above.

    from privacy_service.starting import loading  # noqa: PLC0415 - found once the folder was named.

    with loading():
        django.setup()
    say("Migrating the database")
    call_command("migrate", verbosity=0)
    if connection.vendor == "sqlite":
        connection.cursor().execute(f"PRAGMA user_version = {_schema()}")
    guide = StringIO()
    try:
        call_command("demo", key=demo_key, url=url, alive=True, stdout=guide)
        for part in ("demo_requests", "demo_inventory", "demo_flow"):
            call_command(part)
    except CommandError as error:
        sys.exit(str(error))
    return guide.getvalue()


def _start(commands: list[list[str]], stack: ExitStack) -> list["subprocess.Popen[bytes]"]:
    processes = [stack.enter_context(_process(command)) for command in commands]
    stack.callback(_ask_all_to_stop, processes)
    return processes


def _servers(port: str, gateway_port: str) -> list[list[str]]:
    from privacy_service.processes import server_command  # noqa: PLC0415 - found once the folder was named.

    workers = int(os.environ.get("WEB_WORKERS", "1"))
    # It would warn of 16 threads, which are right here (docs/adr/0017-shedding.md).
    command = partial(server_command, host=HOST, kill_seconds=5, log_level="error")
    web = command("wsgi", port=int(port), workers=workers, threads=16)
    return [web, command("asgi", port=int(gateway_port), workers=1)]


def _worker() -> list[str]:
    # Quiet, so that what to try next is the last thing said; a container's only user is root.
    worker = ["-W", "ignore:You're running the worker with superuser", "-m", "celery", "-q", "-A", "privacy_service"]
    return [sys.executable, *worker, "worker", "--beat", "--pool", "solo", "--loglevel", "warning"]


class _process:  # noqa: N801 - reads as a verb.
    """A child process that ends with the block."""

    def __init__(self, command: list[str]) -> None:
        # A session of its own: Ctrl-C reaches this process alone, which then stops its children in order.
        self.child = subprocess.Popen(command, cwd=ROOT, start_new_session=True)  # noqa: S603 - our own words.

    def __enter__(self) -> "subprocess.Popen[bytes]":
        """Return the process."""
        return self.child

    def __exit__(self, *_: object) -> None:
        """Ask it to stop, and make it stop."""
        self.child.terminate()
        try:
            self.child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)


def _ask_all_to_stop(processes: list["subprocess.Popen[bytes]"]) -> None:
    """Have them stop side by side; each is waited for afterwards."""
    for process in processes:
        process.terminate()


def _wait_until_ready(url: str, processes: list["subprocess.Popen[bytes]"]) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            sys.exit("A process ended while starting; its message is above. Is the port in use? Try make run PORT=8123")
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own address.
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        else:
            return
    sys.exit(f"Not ready after {READY_WITHIN_SECONDS} s; {url} says which part is missing.")


def _wait_for_first_end(processes: list["subprocess.Popen[bytes]"]) -> None:
    while all(process.poll() is None for process in processes):
        time.sleep(0.2)
    sys.exit("A process has ended; stopping the others.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        say("Stopped.")
