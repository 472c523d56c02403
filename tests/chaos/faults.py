"""What breaks, one context manager each: within the block it is broken, after it whole again."""

import contextlib
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.backend import Handler
from tests.chaos.clock import DAY
from tests.chaos.installation import BODY, KEY, Installation, wait
from tests.stories.conftest import Service

Fault = Callable[[Installation], AbstractContextManager[object]]
BUMP = "UPDATE workspaces_accessstamp SET token = token + 1"
REPLACED_WITHIN_SECONDS = 150
CALM_SECONDS = 6.0  # A server whose new process dies sooner than this gives up: a crash loop.
GARBAGE = b"\x80\x04kanarie-garbage"


@contextmanager
def database_down(there: Installation) -> Iterator[None]:
    """Stop PostgreSQL."""
    there.database.stop()
    try:
        yield
    finally:
        there.database.start()


@contextmanager
def _frozen(processes: list[int]) -> Iterator[None]:
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


@contextmanager
def database_read_only(there: Installation) -> Iterator[None]:
    """Have PostgreSQL take no write, as a replica that was not promoted."""
    there.sql("ALTER SYSTEM SET default_transaction_read_only = on", *_RELOAD)
    try:
        yield
    finally:
        there.sql("ALTER SYSTEM RESET default_transaction_read_only", *_RELOAD)


_RELOAD = (
    "SELECT pg_reload_conf()",
    (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    ),
)


@contextmanager
def database_fails_over(there: Installation) -> Iterator[None]:
    """Break every connection, three times while requests run, as when another server takes over."""
    for _ in range(3):
        there.sql(_RELOAD[1])
        time.sleep(0.2)
    yield


@contextmanager
def redis_down(there: Installation) -> Iterator[None]:
    """Kill Valkey; it comes back with what it had written down."""
    os.kill(there.redis_processes()[0], signal.SIGKILL)
    there.redis._process.wait()
    try:
        yield
    finally:
        there.redis.stop()
        there.redis.start()


@contextmanager
def redis_poisoned(there: Installation) -> Iterator[None]:
    """Write garbage into every value that Django's cache and the limits keep."""
    with there.client() as client:
        for key in client.scan_iter("*"):
            if client.type(key) == b"string":
                client.set(key, GARBAGE)
    yield


@contextmanager
def redis_flushed(there: Installation) -> Iterator[None]:
    """Empty Valkey of everything, topics and queues too, twice while requests run."""
    with there.client() as client:
        client.flushall()
        time.sleep(0.5)
        client.flushall()
    yield
    there.kept_from = there.written  # What had not come out by then has gone with its topic, and its numbers too.


@contextmanager
def _changed(there: Installation, breaks: str, mends: str) -> Iterator[None]:
    there.sql(breaks, BUMP)
    time.sleep(2.5)  # Every process learns of it within two seconds.
    try:
        yield
    finally:
        there.sql(mends, BUMP)


def flag_unknown(there: Installation) -> AbstractContextManager[None]:
    """Lose the release flag's row, for those who look for it by its name."""
    breaks = "UPDATE rollout_flag SET name = 'lost' WHERE name = 'pii_access'"
    return _changed(there, breaks, "UPDATE rollout_flag SET name = 'pii_access' WHERE name = 'lost'")


def policy_broken(there: Installation) -> AbstractContextManager[None]:
    """Store rules that no release has written."""
    newest = (
        "INSERT INTO decisions_policy (id, workspace_id, version, rules, note, created_at) "
        "SELECT 987654321, id, 987, '{\"no\": [\"such\", 1]}', 'chaos', now() FROM workspaces_workspace "
        "WHERE slug = 'acme'"
    )
    return _changed(there, newest, "DELETE FROM decisions_policy WHERE version = 987")


