"""Traces: spans for a request and its stages, in the caller's trace, without a value; nothing unless asked for."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from privacy_service.hotpath import HotPath
from privacy_service.observability import logging as lines
from privacy_service.observability.stages import WATCHERS
from privacy_service.observability.tracing import traced
from workspaces.models import User, Workspace

ROOT = Path(__file__).resolve().parents[2]
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CANARY = "canary@example.com"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Keep the spans of this test, and record none after it."""
    yield InMemorySpanExporter()
    WATCHERS.clear()
    lines.span_now = str


def ask(exporter: InMemorySpanExporter, key: str, call: str, *, body: bytes = b"{}", **headers: str) -> int:
    """Ask the traced service, and return the status."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET" if call == "decision" else "POST",
        "PATH_INFO": f"/v1/workspaces/acme/{call}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": f"Bearer {key}",
        "HTTP_X_ACTOR": "bob@example.com",
        **headers,
    }
    started: list[str] = []
    application = traced(HotPath(lambda *_: []), provider)
    list(application(environ, lambda status, *_: started.append(status)))  # type: ignore[arg-type]
    WATCHERS.clear()
    return int(started[0][:3]) if started else 0


def told(span: ReadableSpan) -> dict[str, Any]:
    """Return what a span says, but for the request's id."""
    return {name: value for name, value in (span.attributes or {}).items() if name != "privacy.request_id"}


def test_a_request_and_its_stages_are_spans_of_the_callers_trace(
    released_workspace: Workspace, bob: User, key: str, spans: InMemorySpanExporter
) -> None:
    ask(spans, key, "mask", HTTP_TRACEPARENT=f"00-{TRACE}-{PARENT}-01")

    *stages, request = spans.get_finished_spans()
    assert (request.name, f"{request.context.trace_id:032x}", f"{request.parent.span_id:016x}") == (  # type: ignore[union-attr]
        "POST mask",
        TRACE,
        PARENT,
    )
    assert told(request) == {
        "http.response.status_code": 200,
        "privacy.effect": "mask",
        "privacy.reason": "role-lacks-pii",
    }
    assert [stage.name for stage in stages] == ["admit", "decide", "enforce"]
    assert {stage.parent.span_id for stage in stages} == {request.context.span_id}  # type: ignore[union-attr]
    assert [stage.end_time for stage in stages[:2]] == [stage.start_time for stage in stages[1:]]
    assert (request.start_time or 0) <= (stages[0].start_time or 0) + 1_000_000


@pytest.mark.parametrize(("call", "stages"), [("classify", ["admit", "classify"]), ("decision", [])])
def test_the_other_calls_have_spans_too(
    released_workspace: Workspace, bob: User, key: str, spans: InMemorySpanExporter, call: str, stages: list[str]
) -> None:
    assert ask(spans, key, call) == 200

    assert [span.name.rpartition(" ")[2] for span in spans.get_finished_spans()] == [*stages, call]


def test_no_span_holds_a_value_a_reader_or_a_path(
    released_workspace: Workspace, bob: User, key: str, spans: InMemorySpanExporter
) -> None:
    body = json.dumps({"email": CANARY}).encode()
    ask(spans, key, "mask", body=body)
    ask(spans, key, "mask", body=body + b"{")
    ask(spans, key, "mask", body=body, HTTP_X_ACTOR=CANARY)
    ask(spans, key, CANARY, body=body, QUERY_STRING=f"q={CANARY}")

    names = {span.name for span in spans.get_finished_spans()}
    everything = "".join(span.to_json() for span in spans.get_finished_spans())
    assert names == {"admit", "decide", "enforce", "POST mask", "POST"}
    assert not [word for word in ("canary", "bob@", key, "acme") if word in everything]


def test_a_request_that_fails_is_marked_and_quotes_nothing(
    released_workspace: Workspace, bob: User, key: str, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr("classifier.mask", fail)
    assert ask(spans, key, "mask", body=b'{"email":"canary@example.com"}') == 503

    request = spans.get_finished_spans()[-1]
    assert (request.status.is_ok, request.events) == (False, ())
    assert "canary" not in request.to_json()


def test_a_line_logged_in_a_span_names_its_trace(spans: InMemorySpanExporter) -> None:
    provider = TracerProvider()
    traced(lambda *_: [], provider)
    with provider.get_tracer("test").start_as_current_span("outer") as span:
        trace_id = lines.span_now()

    assert trace_id == f"{span.get_span_context().trace_id:032x}"
    assert lines.span_now() == ""


_LOADS = """
import sys
import privacy_service.wsgi
print(sorted({"privacy_service.observability.tracing", "opentelemetry.exporter"} & set(sys.modules)))
"""


def test_unless_asked_for_nothing_records_traces(transactional_db: None) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", _LOADS]
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)

    assert finished.stdout.strip() == "[]"


def test_without_the_extra_the_setting_stops_the_start_with_a_sentence() -> None:
    program = "import sys\nsys.modules['opentelemetry.sdk'] = None\nimport privacy_service.observability.tracing"
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )

    assert "pip install 'privacy-service[otel]'" in finished.stderr
