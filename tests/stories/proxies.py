"""nginx as it runs in front of an API: rendered from its template, a process of its own."""

import getpass
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.nginx.render import nginx, render
from tests.services import free_port

READY_WITHIN_SECONDS = 10


class Nginx:
    """A running nginx, and a client for it."""

    def __init__(self, folder: Path, *, ports: tuple[int, int], **settings: str) -> None:
        service_port, upstream_port = ports
        self.folder = folder
        self.port = free_port()
        self.access_log = folder / "access.log"
        self.log = folder / "nginx.log"
        self.settings = {
            "PROXY_LISTEN": f"127.0.0.1:{self.port}",
            "PROXY_SERVICE": f"http://127.0.0.1:{service_port}",
            "PROXY_UPSTREAM": f"http://127.0.0.1:{upstream_port}",
            "PROXY_WORKSPACE": "acme",
            "PROXY_TRUSTED": "127.0.0.1",
            "PROXY_USER": getpass.getuser(),  # Another one could not reach a folder of the suite's.
            "PROXY_WORKERS": "2",
            "PROXY_ACCESS_LOG": str(self.access_log),
            "PROXY_SHADOW_SHARE": "0",
            **settings,
        }
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = {**os.environ, **self.settings}
        configuration = render(self.folder, environment)
        with self.log.open("ab") as log:
            command = [nginx(environment)["PROXY_NGINX"], "-c", str(configuration)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it."""
        self.client.close()
        self.process.terminate()
        self.process.wait(timeout=10)

    def get(self, path: str, reader: str, **headers: str) -> httpx.Response:
        """Ask as a reader whom a trusted proxy has signed in."""
        return self._ask("GET", path, reader, b"", headers)

    def ask(self, method: str, path: str, reader: str, content: bytes = b"", **headers: str) -> httpx.Response:
        """Ask so; an underscore in a header's name stands for a hyphen."""
        return self._ask(method, path, reader, content, headers)

    def _ask(self, method: str, path: str, reader: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["X-Reader"] = f"{reader}@acme.example"
        return self.client.request(method, path, content=content or None, headers=named)

    def logged(self) -> list[dict[str, Any]]:
        """Return the lines of the access log."""
        return [json.loads(line) for line in self.access_log.read_text().splitlines()]

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/").status_code > 0
        except httpx.TransportError:
            return False


@contextmanager
def running(proxy: Nginx) -> Iterator[Nginx]:
    """Run it for a block."""
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
