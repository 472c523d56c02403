"""Log lines that say where and what kind, never which value."""

import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog

from privacy_service.http import Call, Hop, current, trace_id_in

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
Event = structlog.typing.EventDict

# What a line may say beside its message. A field of any other name is left out: nobody has thought about what it holds.
FIELDS = frozenset(
    {
        "count",
        "endpoint",
        "receiver",
        "status",
        "reason",
        "service",
        "task",
        "task_id",
        "upstream",
        "work",
        "workspace_id",
    }
)
# Their messages end with the path of a request, in which somebody may have put anything.
_TELL_PATHS = frozenset({"django.request", "django.security.DisallowedHost"})
# Its messages end with what a task raised, in a library's own words, or returned.
_TELLS_ENDS = "celery.app.trace"

CALL = "privacy_call"
"""Under which a request of Django's keeps its call: Django logs an error when the request is no longer current."""

span_now: Callable[[], str] = str
"""Returns the id of the trace that is being recorded, where traces are recorded at all."""


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object a line. Of an exception it prints kind and places: its message may quote a payload."""

    def __init__(self) -> None:
        super().__init__(processors=[_as_line, structlog.processors.JSONRenderer(serializer=json.dumps)])


def configure() -> None:
    """Have structlog's loggers write through the standard ones, so that every line has one form."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _known_fields_alone,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logger_named(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger whose lines have fields; their names are those of FIELDS."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _known_fields_alone(_: Any, __: str, event: Event) -> Event:
    """Leave the others out before anything else sees them, and say which exception is meant while it is at hand."""
    kept = {name: value for name, value in event.items() if name in FIELDS or name == "event"}
    exc_info = event.get("exc_info")
    if isinstance(exc_info, BaseException):
        kept["exc_info"] = (type(exc_info), exc_info, exc_info.__traceback__)
    elif exc_info:
        kept["exc_info"] = sys.exc_info()
    return kept


def _as_line(_: Any, __: str, event: Event) -> Event:
    record: logging.LogRecord = event["_record"]
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _message_of(record, event),
        **{name: value for name, value in event.items() if name in FIELDS},
        **_names(current.get() or getattr(getattr(record, "request", None), CALL, None)),
    }
    exc_info = event.get("exc_info")
    if exc_info and exc_info[0]:
        line["error"] = describe(exc_info)
    return line


def _message_of(record: logging.LogRecord, event: Event) -> str:
    if record.name in _TELL_PATHS:
        return f"A request was answered with {getattr(record, 'status_code', 'an error')}"
    if record.name == _TELLS_ENDS:
        told: dict[str, Any] = getattr(record, "data", {})
        how = "failed" if record.levelno >= logging.WARNING else "is done"
        return f"Task {told.get('name', '')}[{told.get('id', '')}] {how}"
    return str(event["event"])


def _names(call: Call | Hop | None) -> dict[str, str]:
    """Return what names the request that a line is about."""
    trace_id = span_now() or (trace_id_in(call.traceparent) if call else "")
    names = {"request_id": call.id if call else "", "trace_id": trace_id}
    return {name: value for name, value in names.items() if value}


def describe(exc_info: _ExcInfo) -> str:
    """Return an exception's kind and the places it passed through, innermost last, without its message."""
    kind, _, trace = exc_info
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    return " < ".join([kind.__qualname__, *reversed(places[-12:])])


configure()
