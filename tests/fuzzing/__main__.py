"""Mask so many bodies with planted values, made from a seed, and say what did not hold: `make fuzz` runs it."""

import argparse
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from time import monotonic

from tests.fuzzing.judging import faults_of
from tests.fuzzing.planted import planted

_A_PART = 2000


def main() -> int:
    """Run, and print the seed first, so that whatever is found can be had again."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inputs", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    options.add_argument("--processes", type=int, default=2)
    given = options.parse_args()
    print(f"seed {given.seed}", flush=True)  # noqa: T201 - a command's output.
    started, parts = monotonic(), -(-given.inputs // _A_PART)
    with ProcessPoolExecutor(given.processes) as pool:
        found = [fault for part in pool.map(_part, [(given.seed, at) for at in range(parts)]) for fault in part]
    for fault in found[:20]:
        print(fault)  # noqa: T201 - as above.
    took = monotonic() - started
    print(f"{parts * _A_PART} inputs in {took:.0f} s, {len(found)} faults")  # noqa: T201 - as above.
    return 1 if found else 0


def _part(named: tuple[int, int]) -> list[str]:
    seed, part = named
    return [fault for one in planted(seed + part * 1_000_003, _A_PART) for fault in faults_of(one)]


if __name__ == "__main__":
    sys.exit(main())
