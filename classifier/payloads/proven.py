"""What proof confirms in a masked body, and what came from the original: nobody had found it, or nobody replaced it."""

from collections import Counter
from collections.abc import Mapping

from classifier.entities import Entity
from classifier.leaks import SHOWING
from classifier.payloads.located import spans_in_texts
from classifier.payloads.types import PayloadKind
from classifier.spans import CONFIRMED_SCORE, PROVEN_SCORE
from classifier.tiers import Search

_PROOF = frozenset({PROVEN_SCORE, CONFIRMED_SCORE})


def proven_left(
    before: str, after: str, kind: PayloadKind, search: Search, operators: Mapping[Entity, str]
) -> Counter[str]:
    """Count what proof confirms in the masked body and what stood in the original: chance makes numbers as well.

    Tables and forms are not read here: which column a value stands in decides there, and only a whole table tells it.
    """
    left: Counter[str] = Counter()
    if kind in {PayloadKind.CSV, PayloadKind.FORM}:
        return left
    for part in after.split("\n") if kind is PayloadKind.NDJSON else [after]:
        for span in spans_in_texts([part], search)[0]:
            is_shown = operators.get(span.entity, "keep") in SHOWING
            if span.score in _PROOF and not is_shown and part[span.start : span.end] in before:
                left[span.entity.value] += 1
    return left
