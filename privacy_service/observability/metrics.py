"""Prometheus metrics, shared by every process of one host through files in PROMETHEUS_MULTIPROC_DIR."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from time import time

from django.conf import settings

# prometheus_client decides at its import whether it counts for one process or for several.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.PRIVACY_DATA_DIR / "metrics"))
Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)

from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: E402 - see above.
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric  # noqa: E402 - see above.
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402 - see above.
from prometheus_client.registry import Collector  # noqa: E402 - see above.

from privacy_service.observability import facts  # noqa: E402 - see above.
from privacy_service.observability.tally import CounterTally, Flushable, HistogramTally  # noqa: E402 - see above.
from workspaces.stamp import stamp  # noqa: E402 - see above.

_WORK_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300)
_SECONDS = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)

requests = CounterTally("privacy_requests", "Answered requests", ("endpoint", "status"))
stage_seconds = HistogramTally(
    "privacy_stage_seconds", "Time spent in each stage of a request", ("stage",), buckets=_SECONDS
)
decisions = CounterTally("privacy_decisions", "Decisions", ("effect", "reason"))
masked_entities = CounterTally("privacy_masked_entities", "Pieces of personal data hidden", ("entity",))
fail_closed = CounterTally("privacy_fail_closed", "Failures that withheld an answer or masked it whole", ("where",))
shed = CounterTally("privacy_shed", "Requests refused because more was asked than could be answered", ("endpoint",))
suppressed_events = CounterTally(
    "privacy_suppressed_events", "Events about suppressed people that were left out or refused", ("how",)
)
consent_missing = CounterTally(
    "privacy_consent_missing", "Events left out or refused for want of consent to where they go", ("how",)
)
consent_choices = CounterTally("privacy_consent_choices", "Choices that people made of what they agree to", ("way",))
subject_receipts = CounterTally("privacy_subject_receipts", "Answers of systems asked to forget somebody", ("status",))
index_events = CounterTally("privacy_index_events", "Events that told the index who is known by what", ("outcome",))
inventory_looks = CounterTally("privacy_inventory_looks", "Bodies looked at for fields as they pass", ("outcome",))
inventory_alerts = CounterTally("privacy_inventory_alerts", "Alerts of new red fields", ("how",))
shadow_requests = CounterTally("privacy_shadow_requests", "Requests looked at in shadow", ("outcome",))
leaks_blocked = CounterTally("privacy_leaks_blocked", "Personal data found in masked bodies, which were withheld")
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
sign_ins = CounterTally("privacy_sign_ins", "Tries to sign in to the console or the admin", ("way", "outcome"))
tasks = CounterTally("privacy_tasks", "Tasks that a worker has ended", ("task", "state"))
task_seconds = HistogramTally("privacy_task_seconds", "How long a task took", ("task",), buckets=_WORK_SECONDS)
task_wait_seconds = HistogramTally(
    "privacy_task_wait_seconds", "How long a task waited for its worker", ("task",), buckets=_WORK_SECONDS
)
job_files = CounterTally("privacy_job_files", "Files of jobs that are masked or were given up", ("state",))
job_bytes = CounterTally("privacy_job_bytes", "Bytes of the files that jobs have masked")
audit_verified = CounterTally("privacy_audit_verified", "Chains of the audit trail that the nightly look has verified")
audit_faults = CounterTally("privacy_audit_faults", "Faults that the nightly look at the audit trail has found")
stream_records = CounterTally("privacy_stream_records", "Records of flows", ("service", "outcome"))
stream_waits = CounterTally(
    "privacy_stream_waits", "Batches that a service could not finish yet", ("service", "reason")
)
stream_batch_seconds = HistogramTally(
    "privacy_stream_batch_seconds", "How long a stage of a batch took", ("service", "stage"), buckets=_WORK_SECONDS
)
stream_lag = Gauge(
    "privacy_stream_lag",
    "Records of a topic that a service has yet to finish",
    ("service", "topic"),
    multiprocess_mode="mostrecent",
)
stream_lag_seconds = Gauge(
    "privacy_stream_lag_seconds", "How old the oldest of them is", ("service", "topic"), multiprocess_mode="mostrecent"
)
audit_spool_bytes = Gauge(
    "privacy_audit_spool_bytes", "Audit records waiting for the database", multiprocess_mode="mostrecent"
)
stamp_read_at = Gauge(
    "privacy_stamp_read_timestamp_seconds",
    "When the server process that knows the oldest rights has last asked whether they changed",
    ("process",),  # Without a label every process would show a 0 before it has asked, and those that never ask too.
    multiprocess_mode="livemin",
)
GAUGES = (audit_spool_bytes, stamp_read_at, stream_lag, stream_lag_seconds)

TALLIES: tuple[Flushable, ...] = (
    requests,
    stage_seconds,
    decisions,
    masked_entities,
    fail_closed,
    shed,
    suppressed_events,
    consent_missing,
    consent_choices,
    subject_receipts,
    index_events,
    inventory_looks,
    inventory_alerts,
    shadow_requests,
    leaks_blocked,
    shadow_leaks,
    release_breaches,
    audit_shipped,
    audit_refused,
    audit_torn,
    audit_forwarded,
    audit_forward_failures,
    upstream_requests,
    breaker_moves,
    sign_ins,
    tasks,
    task_seconds,
    task_wait_seconds,
    job_files,
    job_bytes,
    audit_verified,
    audit_faults,
    stream_records,
    stream_waits,
    stream_batch_seconds,
)

_PRIVATE_AI = ("process-text", "ner-text", "analyze-text", "reidentify-text", "private-ai")
_PRESIDIO = ("presidio-analyze", "presidio-anonymize", "presidio-deanonymize", "presidio")

_OWN = ("decide", "mask", "classify", "decision", "gateway", "topics", "authzen", "check", "suppressions-check")
_TOKENS = ("unmask", "token-keys")
_CONSENT = ("consents-check", "consents-record", "consents-current", "consents-withdraw", "consent-choices")

for place in (*_OWN, *_TOKENS, *_CONSENT, *_PRIVATE_AI, *_PRESIDIO):
    fail_closed.add(place, amount=0)  # An alert on a counter needs it to be there before the first failure.
leaks_blocked.add(amount=0)  # As above.
audit_verified.add(amount=0)  # As above.
audit_faults.add(amount=0)


def names() -> list[str]:
    """Return the name of every metric, as alerts and dashboards write it; a histogram adds `_bucket` and others."""
    looked_up = [fact for source in facts.SOURCES.values() for fact in source.facts]
    found = [tally.name for tally in TALLIES] + [gauge._name for gauge in GAUGES]  # noqa: SLF001 - it has no other name.
    return found + [fact.name + "_total" * fact.only_grows for fact in (*looked_up, facts.FAILURES)]


def flush() -> None:
    """Hand what this process has counted to Prometheus."""
    for tally in TALLIES:
        tally.flush()


def note_stamp() -> None:
    """Note how old the rights are that this process answers by; for server processes, which ask twice a second."""
    stamp_read_at.labels("server").set(time() - stamp.age())


def exposition() -> bytes:
    """Return the metrics of every process of this instance, in Prometheus' text format; others' a second late."""
    flush()
    _forget_the_dead()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(_Facts())
    return generate_latest(registry)


class _Facts(Collector):
    """Turns what was looked up into what Prometheus' client prints."""

    def collect(self) -> Iterator[Metric]:
        families: dict[facts.Fact, CounterMetricFamily | GaugeMetricFamily] = {}
        for reading in facts.readings():
            fact = reading.fact
            kind = CounterMetricFamily if fact.only_grows else GaugeMetricFamily
            family = families.setdefault(fact, kind(fact.name, fact.documentation, labels=fact.labels))
            family.add_metric(reading.labels, reading.value)
        yield from families.values()


def _forget_the_dead() -> None:
    """Take away what processes that have died said of themselves; what they have counted stays."""
    for path in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("gauge_live*.db"):
        process = re.search(r"_(\d+)\.db$", path.name)
        if process and not _lives(int(process[1])):
            path.unlink(missing_ok=True)


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)  # Sends nothing.
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
