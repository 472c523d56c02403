"""The small page where Prometheus reads the numbers of a process that is no web server."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from privacy_service.observability import metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def server_at(listen: str) -> WSGIServer:
    """Return a server for `host:port`; it answers once it is told to."""
    host, _colon, port = listen.rpartition(":")
    return make_server(host, int(port), page, handler_class=_Quiet)


def page(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer `/metrics`, and `/healthz` while the process lives."""
    make = _PAGES.get(environ["PATH_INFO"])
    body = make() if make else b"Ask for /metrics or /healthz.\n"
    kind = "text/plain; version=0.0.4; charset=utf-8"
    start_response("200 OK" if make else "404 Not Found", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _alive() -> bytes:
    return b"ok\n"


_PAGES: dict[str, Callable[[], bytes]] = {"/metrics": metrics.exposition, "/healthz": _alive}


class _Quiet(WSGIRequestHandler):
    """Writes no line for each look of Prometheus."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's.
        """Say nothing."""
