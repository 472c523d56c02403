"""A call and its answer as the decision and masking APIs see them, whichever server or framework carries them.

Values of one request are named tuples: they are made for each, in a third of the time a frozen dataclass takes.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from privacy_service.exceptions import PrivacyError

Headers = tuple[tuple[str, str], ...]

# Nothing between the service and the reader may keep an answer that was made for one reader.
PRIVATE: Headers = (
    ("Cache-Control", "private, no-store"),
    ("Vary", "Authorization, X-Api-Key, Actor, X-Actor, Actor-Token, X-Actor-Token, Source, PII-Source"),
    ("X-Content-Type-Options", "nosniff"),
)


class _RequestIds:
    """Random ids, drawn from the system many at a time: a call into it would cost a request more than its id."""

    def __init__(self) -> None:
        self._drawn: list[str] = []
        os.register_at_fork(after_in_child=self._drawn.clear)  # A child must not name its requests as its parent does.

    def next(self) -> str:
        """Return the next one; `pop` gives no two threads the same."""
        try:
            return self._drawn.pop()
        except IndexError:
            digits = os.urandom(16 * _IDS_AT_ONCE).hex()
            self._drawn.extend(digits[at : at + 32] for at in range(32, len(digits), 32))
            return digits[:32]


_IDS_AT_ONCE = 64
_request_ids = _RequestIds()


def new_request_id() -> str:
    """Return 32 random hexadecimal digits that name one request in answers, logs and the audit trail."""
    return _request_ids.next()


class Call(NamedTuple):
    """One request; `environ` is a WSGI environment or Django's `request.META`, which share their names."""

    environ: Mapping[str, Any]
    slug: str
    read: Callable[[], bytes]  # Raises BodyTooLarge for a body over the limit.
    id: str
    named: Mapping[str, str] | None = None  # `request_id` and `trace_id`, where the caller names the request at all.

    def header(self, name: str) -> str:
        """Return a header by its WSGI name, such as HTTP_X_ACTOR, or an empty text."""
        value: str = self.environ.get(name, "")
        return value

    @property
    def traceparent(self) -> str:
        """Return the caller's trace and span, empty where it names none."""
        return self.header(_TRACEPARENT) if self.named and "trace_id" in self.named else ""


class Hop(NamedTuple):
    """What is left of a call where its work goes on elsewhere, such as in a task."""

    id: str
    traceparent: str = ""


# Whose request this thread, or this asynchronous task, is about; log lines and tasks are named by it.
current: ContextVar[Call | Hop | None] = ContextVar("privacy_call", default=None)

_REQUEST_ID = "HTTP_PII_REQUEST_ID"
_TRACEPARENT = "HTTP_TRACEPARENT"
# An id of any other form could be anything, an e-mail too: it would end in logs and in the audit trail.
_ID_FORM = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TRACE_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def received(environ: Mapping[str, Any], slug: str, read: Callable[[], bytes]) -> Call:
    """Return the call that a request makes, by the name that its caller gives it, else by one of ours."""
    said, trace = environ.get(_REQUEST_ID), environ.get(_TRACEPARENT)
    named = None if said is None and trace is None else _names_in(said or "", trace or "")
    call = Call(environ, slug, read, named["request_id"] if named else new_request_id(), named)
    current.set(call)
    return call


def request_id_now() -> str:
    """Return the id of the request that is being answered, or a new one."""
    call = current.get()
    return call.id if call else new_request_id()


def names_now() -> Mapping[str, str]:
    """Return what a record beside a request's own decision says of that request: nothing where there is none."""
    call = current.get()
    if call is None:
        return {}
    trace_id = trace_id_in(call.traceparent)
    return {"request_id": call.id, "trace_id": trace_id} if trace_id else {"request_id": call.id}


def trace_id_in(traceparent: str) -> str:
    """Return the id of the trace that a `traceparent` names (W3C Trace Context), empty where it is not well formed."""
    form = _TRACE_FORM.fullmatch(traceparent)
    return form[1] if form else ""


def _names_in(said: str, trace: str) -> Mapping[str, str] | None:
    """Return what the caller names the request by, None where none of it is well formed."""
    own, trace_id = _ID_FORM.fullmatch(said), trace_id_in(trace)
    if not own and not trace_id:
        return None
    names = {"request_id": said.replace("-", "").lower() if own else new_request_id()}
    return names | {"trace_id": trace_id} if trace_id else names


class Answer(NamedTuple):
    """One response."""

    status: int
    headers: Headers
    body: bytes

    @property
    def status_line(self) -> str:
        """Return the status as WSGI wants it."""
        return _STATUS_LINES[self.status]


_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def json_answer(status: int, content: Any, call_id: str, *, content_type: str = "application/json") -> Answer:
    """Answer with a JSON document for one reader alone."""
    headers = (("Content-Type", content_type), ("PII-Request-Id", call_id), *PRIVATE)
    return Answer(status, headers, json_bytes(content))


def json_bytes(content: Any) -> bytes:
    """Write JSON; a lone surrogate of a caller's text, which UTF-8 cannot spell, as its escape."""
    try:
        return orjson.dumps(content)
    except TypeError:
        return json.dumps(content).encode()


def problem(error: PrivacyError, call_id: str) -> Answer:
    """Turn an error into application/problem+json (RFC 9457) with a stable `reason`."""
    content = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "reason": error.reason,
        "request_id": call_id,
        **error.members,
    }
    answer = json_answer(error.status, content, call_id, content_type="application/problem+json")
    return Answer(answer.status, (*answer.headers, *error.headers.items()), answer.body)
