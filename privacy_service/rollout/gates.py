"""The gates: what must be well before the release goes wider, read from what the service counted of itself."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils import timezone

from privacy_service.rollout import minutes
from privacy_service.rollout.minutes import Counts
from privacy_service.rollout.models import Report

_NO_ANSWER = "no answer was measured yet"


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
    """One gate as it stands: what was measured, what is allowed, and both in words."""

    name: GateName
    state: GateState
    measured: float | None
    limit: float
    words: str
    is_measured: bool

    @property
    def standing(self) -> str:
        """Say in a word how it stands; one that nothing was measured for is not called green, though it may open."""
        return self.state.value if self.is_measured else "unmeasured"


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
        kept = {
            gate.name.value: {**asdict(gate), "name": gate.name.value, "state": gate.state.value} for gate in self.gates
        }
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
    words = f"{counts.errors} of {counts.requests} answers were errors; at most {limit:.2%} may be"
    if not counts.requests:
        words = f"{_NO_ANSWER}; at most {limit:.2%} may be errors"
    state = _state(counts.requests, ok=rate <= limit)
    return _gate(GateName.ERROR_RATE, state, rate, limit, words, seen=counts.requests)


def _p95(counts: Counts) -> Gate:
    p95 = minutes.quantile(counts.seconds, 0.95)
    limit = settings.PRIVACY_RELEASE_P95_SECONDS
    took = "no answer was timed yet" if p95 is None else f"19 of 20 requests took {_seconds(p95)} or less"
    state = _state(sum(counts.seconds), ok=p95 is None or p95 <= limit)
    words, known = f"{took}; at most {_seconds(limit)}", None if p95 == float("inf") else p95
    return _gate(GateName.P95, state, known, limit, words, seen=sum(counts.seconds))


def _fail_closed(counts: Counts) -> Gate:
    limit = settings.PRIVACY_RELEASE_FAIL_CLOSED
    seen = counts.requests + counts.fail_closed  # Not every failure is one of a request: flows and jobs have theirs.
    words = f"{counts.fail_closed} answers were withheld or masked whole for a failure; at most {limit} may be"
    if not seen:
        words = f"{_NO_ANSWER}; at most {limit} may be withheld or masked whole for a failure"
    state = _state(counts.requests, ok=counts.fail_closed <= limit)
    return _gate(GateName.FAIL_CLOSED, state, counts.fail_closed, limit, words, seen=seen)


def _leaks(counts: Counts) -> Gate:
    samples, least = minutes.samples(), settings.PRIVACY_RELEASE_LEAST_SAMPLES
    words = f"{counts.leaks} leaks in {counts.sampled} requests masked in shadow; {samples} in two days, {least} needed"
    state = GateState.RED if counts.leaks else GateState.GREEN if samples >= least else GateState.NO_DATA
    if not samples:
        words = f"no request was masked in shadow in two days; {least} needed"
    return _gate(GateName.LEAKS, state, counts.leaks, 0, words, seen=samples)


def _reports() -> Gate:
    still_open = Report.objects.filter(closed_at=None).count()
    state = GateState.RED if still_open else GateState.GREEN
    return Gate(GateName.REPORTS, state, still_open, 0, f"{still_open} reports are open; none may be", is_measured=True)


def _gate(  # noqa: PLR0913 - what a gate holds, and the last by its name.
    name: GateName, state: GateState, measured: float | None, limit: float, words: str, *, seen: int
) -> Gate:
    """Return a gate that rests on what was seen."""
    return Gate(name, state, measured if seen else None, limit, words, is_measured=bool(seen))


def _state(requests: int, *, ok: bool) -> GateState:
    """Say how a gate stands: a failure counts however few the requests were, too few of them prove nothing."""
    if not ok:
        return GateState.RED
    return GateState.GREEN if requests >= settings.PRIVACY_RELEASE_LEAST_REQUESTS else GateState.NO_DATA


def _seconds(seconds: float) -> str:
    if seconds == float("inf"):
        return "more than 5 s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.2g} ms"  # noqa: PLR2004 - two digits tell enough.
