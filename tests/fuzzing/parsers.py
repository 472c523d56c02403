"""Bytes that nobody would send, led by what they reach in the code: atheris against every parser of a body.

`make fuzz-parsers` installs atheris and runs it: `python -m tests.fuzzing.parsers -max_total_time=60`.
Nothing but an error of ours may come out, and what comes out of a masking can be read again.
"""

import sys

import atheris

with atheris.instrument_imports(include=["classifier"]):
    from classifier import ClassifierError, PayloadKind, Tier, classify, mask
    from tests.fuzzing.judging import REDACTING

_KINDS = tuple(PayloadKind)


def one_input(data: bytes) -> None:
    """Take the first byte for the kind, the rest for the body."""
    if not data:
        return
    kind, body = _KINDS[data[0] % len(_KINDS)], data[1:]
    try:
        hidden = mask(body, REDACTING, kind=kind, tier=Tier.PATTERNS).payload
    except ClassifierError:
        return
    classify(hidden, kind=kind, tier=Tier.PATTERNS)  # Whatever was taken once is taken again.


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
