"""The processes of an installation, started natively by the names that image, compose file, manifests and units use."""

import http.client
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from tests.environment import plain
from tests.services import free_port, postgres, temporary_folder, valkey

ROOT = Path(__file__).resolve().parents[2]
KEY = "layout-key-0123456789abcdef"
WITHIN_SECONDS = 120


def eventually(is_so: Callable[[], bool], why: Callable[[], str]) -> None:
    """Wait until something is so; fail with what `why` tells."""
    deadline = time.monotonic() + WITHIN_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)


def says_yes(address: str) -> bool:
    """Say whether an address answers with 200."""
    try:
        with urlopen(f"http://{address}", timeout=2):
            return True
    except OSError:
        return False


@dataclass
class Instance:
    """One process of the layout."""

    name: str
    environment: dict[str, str]
    log: Path
    page: str = ""  # Answers with 200 once it is ready.

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start it; others may start meanwhile."""
        command = [sys.executable, "-m", "privacy_service.processes", self.name]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def wait_until_ready(self) -> None:
        """Wait until its page says that it is ready, where it has one."""
        if self.page:
            eventually(lambda: says_yes(self.page), self.log.read_text)

    def run(self) -> int:
        """Start it and wait until it has ended."""
        self.start()
        return self.process.wait(timeout=WITHIN_SECONDS)

    def stop(self) -> int:
        """Ask it to stop and return how it ended."""
        self.process.terminate()
        return self.process.wait(timeout=WITHIN_SECONDS)


@dataclass
class Layout:
    """An installation on one machine: two web servers, a worker, beat, PostgreSQL and Valkey."""

    folder: Path
    database_url: str
    redis_url: str
    web: list[Instance] = field(default_factory=list)

    def instance(self, name: str, **more: str) -> Instance:
        """Return a process of this installation, set up as in production: its secrets come from files."""
        secret_files = {
            f"{secret}_FILE": self._secret(secret) for secret in ("PRIVACY_SECRET_KEY", "PRIVACY_TOKEN_KEY")
        }
        addresses = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        # Its clients forgive no refusal, and a machine that runs a suite may be overloaded.
        addresses["PRIVACY_SHED_AFTER_SECONDS"] = "30"
        environment = {**plain(), **secret_files, **addresses, "PRIVACY_DATA_DIR": str(self.folder), **more}
        log = self.folder / f"{name}-{len(list(self.folder.glob('*.log')))}.log"
        listen = more.get("PRIVACY_METRICS_LISTEN", "")
        return Instance(name, environment, log, f"{listen}/healthz" if listen else "")

    def web_server(self) -> Instance:
        """Return another web server."""
        port = str(free_port())
        instance = self.instance("web", PRIVACY_WEB_PORT=port, PRIVACY_WEB_WORKERS="1", PRIVACY_WEB_DRAIN_SECONDS="1")
        instance.page = f"127.0.0.1:{port}/readyz"
        self.web.append(instance)
        return instance

    def command(self, *words: str) -> None:
        """Run a management command."""
        environment = self.instance("migrate").environment
        subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True, capture_output=True
        )

    def _secret(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            path.write_text(secrets.token_urlsafe(48))
        return str(path)


@contextmanager
def layout() -> Generator[Layout, None, None]:
    """Give an installation with its servers running and nothing of ours started yet."""
    with temporary_folder() as folder, postgres(folder) as database_url, valkey(folder) as redis_url:
        yield Layout(folder, database_url, redis_url)


class Balancer:
    """What a load balancer knows: which servers want requests. It asks each of them ten times a second."""

    def __init__(self, servers: list[Instance]) -> None:
        self.addresses = [server.page.partition("/")[0] for server in servers]
        self.ready = list(self.addresses)
        self.done = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while not self.done.wait(0.1):
            self.ready = [address for address in self.addresses if says_yes(f"{address}/servingz")]


class Client(threading.Thread):
    """A backend behind the balancer; it keeps its connection while the server lets it, and forgives nothing."""

    BODY = b'{"name":"alice","ssn":"123-45-6789","note":"called at noon"}'

    def __init__(self, balancer: Balancer, actor: str, number: int) -> None:
        super().__init__(daemon=True)
        self.balancer, self.actor, self.turn = balancer, actor, number
        self.answered: dict[str, str] = {}  # By request id, the address that answered.
        self.lost: list[str] = []

    def run(self) -> None:
        """Ask until the balancer is done."""
        while not self.balancer.done.is_set():
            self.turn += 1
            ready = self.balancer.ready or self.balancer.addresses
            address = ready[self.turn % len(ready)]
            connection = http.client.HTTPConnection(address, timeout=10)
            try:
                self._ask_on(connection, address)
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(f"{address}: {error!r}")
            connection.close()

    def _ask_on(self, connection: http.client.HTTPConnection, address: str) -> None:
        headers = {"Authorization": f"Bearer {KEY}", "X-Actor": self.actor, "Content-Type": "application/json"}
        for _ in range(50):
            connection.request("POST", "/v1/workspaces/acme/mask", self.BODY, headers)
            reply = connection.getresponse()
            body = reply.read()
            if reply.status != http.client.OK or (b"6789" in body and self.actor.startswith("bob")):
                self.lost.append(f"{address}: {reply.status} {body.decode()}")
            self.answered[reply.headers["PII-Request-Id"]] = address
            if reply.headers["Connection"] == "close" or self.balancer.done.wait(0.01):
                return
