"""Traces for OpenTelemetry: a span for each request and for its stages, with ids, effects and reasons, never a value.

The extra `otel` brings what it needs; without PRIVACY_TRACING nothing of it is loaded. Where spans go is said by the
variables that OpenTelemetry itself has, such as OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_SAMPLER.
"""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from privacy_service.observability import logging as lines
from privacy_service.observability.stages import WATCHERS, Stages

try:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError:
    message = "PRIVACY_TRACING needs the extra: pip install 'privacy-service[otel]'."
    raise ImproperlyConfigured(message) from None

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SERVICE = "privacy-service"
_SERVER_ERRORS = 500
_CARRIED = {"HTTP_TRACEPARENT": "traceparent", "HTTP_TRACESTATE": "tracestate"}
_TOLD = {"PII-Decision": "privacy.effect", "PII-Reason": "privacy.reason", "PII-Request-Id": "privacy.request_id"}
_ENDPOINTS = frozenset({"mask", "classify", "decision", "explain", "compare"})
_propagator = TraceContextTextMapPropagator()


def exporting() -> TracerProvider:
    """Return a provider that sends spans to the collector which OpenTelemetry's own variables name."""
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def traced(application: "WSGIApplication", provider: TracerProvider) -> "WSGIApplication":
    """Return the application with a span around each request and one for each of its stages."""
    tracer = provider.get_tracer(SERVICE)
    WATCHERS.append(lambda told: _add_stages(tracer, told))
    lines.span_now = _trace_id_now

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        carried = {name: environ[header] for header, name in _CARRIED.items() if header in environ}
        parent, kind = _propagator.extract(carried), trace.SpanKind.SERVER
        # An exception's message may quote a payload: it is not recorded.
        with tracer.start_as_current_span(
            _name_of(environ), parent, kind, record_exception=False, set_status_on_exception=False
        ) as span:
            return application(environ, _telling(span, start_response))

    return answer


def _name_of(environ: "WSGIEnvironment") -> str:
    """Return the call without anything that the path might hold beside it."""
    method = environ["REQUEST_METHOD"]
    endpoint = environ["PATH_INFO"].rpartition("/")[2]
    is_call = environ["PATH_INFO"].startswith("/v1/workspaces/") and endpoint in _ENDPOINTS
    return f"{method} {endpoint}" if is_call else str(method)


def _telling(span: "trace.Span", start_response: "StartResponse") -> "StartResponse":
    """Return a start_response that tells the span what was answered."""

    def started(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        code = int(status[:3])
        span.set_attribute("http.response.status_code", code)
        for name, value in headers:
            if name in _TOLD:
                span.set_attribute(_TOLD[name], str(value))
        if code >= _SERVER_ERRORS:
            span.set_status(trace.StatusCode.ERROR)
        return start_response(status, headers, *exc_info)

    return started


def _add_stages(tracer: "trace.Tracer", told: Stages) -> None:
    """Add a span for each stage; they have just ended, one after another."""
    at = time.time_ns() - round(sum(seconds for _, seconds in told) * 1e9)
    for name, seconds in told:
        span = tracer.start_span(name, start_time=at)
        at += round(seconds * 1e9)
        span.end(end_time=at)


def _trace_id_now() -> str:
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""
