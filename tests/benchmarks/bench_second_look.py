"""What a second look at each masked body adds, in CPU microseconds: `python -m tests.benchmarks --second-look`."""

from dataclasses import replace
from functools import partial

import orjson

from classifier import PayloadKind, Policy, Tier, mask
from tests.benchmarks.inputs import CLEAN, PERSONAL, personal_event
from tests.benchmarks.measuring import Effort, show

_MANY = 1000


def main() -> None:
    """Print the table."""
    policy = Policy.named("strict")
    checked = replace(policy, leak_check=True)
    lines = b"\n".join(orjson.dumps(personal_event(number)) for number in range(_MANY))
    bodies = [
        ("event with personal data", PayloadKind.JSON, orjson.dumps(PERSONAL)),
        ("clean event", PayloadKind.JSON, orjson.dumps(CLEAN)),
        (f"{_MANY:,} events, NDJSON", PayloadKind.NDJSON, lines),
    ]
    rows = []
    for name, kind, body in bodies:
        without, with_it = (
            Effort().microseconds(partial(mask, body, one, kind=kind, tier=Tier.FAST)) for one in (policy, checked)
        )
        rows.append([name, f"{without:,.0f}", f"{with_it:,.0f}", f"{with_it / without:.1f}"])
    show("A second look, CPU µs", ["", "masked", "and looked at again", "times"], rows)
