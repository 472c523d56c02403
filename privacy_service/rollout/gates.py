"""The gates: what must be well before the release goes wider, read from what the service counted of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils import timezone

from privacy_service.rollout import minutes
from privacy_service.rollout.minutes import Counts
from privacy_service.rollout.models import Report


class GateState(StrEnum):
    """How a gate stands; only green opens it."""

    GREEN = "green"
    RED = "red"
    NO_DATA = "no-data"


class GateName(StrEnum):
    """Every gate."""

    ERROR_RATE = "error-rate"
    P95 = "p95"
    FAIL_CLOSED = "fail-closed"
    LEAKS = "leaks"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate as it stands: what was measured, what is allowed, and both in a sentence with its figures."""

    name: GateName
    state: GateState
    measured: float | None
    limit: float
    sentence: str
    figures: Mapping[str, object]
    is_measured: bool = True

    @property
    def words(self) -> str:
        """Say how it stands."""
        return self.sentence % self.figures

    @property
    def standing(self) -> str:
        """Say in a word how it stands; one that nothing was measured for is not called green, though it may open."""
        return self.state.value if self.is_measured else "unmeasured"

    def as_dict(self) -> dict[str, Any]:
        """Return it as the history keeps it."""
        told = {"name": self.name.value, "state": self.state.value, "words": self.words}
        return {**told, "measured": self.measured, "limit": self.limit, "is_measured": self.is_measured}


@dataclass(frozen=True, slots=True)
class Gates:
    """All gates at one moment, and how many processes they speak for."""

    gates: tuple[Gate, ...]
    processes: int
    hosts: int

    @property
    def are_green(self) -> bool:
        """Say whether the release may go wider."""
        return all(gate.state is GateState.GREEN for gate in self.gates)

    @property
    def has_unmeasured_open(self) -> bool:
        """Say whether one opens although nothing was measured, since the settings ask for no measurement."""
        return any(gate.state is GateState.GREEN and not gate.is_measured for gate in self.gates)

    @property
    def closed(self) -> tuple[Gate, ...]:
        """Return the gates that are not green."""
        return tuple(gate for gate in self.gates if gate.state is not GateState.GREEN)

    @property
    def red(self) -> tuple[Gate, ...]:
        """Return the gates that are breached."""
        return tuple(gate for gate in self.gates if gate.state is GateState.RED)

    def as_dict(self) -> dict[str, Any]:
        """Return them as the history keeps them."""
        kept = {gate.name.value: gate.as_dict() for gate in self.gates}
        return {**kept, "processes": self.processes, "hosts": self.hosts}


def measure() -> Gates:
    """Read every gate over the last window."""
    window = timedelta(seconds=settings.PRIVACY_RELEASE_WINDOW_SECONDS)
    seen = minutes.evidence(timezone.now() - window)
    gates = (_error_rate(seen.counts), _p95(seen.counts), _fail_closed(seen.counts), _leaks(seen.counts), _reports())
    return Gates(gates, seen.processes, seen.hosts)


def _error_rate(counts: Counts) -> Gate:
    rate = counts.errors / counts.requests if counts.requests else 0.0
    limit = settings.PRIVACY_RELEASE_ERROR_RATE
    sentence = "%(errors)s of %(requests)s answers were errors; at most %(limit)s may be"
    if not counts.requests:
        sentence = "no answer was measured yet; at most %(limit)s may be errors"
    figures = {"errors": counts.errors, "requests": counts.requests, "limit": f"{limit:.2%}"}
    state = _state(counts.requests, ok=rate <= limit)
    return _gate(GateName.ERROR_RATE, state, rate, limit, (sentence, figures), seen=counts.requests)


def _p95(counts: Counts) -> Gate:
    p95 = minutes.quantile(counts.seconds, 0.95)
    limit = settings.PRIVACY_RELEASE_P95_SECONDS
    took, sentence = _seconds(p95), "19 of 20 requests took %(took)s or less; at most %(limit)s"
    if p95 is None:
        sentence = "no answer was timed yet; at most %(limit)s"
    state = _state(sum(counts.seconds), ok=p95 is None or p95 <= limit)
    measured = None if p95 == float("inf") else p95
    told = sentence, {"took": took, "limit": _seconds(limit)}
    return _gate(GateName.P95, state, measured, limit, told, seen=sum(counts.seconds))


def _fail_closed(counts: Counts) -> Gate:
    limit = settings.PRIVACY_RELEASE_FAIL_CLOSED
    seen = counts.requests + counts.fail_closed  # Not every failure is one of a request: flows and jobs have theirs.
    sentence = "%(hidden)s answers were withheld or masked whole for a failure; at most %(limit)s may be"
    if not seen:
        sentence = "no answer was measured yet; at most %(limit)s may be withheld or masked whole for a failure"
    state = _state(counts.requests, ok=counts.fail_closed <= limit)
    figures = {"hidden": counts.fail_closed, "limit": limit}
    return _gate(GateName.FAIL_CLOSED, state, counts.fail_closed, limit, (sentence, figures), seen=seen)


def _leaks(counts: Counts) -> Gate:
    samples, least = minutes.samples(), settings.PRIVACY_RELEASE_LEAST_SAMPLES
    sentence = "%(leaks)s leaks in %(sampled)s requests masked in shadow; %(samples)s in two days, %(least)s needed"
    figures = {"leaks": counts.leaks, "sampled": counts.sampled, "samples": samples, "least": least}
    state = GateState.RED if counts.leaks else GateState.GREEN if samples >= least else GateState.NO_DATA
    seen = samples + counts.leaks  # A leak counts, whatever is known of samples.
    if not seen:
        sentence = "no request was masked in shadow in two days; %(least)s needed"
    return _gate(GateName.LEAKS, state, counts.leaks, 0, (sentence, figures), seen=seen)


def _reports() -> Gate:
    still_open = Report.objects.filter(closed_at=None).count()
    state = GateState.RED if still_open else GateState.GREEN
    return Gate(GateName.REPORTS, state, still_open, 0, "open reports: %(open)s; none may be", {"open": still_open})


def _gate(  # noqa: PLR0913 - what a gate holds, and the last by its name.
    name: GateName,
    state: GateState,
    measured: float | None,
    limit: float,
    told: tuple[str, Mapping[str, object]],
    *,
    seen: int,
) -> Gate:
    """Return a gate that rests on what was seen."""
    return Gate(name, state, measured if seen else None, limit, *told, is_measured=bool(seen))


def _state(requests: int, *, ok: bool) -> GateState:
    """Say how a gate stands: a failure counts however few the requests were, too few of them prove nothing."""
    if not ok:
        return GateState.RED
    return GateState.GREEN if requests >= settings.PRIVACY_RELEASE_LEAST_REQUESTS else GateState.NO_DATA


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds == float("inf"):
        return "more than 5 s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.2g} ms"  # noqa: PLR2004 - two digits tell enough.
