"""Asking the service as a backend does, through the hot path or through Django's view of the same endpoint."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.test import Client

from privacy_service.hotpath import HotPath


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body, read as JSON."""
        return orjson.loads(self.body)

    @property
    def reason(self) -> str:
        """Return the problem's reason."""
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.json["status"] == self.status
        reason: str = self.json["reason"]
        return reason


Ask = Callable[..., Reply]


def through_hot_path(
    method: str, url: str, body: bytes, headers: dict[str, str], *, length: str | None = None
) -> Reply:
    """Ask the callable that stands in front of Django in production."""
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
        "wsgi.input": io.BytesIO(body),
        **_as_environ(headers),
    }
    started: list[tuple[str, list[tuple[str, str]]]] = []
    pieces = HotPath(_no_django)(environ, lambda *arguments: started.append(arguments[:2]))  # type: ignore[arg-type]
    content = b"".join(pieces)
    [(status, answer_headers)] = started
    return Reply(int(status[:3]), dict(answer_headers), content)


def through_django(method: str, url: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Ask Django's view."""
    environ = {"CONTENT_TYPE": "", "CONTENT_LENGTH": str(len(body)), **_as_environ(headers)}
    response = Client().generic(method, url, body, **environ)  # type: ignore[arg-type]
    return Reply(response.status_code, dict(response.headers), response.getvalue())


def _no_django(*_: object) -> Any:
    message = "The hot path handed over a request that is its own."
    raise AssertionError(message)


def _as_environ(headers: dict[str, str]) -> dict[str, str]:
    names = {name: name.upper().replace("-", "_") for name in headers}
    return {names[name] if name == "Content-Type" else f"HTTP_{names[name]}": value for name, value in headers.items()}
