"""A note of 4 KB through `/process/text` against `/mask` of the same note, in one process, without a socket."""

import statistics

import orjson

from privacy_service.hotpath import HotPath
from tests.benchmarks.calling import Call, nothing_else
from tests.benchmarks.inputs import note
from tests.benchmarks.measuring import Effort, show, verdict

MOST_TIMES_NATIVE = 1.15
_ROUNDS = 15
_ONE_ROUND = Effort(rounds=1, seconds=0.1)


def main(key: str) -> None:
    """Print the table; rounds of both take turns, so that what else the machine does hits both alike."""
    text = note().decode()
    bodies = {
        "/mask": ("/v1/workspaces/acme/mask", "text/plain", text.encode()),
        "/process/text": ("/process/text", "application/json", orjson.dumps({"text": [text]})),
    }
    service = HotPath(nothing_else)
    calls = {name: Call(service, key, *each) for name, each in bodies.items()}
    rounds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(_ROUNDS):
        for name, call in calls.items():
            rounds[name].append(_ONE_ROUND.microseconds(call))
    costs = {name: statistics.median(each) for name, each in rounds.items()}
    ratio = costs["/process/text"] / costs["/mask"]
    rows = [[name, f"{cost:.0f}", f"{cost / costs['/mask']:.2f}"] for name, cost in costs.items()]
    show(f"A note of {len(text)} characters", ["", "CPU µs", "x /mask"], rows)
    show("Goal", ["", "at most", ""], [["x /mask", f"{MOST_TIMES_NATIVE}", verdict(met=ratio <= MOST_TIMES_NATIVE)]])
