"""What each operator costs, in microseconds of one core: `python -m tests.benchmarks.bench_operators`."""

import sys
from functools import partial

import orjson

from classifier import Entity, Keyring, OperatorConfig, PayloadKind, Policy, mask, unmask
from classifier.operators import OPERATORS, Keys, compile_operator
from tests.benchmarks.inputs import PERSONAL
from tests.benchmarks.measuring import Effort

KEYRING = Keyring.derive(b"a secret of the benchmark alone.", workspace_id="bench")
SAMPLES = {
    Entity.EMAIL_ADDRESS: "alice.liddell@corp.io",
    Entity.PERSON: "Alice Liddell",
    Entity.US_SSN: "123-45-6789",
    Entity.DATE_OF_BIRTH: "1985-03-12",
}


def operator_row(name: str, event: bytes) -> list[str]:
    """Return what an operator costs for one value of each kind, and for an event with seven."""
    config, keys = OperatorConfig(name), Keys(keyring=KEYRING)
    costs = []
    for entity, text in SAMPLES.items():
        hide = compile_operator(config, entity, keys=keys) or str
        costs.append(Effort().microseconds(partial(hide, text)))
    policy = Policy(name, default=config, keep_by_default=True, keyring=KEYRING)
    costs.append(Effort().microseconds(partial(mask, event, policy, kind=PayloadKind.JSON)))
    return [name, *(f"{cost:.1f}" for cost in costs)]


def main() -> None:
    """Print the table."""
    event = orjson.dumps(PERSONAL)
    tokens = mask(event, Policy.named("reversible", keyring=KEYRING), kind=PayloadKind.JSON).payload
    back = Effort().microseconds(lambda: unmask(tokens, KEYRING, kind=PayloadKind.JSON))
    rows = [
        ["operator", *SAMPLES, "event"],
        *(operator_row(name, event) for name in OPERATORS),
        ["unmask", "", "", "", "", f"{back:.1f}"],
    ]
    sys.stdout.write("\n".join(f"{row[0]:12}" + "".join(f"{cell:>15}" for cell in row[1:]) for row in rows) + "\n")


if __name__ == "__main__":
    main()
