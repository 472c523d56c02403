"""How a call is timed, in processor time of one core, and how rows are printed."""

import gc
import statistics
import sys
import time
import timeit
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """How often to measure: medians of rounds, each long enough for the clock."""

    rounds: int = 15
    seconds: float = 0.05

    def microseconds(self, act: Callable[[], object]) -> float:
        """Return the median cost of a call."""
        timer = timeit.Timer(act, setup=gc.enable, timer=time.process_time)  # Collecting garbage is part of the cost.
        once = timer.timeit(1)
        calls = max(1, min(400, int(self.seconds / max(once, 1e-7))))
        rounds = self.rounds if once < 1 else 1
        return statistics.median(timer.repeat(rounds, calls)) / calls * 1e6


QUICK = Effort(rounds=3, seconds=0.02)


def show(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table."""
    table = [list(head), *([*row] for row in rows)]
    widths = [max(len(row[at]) for row in table) for at in range(len(head))]
    lines = ["", title]
    for row in table:
        first, *rest = (
            cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in _cells(row, widths)
        )
        lines.append("  ".join((first, *rest)))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _cells(row: Sequence[str], widths: Sequence[int]) -> Iterable[tuple[int, tuple[str, int]]]:
    return enumerate(zip(row, widths, strict=True))


def verdict(*, met: bool) -> str:
    """Say whether a target was met."""
    return "met" if met else "NOT MET"
