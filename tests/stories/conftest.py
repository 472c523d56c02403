"""The service as it runs in production: server processes of their own, asked over HTTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings
from django.db import connection

from privacy_service.processes import server_command
from tests import migrated
from tests.environment import development
from tests.services import free_port, temporary_folder, valkey
from tests.signing import ed_signer, key_set
from workspaces.stamp import bump

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 90  # A start takes long on a busy machine; only what hangs is a failure.
DEMO_KEY, ADMIN_KEY = "demo-of-the-stories-0123456789", "admin-of-the-stories-0123456789"
DEMO_SIGNER = ed_signer()
# In one process, since most of what a command takes is its start: the demo, whose account verifies readers' tokens, and
# an administrator's key that moves the release.
_SET_UP = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("demo", key="{DEMO_KEY}")
from workspaces.actor_tokens.keeping import keep_document
from workspaces.keys import Scope, issue_key
from workspaces.models import ServiceAccount, User
keep_document(ServiceAccount.objects.get(), {key_set(DEMO_SIGNER)!r})
issue_key(User.objects.get(is_superuser=True), name="release", scopes=(Scope.RELEASE,), key="{ADMIN_KEY}")
"""


def database_url() -> str:
    """Return the address of this run's test database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def run_command(arguments: list[str], environment: dict[str, str]) -> str:
    """Run a management command and return what it prints."""
    command = [sys.executable, "manage.py", *arguments]
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return finished.stdout


class Service:
    """Server processes on one port, and a client for them."""

    def __init__(self, folder: Path, *, workers: int, application: str = "wsgi", **environment: str) -> None:
        self.folder = folder
        self.code = ROOT  # Where its processes are started.
        self.port = free_port()
        self.log = folder / "server.log"
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "privacy_service.settings",
            "PRIVACY_DATA_DIR": str(folder),
            "PRIVACY_AUDIT_SPOOL_DIR": str(settings.PRIVACY_AUDIT_SPOOL_DIR),
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
            **environment,
        }
        self.workers = workers
        self.application = application
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10)

    def start(self, *, within_seconds: float = READY_WITHIN_SECONDS) -> None:
        """Start the processes and wait until they answer."""
        threads = 16 if self.application == "wsgi" else None
        command = server_command(
            self.application, host="127.0.0.1", port=self.port, workers=self.workers, kill_seconds=5, threads=threads
        )
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.code, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + within_seconds
        while not self._is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the processes."""
        self.client.close()
        self.process.terminate()
        self.process.wait(timeout=20)

    def kill(self) -> None:
        """Kill every process at once, in the middle of whatever they do."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def mask(self, body: bytes, *, actor: str, key: str, content_type: str = "application/json") -> httpx.Response:
        """Post a payload to acme on behalf of an actor."""
        headers = {"Authorization": f"Bearer {key}", "X-Actor": actor, "Content-Type": content_type}
        return self.client.post("/v1/workspaces/acme/mask", content=body, headers=headers)

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@contextmanager
def worker(service: Service) -> Iterator[Callable[[], None]]:
    """Run a worker with beat; give what kills it at once."""
    command = [sys.executable, "-m", "celery", "-A", "privacy_service", "worker", "--beat", "--pool", "solo"]
    with (service.folder / "worker.log").open("ab") as log:
        # A session of its own: beat is a process beside the worker, and must die with it.
        process = subprocess.Popen(
            command, cwd=service.code, env=service.environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield lambda: os.killpg(process.pid, signal.SIGKILL)
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture
def service(transactional_db: None, tmp_path: Path) -> Iterator[Service]:
    """Return a service of two processes over the test database."""
    bump()  # Emptying the tables between tests took the stamp's row along.
    running = Service(tmp_path, workers=2)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def address_of(service: Service) -> str:
    """Return where a service answers."""
    return str(service.client.base_url).rstrip("/")


@pytest.fixture(scope="session")
def demo_service() -> Iterator[Service]:
    """Return a service with the workspace of the demo, for stories that leave it as it was."""
    with service_with_demo() as service:
        yield service


@contextmanager
def service_with_demo(set_up: str = "", **environment: str) -> Iterator[Service]:
    """Run a service with databases of its own, which hold the workspace of the demo, and what `set_up` makes there."""
    with temporary_folder() as folder, valkey(folder) as redis:
        own = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}", "REDIS_URL": redis}
        migrated.place(folder / "db.sqlite3")
        own["PRIVACY_TOKEN_KEY"] = os.environ["PRIVACY_TOKEN_KEY"]  # It wraps the keys in the database that is kept.
        service = Service(
            folder, workers=1, **development() | own | {"PRIVACY_AUDIT_SPOOL_DIR": str(folder / "spool")} | environment
        )
        run_command(["shell", "-c", _SET_UP + set_up], service.environment)
        service.start()
        try:
            yield service
        finally:
            service.stop()
