"""decide(): microseconds a call, warm and cold."""

import statistics
import timeit
from collections.abc import Callable

from privacy_service.decisions import engine
from privacy_service.decisions.types import AccessRequest
from privacy_service.rollout import release
from workspaces.models import User, Workspace
from workspaces.stamp import StampedCache, stamp


def main() -> None:
    """Measure as a server process sees it: the stamp is read beside, not by the request."""
    stamp.read()
    workspace = Workspace.objects.get(slug="acme")
    print("\ndecide(), µs a call, medians")
    for name in ("alice", "bob", "mallory"):
        access = AccessRequest(User.objects.get(email=f"{name}@acme.example"), workspace)
        warm = _microseconds(lambda access=access: engine.decide(access), 2_000)  # type: ignore[misc]
        cold = _microseconds(lambda access=access: _decide_cold(access), 50)  # type: ignore[misc]
        print(f"{name:10} warm {warm:8.1f}   cold {cold:8.1f}")


def _decide_cold(access: AccessRequest) -> None:
    for module, name in ((engine, "_decisions"), (engine, "_policies"), (release, "_causes")):
        setattr(module, name, StampedCache())
    engine.decide(access)


def _microseconds(call: Callable[[], object], number: int) -> float:
    return statistics.median(timeit.repeat(call, number=number, repeat=9)) / number * 1e6
