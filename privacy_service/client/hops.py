"""What goes on with every call made for one request, so that it can be followed from hop to hop."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

REQUEST_ID = "PII-Request-Id"
TRACEPARENT = "traceparent"
_REQUEST_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Hop(NamedTuple):
    """What names a request on its way; empty where it has no name."""

    traceparent: str = ""
    request_id: str = ""


_NAMELESS = Hop()
_current: ContextVar[Hop] = ContextVar("privacy_service_hop")


@contextmanager
def passing_on(*, traceparent: str = "", request_id: str = "") -> Iterator[None]:
    """Send these names along with every call made inside; what is not well formed is left out."""
    token = _current.set(Hop(_if(_TRACEPARENT, traceparent), _if(_REQUEST_ID, request_id)))
    try:
        yield
    finally:
        _current.reset(token)


def headers() -> dict[str, str]:
    """Return the headers for a call made now; the span of an OpenTelemetry SDK goes before what the request brought."""
    hop = _current.get(_NAMELESS)
    named = {TRACEPARENT: _span_now() or hop.traceparent, REQUEST_ID: hop.request_id}
    return {name: value for name, value in named.items() if value}


def names_in(incoming: Mapping[str, str]) -> Hop:
    """Return what a request's headers, by lower-case name, say of it; X-Request-Id is what many proxies call it."""
    return Hop(incoming.get(TRACEPARENT, ""), incoming.get(REQUEST_ID.lower()) or incoming.get("x-request-id", ""))


def _if(form: re.Pattern[str], value: str) -> str:
    return value if form.fullmatch(value) else ""


def _propagation() -> ModuleType | None:
    try:
        return import_module("opentelemetry.propagate")
    except ImportError:  # No need of it: without an SDK there is no span to tell of.
        return None


_propagate = _propagation()


def _span_now() -> str:
    if _propagate is None:
        return ""
    carrier: dict[str, str] = {}
    _propagate.inject(carrier)
    return carrier.get(TRACEPARENT, "")
