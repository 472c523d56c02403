"""Prometheus metrics, shared by every process of one host through files in PROMETHEUS_MULTIPROC_DIR."""

import os
from pathlib import Path

from django.conf import settings

# prometheus_client decides at its import whether it counts for one process or for several.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.PRIVACY_DATA_DIR / "metrics"))
Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)

from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: E402 - see above.
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402 - see above.

from privacy_service.observability.tally import CounterTally, Flushable, HistogramTally  # noqa: E402 - see above.

_SECONDS = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)

requests = CounterTally("privacy_requests", "Answered requests", ("endpoint", "status"))
stage_seconds = HistogramTally(
    "privacy_stage_seconds", "Time spent in each stage of a request", ("stage",), buckets=_SECONDS
)
decisions = CounterTally("privacy_decisions", "Decisions", ("effect", "reason"))
masked_entities = CounterTally("privacy_masked_entities", "Pieces of personal data hidden", ("entity",))
fail_closed = CounterTally("privacy_fail_closed", "Failures that withheld an answer or masked it whole", ("where",))
shadow_requests = CounterTally("privacy_shadow_requests", "Requests looked at in shadow", ("outcome",))
shadow_leaks = CounterTally("privacy_shadow_leaks", "Proven personal data found in what shadow had masked")
release_breaches = CounterTally("privacy_release_breaches", "Gates found red while the release was on", ("gate",))
audit_shipped = CounterTally("privacy_audit_shipped", "Audit records moved from the spool to the database")
audit_refused = CounterTally("privacy_audit_refused", "Audit records that the database refused, set aside on disk")
audit_torn = CounterTally("privacy_audit_torn", "Spool lines cut short by a crash before their answer went out")
audit_forwarded = CounterTally("privacy_audit_forwarded", "Audit records that a receiver confirmed", ("receiver",))
audit_forward_failures = CounterTally(
    "privacy_audit_forward_failures", "Batches of audit records that a receiver did not confirm", ("receiver",)
)
upstream_requests = CounterTally(
    "privacy_upstream_requests", "Requests of the gateway to upstreams", ("upstream", "outcome")
)
breaker_moves = CounterTally("privacy_breaker_moves", "Moves of an upstream's circuit breaker", ("upstream", "state"))
audit_spool_bytes = Gauge(
    "privacy_audit_spool_bytes", "Audit records waiting for the database", multiprocess_mode="mostrecent"
)

TALLIES: tuple[Flushable, ...] = (
    requests,
    stage_seconds,
    decisions,
    masked_entities,
    fail_closed,
    shadow_requests,
    shadow_leaks,
    release_breaches,
    audit_shipped,
    audit_refused,
    audit_torn,
    audit_forwarded,
    audit_forward_failures,
    upstream_requests,
    breaker_moves,
)

for place in ("decide", "mask", "classify", "decision", "gateway"):
    fail_closed.add(place, amount=0)  # An alert on a counter needs it to be there before the first failure.


def flush() -> None:
    """Hand what this process has counted to Prometheus."""
    for tally in TALLIES:
        tally.flush()


def exposition() -> bytes:
    """Return the metrics of every process of this host, in Prometheus' text format; other processes' a second late."""
    flush()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
