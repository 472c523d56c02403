"""What the tests of the classifier share: asking it, and reading its answers."""

import json
from typing import Any

from classifier import Entity, OperatorConfig, PayloadKind, Policy, mask
from classifier.leaves import find_in_leaves
from classifier.spans import settle_labels, settle_overlaps

STRICT = Policy.named("strict")
SHAPES = Policy("shapes", default=OperatorConfig("shape"))
HASH_KEY = b"a key that only the tests know.."


def found(text: str) -> list[tuple[str, str]]:
    """Return the entities of a text with the characters each covers."""
    spans = settle_overlaps(settle_labels(find_in_leaves([text]).get(0, [])))
    return [(str(span.entity), text[span.start : span.end]) for span in spans]


def masked(payload: str | bytes, policy: Policy = STRICT, *, kind: PayloadKind = PayloadKind.JSON) -> str:
    """Return a body as a reader under this policy sees it."""
    body = payload if isinstance(payload, bytes) else payload.encode()
    return mask(body, policy, kind=kind).payload.decode()


def masked_value(value: Any, policy: Policy = STRICT) -> Any:
    """Return a JSON value as a reader under this policy sees it."""
    return json.loads(masked(json.dumps(value), policy))


def with_operators(**operators: str) -> Policy:
    """Return a policy that keeps everything but what is named."""
    chosen = {Entity(entity): OperatorConfig(name) for entity, name in operators.items()}
    return Policy("test", chosen, OperatorConfig("keep"), keep_by_default=True, hash_key=HASH_KEY)
