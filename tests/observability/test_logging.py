"""Log lines: where and what kind, never which value."""

import json
import logging
import sys

from celery import current_app
from celery.app.trace import build_tracer

from privacy_service.observability.logging import LineFormatter

CANARY = "canary@example.com"


def line_of(record: logging.LogRecord) -> dict[str, str]:
    """Return the line as a log collector reads it."""
    formatted = LineFormatter().format(record)
    assert "\n" not in formatted
    line: dict[str, str] = json.loads(formatted)
    return line


def make_record(message: str, *arguments: object, exc_info: object = None) -> logging.LogRecord:
    """Return a record as a logger makes it."""
    return logging.LogRecord("privacy", logging.ERROR, __file__, 1, message, arguments, exc_info)  # type: ignore[arg-type]


def fail(value: str) -> None:
    """Raise an error whose message quotes the value, as many libraries do."""
    raise ValueError(value)


def test_a_line_says_when_how_bad_who_and_what() -> None:
    line = line_of(make_record("%s failed", "mask"))

    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "error", "logger": "privacy", "message": "mask failed"}


def test_of_an_exception_the_kind_and_the_places_are_told_but_not_the_message() -> None:
    try:
        fail(CANARY)
    except ValueError:
        line = line_of(make_record("broken", exc_info=sys.exc_info()))

    assert line["error"].startswith("ValueError < ")
    assert " fail < " in line["error"]
    assert "canary" not in str(line)


def test_the_cause_of_an_exception_is_not_told_either() -> None:
    try:
        try:
            fail(CANARY)
        except ValueError as cause:
            raise KeyError(CANARY) from cause
    except KeyError:
        line = line_of(make_record("broken", exc_info=sys.exc_info()))

    assert line["error"].startswith("KeyError < ")
    assert "canary" not in str(line)


def test_of_a_task_that_failed_its_name_is_told_but_not_what_it_raised() -> None:
    @current_app.task(name="tests.fails")
    def fails() -> None:
        fail(CANARY)

    lines: list[dict[str, str]] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(line_of(record))  # type: ignore[method-assign]
    trace = logging.getLogger("celery.app.trace")
    trace.addHandler(handler)
    try:
        build_tracer("tests.fails", fails, app=current_app)("some-id", [], {}, {"id": "some-id"})
    finally:
        trace.removeHandler(handler)

    [line] = lines
    assert line["message"] == "Task tests.fails[some-id] failed"
    assert "canary" not in str(line)
