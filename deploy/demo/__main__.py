"""Everything on one machine: two backends, the service, nginx and the gateway in front: `make demo`."""

import getpass
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from deploy.demo.tables import tables
from deploy.nginx.render import filled, nginx, render, write
from deploy.run import HOST, ROOT, free_port, say

HERE = Path(__file__).resolve().parent
READY_WITHIN_SECONDS = 90


@dataclass(frozen=True)
class Ports:
    """Where each part listens."""

    front: int
    service: int
    gateway: int
    proxy: int
    customers: int
    orders: int


def main() -> None:
    """Start everything, show what four readers see, and wait."""
    # Ctrl-C too: whatever started this in the background may have had it ignored.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _stop)
    os.umask(0o077)  # The configuration of nginx holds a key.
    folder = Path(os.environ.get("DATA_DIR") or "var/demo").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(24)
    with ExitStack() as stack:
        # Of a short name, since nginx makes sockets in it, and gone at the end, since it holds a key.
        own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="privacy-demo-")))
        running = Running(folder, own, stack)
        url = _start(running, _ports(), key)
        _show(url)
        running.wait_for_first_end()


def _stop(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    raise KeyboardInterrupt


def _ports() -> Ports:
    front, service, gateway = (
        int(os.environ.get(name) or default or free_port())
        for name, default in (("PORT", 8080), ("SERVICE_PORT", 0), ("GATEWAY_PORT", 0))
    )
    return Ports(front, service, gateway, proxy=free_port(), customers=free_port(), orders=free_port())


class Running:
    """The processes of the demo; each writes into a log of its own."""

    def __init__(self, folder: Path, own: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.own = own
        self._stack = stack
        self._named: dict[str, subprocess.Popen[bytes]] = {}
        stack.callback(self._stop)

    def start(self, name: str, *command: str, **environment: str) -> None:
        """Start a process, in a session of its own: Ctrl-C reaches this one alone, which then stops them all."""
        log = self._stack.enter_context(self._log(name).open("wb"))
        self._named[name] = subprocess.Popen(  # noqa: S603 - our own words.
            command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log, start_new_session=True
        )

    def wait_until_ready(self, *urls: str) -> None:
        """Wait until each of these answers."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        waiting = list(urls)
        while waiting:
            self._check()
            if time.monotonic() > deadline:
                sys.exit(f"{waiting[0]} does not answer after {READY_WITHIN_SECONDS} s; see the logs in {self.folder}.")
            waiting = [url for url in waiting if not _answers(url)]
            time.sleep(0.05)

    def wait_for_first_end(self) -> None:
        """Wait until a process ends, which none should."""
        while True:
            self._check()
            time.sleep(0.2)

    def _check(self) -> None:
        for name, process in self._named.items():
            if process.poll() is not None:
                written = self._log(name).read_text(encoding="utf-8", errors="replace")
                sys.exit(f"{written}\n{name} has ended; is a port in use? Try make demo DEMO_PORT=8123")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _stop(self) -> None:
        for process in self._named.values():
            process.terminate()
        for process in self._named.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _start(running: Running, ports: Ports, key: str) -> str:
    """Start every part, and return where readers come in."""
    say("Starting two backends, the privacy-service with its gateway, and nginx")
    for kind in ("customers", "orders"):
        running.start(f"{kind}-api", sys.executable, "-m", "deploy.demo.api", kind, str(getattr(ports, kind)))
    service, gateway = f"http://{HOST}:{ports.service}", f"http://{HOST}:{ports.gateway}"
    named = {"PORT": str(ports.service), "GATEWAY_PORT": str(ports.gateway), "DEMO_KEY": key}
    running.start("service", sys.executable, "deploy/run.py", DATA_DIR=str(running.folder), **named)
    running.wait_until_ready(f"{service}/readyz", f"{gateway}/readyz")
    _register(running.folder, f"http://{HOST}:{ports.orders}")
    program, front = nginx(os.environ)["PROXY_NGINX"], f"http://{HOST}:{ports.front}"
    running.start("nginx-proxy", program, "-c", str(_proxy(running.own, ports, key)))
    running.start("nginx-front", program, "-c", str(_front(running.own, ports, key)))
    # The gateway knows its new upstream within two seconds.
    running.wait_until_ready(front, f"{front}/as/carol/customers", f"{front}/as/carol/orders")
    return front


def _register(folder: Path, url: str) -> None:
    command = ["deploy/with-dev-env.sh", sys.executable, "manage.py", "gateway", "add", "acme", "orders", url]
    environment = os.environ | {"DATA_DIR": str(folder)}
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)  # noqa: S603 - our own words.
    if finished.returncode:
        sys.exit(finished.stdout + finished.stderr)


def _proxy(folder: Path, ports: Ports, key: str) -> Path:
    """Write the configuration of nginx in front of the customers API."""
    settings = {
        "PROXY_LISTEN": f"{HOST}:{ports.proxy}",
        "PROXY_UPSTREAM": f"http://{HOST}:{ports.customers}",
        "PROXY_SERVICE": f"http://{HOST}:{ports.service}",
        "PROXY_API_KEY": key,
        "PROXY_WORKSPACE": "acme",
        "PROXY_TRUSTED": HOST,
        "PROXY_WORKERS": "1",
        "PROXY_USER": getpass.getuser(),  # Another one could not reach this folder.
    }
    return render(folder / "nginx", os.environ | settings)


def _front(folder: Path, ports: Ports, key: str) -> Path:
    """Write the configuration of nginx where readers come in."""
    (folder / "front" / "inner").mkdir(parents=True, exist_ok=True)
    values = {
        "FOLDER": str(folder / "front"),
        "PAGE": str(HERE / "page"),
        "PORT": str(ports.front),
        "PROXY_PORT": str(ports.proxy),
        "GATEWAY_PORT": str(ports.gateway),
        "KEY": key,
    }
    path = folder / "front" / "front.conf"
    write(path, filled((HERE / "front.conf.template").read_text(encoding="utf-8"), values))
    return path


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address.
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def _show(url: str) -> None:
    say("\nThe first customers, as four readers get them through nginx; the customers API sends everybody the same:\n")
    say("\n".join(tables(url, "customers", 4, "nginx with njs")))
    say("And two orders, through the built-in gateway:\n")
    say("\n".join(tables(url, "orders", 2, "gateway")))
    say(f"Choose a reader yourself at {url}/ ; Ctrl-C stops it all.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        say("Stopped.")
