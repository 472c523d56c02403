"""What events cost that differ as those of a backend do: an event repeated finds every automaton and memory warm."""

import statistics
import time
from collections.abc import Callable, Sequence

import orjson

from classifier import PayloadKind, Policy, Tier, mask, mask_many
from tests.benchmarks.measuring import show
from tests.benchmarks.varied import Backend

STRICT = Policy.named("strict")
# Fresh events for each measurement, so many at a time where they are masked together.
ROUNDS, EVENTS, TOGETHER = 9, 1000, 250
# So many at first are not counted: a stream soon knows what recurs.
WARM_UP = 2

Act = Callable[[Sequence[bytes]], object]


def main(*, quick: bool = False) -> None:
    """Print the table."""
    acts, backend = _acts(), Backend()
    costs: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(WARM_UP + (1 if quick else ROUNDS)):
        for name, act in acts.items():
            costs[name].append(_cost(act, [orjson.dumps(backend.event()) for _ in range(EVENTS)]))
    size = statistics.mean(len(orjson.dumps(backend.event())) for _ in range(EVENTS))
    medians = {name: statistics.median(each[WARM_UP:]) for name, each in costs.items()}
    floor = next(iter(medians.values()))
    rows = [(name, f"{cost:.1f}", f"{size / cost:.1f}", f"{cost / floor:.1f}") for name, cost in medians.items()]
    show(f"Varied events of {size:.0f} bytes on average, four personal fields", ("", "µs", "MB/s", "x floor"), rows)


def _acts() -> dict[str, Act]:
    return {
        "orjson loads + dumps (the floor)": lambda events: [orjson.dumps(orjson.loads(event)) for event in events],
        "mask, patterns": lambda events: [
            mask(event, STRICT, kind=PayloadKind.JSON, tier=Tier.PATTERNS) for event in events
        ],
        "mask, fast": lambda events: [mask(event, STRICT, kind=PayloadKind.JSON) for event in events],
        f"mask_many, {TOGETHER} at a time, fast": lambda events: [
            mask_many(events[at : at + TOGETHER], STRICT) for at in range(0, len(events), TOGETHER)
        ],
        f"mask of NDJSON, {TOGETHER} lines, fast": lambda events: [
            mask(b"\n".join(events[at : at + TOGETHER]), STRICT, kind=PayloadKind.NDJSON)
            for at in range(0, len(events), TOGETHER)
        ],
    }


def _cost(act: Act, events: Sequence[bytes]) -> float:
    """Return the microseconds of processor time an event takes."""
    started = time.process_time()
    act(events)
    return (time.process_time() - started) / len(events) * 1e6


if __name__ == "__main__":
    main()
