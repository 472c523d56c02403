"""How many examples a property test draws: some, always the same, every day; many, and new ones, in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

IS_FUZZING = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
_IN_FUZZING, _LEAST = 10, 20


def load_profile() -> None:
    """Have tests that say nothing of their own draw as everyday, or as fuzzing, wants it."""
    settings.register_profile("suite", derandomize=True, deadline=None)
    settings.register_profile("fuzz", max_examples=1000, deadline=None, print_blob=True)
    settings.load_profile("fuzz" if IS_FUZZING else "suite")


def draws(count: int, *suppressed: HealthCheck) -> settings:
    """Return the settings of a test: a quarter of so many examples every day, ten times as many in `make fuzz`."""
    drawn = count * _IN_FUZZING if IS_FUZZING else max(_LEAST, count // 4)
    return settings(max_examples=drawn, deadline=None, suppress_health_check=[HealthCheck.too_slow, *suppressed])
