"""Mask so many bodies with planted values, made from a seed, and say what did not hold: `make fuzz` runs it."""

import argparse
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from time import monotonic

from tests.fuzzing.judging import faults_of
from tests.fuzzing.planted import planted

_A_PART = 2000
_SHOWN = 20


def main() -> int:
    """Run, and print the seed first, so that whatever is found can be had again."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inputs", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    options.add_argument("--processes", type=int, default=2)
    given = options.parse_args()
    _say(f"seed {given.seed}")
    with ProcessPoolExecutor(given.processes) as pool:
        parts = range(-(-given.inputs // _A_PART))
        found = _told(pool.map(_part, [(given.seed, at) for at in parts]), len(parts))
    return 1 if found else 0


def _told(parts: Iterator[list[str]], count: int) -> int:
    """Say each fault as it is found, and twenty times how far it is; return how many there are."""
    found, started = 0, monotonic()
    for done, faults in enumerate(parts, 1):
        found += len(faults)
        for fault in faults[:_SHOWN]:
            _say(fault)
        if done == count or done % max(count // 20, 1) == 0:
            _say(f"{done * _A_PART:,} of {count * _A_PART:,} inputs in {monotonic() - started:.0f} s, {found} faults")
    return found


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command's output.


def _part(named: tuple[int, int]) -> list[str]:
    seed, part = named
    return [fault for one in planted(seed + part * 1_000_003, _A_PART) for fault in faults_of(one)]


if __name__ == "__main__":
    sys.exit(main())