@contextmanager
def disk_full(there: Installation) -> Iterator[None]:
    """Let no process of the servers write a byte more to any file: what a full disk says."""
    processes = [one for service in (there.web, there.gateway) for one in workers_of(service)]
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def workers_killed(there: Installation) -> Iterator[None]:
    """Kill a worker of each server under load, wherever it is just now: accepting, deciding, masking, replying.

    One each: a server whose workers die twice within seconds gives up, and is started anew by what supervises it.
    """
    time.sleep(CALM_SECONDS)
    for service in (there.web, there.gateway):
        os.kill(workers_of(service)[-1], signal.SIGKILL)
    yield


@contextmanager
def deployed(there: Installation) -> Iterator[None]:
    """Have both servers start new processes in the place of the old ones, as a deployment does, and wait for that."""
    time.sleep(CALM_SECONDS)
    before = [*workers_of(there.web), *workers_of(there.gateway)]
    for service in (there.web, there.gateway):
        os.kill(service.process.pid, signal.SIGHUP)
    wait(REPLACED_WITHIN_SECONDS, lambda: not any(Path(f"/proc/{one}").exists() for one in before))
    yield


@contextmanager
def clients_gone(there: Installation) -> Iterator[None]:
    """Send half a request and go, and a whole one without waiting for its answer, many times."""
    reader = f"Authorization: Bearer {KEY}\r\nX-Actor: bob@acme.example\r\n"
    head = f"POST /v1/workspaces/acme/mask HTTP/1.1\r\nHost: x\r\n{reader}"
    whole = f"{head}Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    for at in range(40):
        with socket.create_connection(("127.0.0.1", there.web.port), timeout=5) as connection:
            connection.sendall(whole if at % 2 else whole[: len(whole) - 20])
    yield


@contextmanager
def upstream_garbage(there: Installation) -> Iterator[None]:
    """Have the backend answer what claims to be JSON and is none."""
    there.backend.on("/customers", BODY[:-3] + b"\xff\xfe", Content_Type="application/json")
    try:
        yield
    finally:
        there.backend.on("/customers", BODY, Content_Type="application/json")


@contextmanager
def upstream_breaks_off(there: Installation) -> Iterator[None]:
    """Have the backend break off in the middle of an answer that is masked as it comes."""
    there.backend.does("/customers", _half)
    try:
        yield
    finally:
        there.backend.on("/customers", BODY, Content_Type="application/json")


def _half(handler: Handler) -> None:
    handler.head(200, {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"})
    handler.chunk(BODY + b"\n" + BODY[:-20])
    time.sleep(0.1)
    handler.close_connection = True


def _both(first: Fault, second: Fault) -> Fault:
    @contextmanager
    def both(there: Installation) -> Iterator[None]:
        with first(there), second(there):
            yield

    return both


def workers_of(service: Service) -> list[int]:
    """Return the processes of a server that answer requests."""
    pid = service.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in children if "resource_tracker" not in Path(f"/proc/{one}/cmdline").read_text()]


FAULTS: Mapping[str, Fault] = {
    "database down": database_down,
    "database slow": lambda there: _frozen(there.database_processes()),
    "database read-only": database_read_only,
    "database fails over": database_fails_over,
    "Redis down": redis_down,
    "Redis slow": lambda there: _frozen(there.redis_processes()),
    "Redis emptied": redis_flushed,
    "cache poisoned": redis_poisoned,
    "flag unknown": flag_unknown,
    "policy broken": policy_broken,
    "disk full, audit spool too": disk_full,
    "workers killed": workers_killed,
    "restarted by a deployment": deployed,
    "clients gone": clients_gone,
    "upstream garbage": upstream_garbage,
    "upstream breaks off": upstream_breaks_off,
    "database and Redis down": _both(database_down, redis_down),
    "database read-only, workers killed": _both(database_read_only, workers_killed),
    "clock a day forward": lambda there: there.clock.off_by(DAY),
    "clock a day back": lambda there: there.clock.off_by(-DAY),
}
