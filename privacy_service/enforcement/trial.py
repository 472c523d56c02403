"""What would have happened to a payload, had the feature been released: an effect, fields and leaks, never a value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_plus

import classifier
from classifier import Entity, PayloadKind, Policy
from classifier.spans import CONFIRMED_SCORE, PROVEN_SCORE
from privacy_service.decisions.engine import once_released
from privacy_service.decisions.types import AccessRequest, Effect
from privacy_service.enforcement.enforce import Payload, enforce, limits, tier
from privacy_service.enforcement.paths import folded
from privacy_service.exceptions import BadRequest, BodyTooDeep, LeakBlocked

FieldCounts = Mapping[tuple[str, str], int]

_PROOF = frozenset({PROVEN_SCORE, CONFIRMED_SCORE})
# What these leave readable, or put in its place, is meant to be read.
_SHOWING = frozenset({"keep", "synthetic", "generalize"})


@dataclass(frozen=True, slots=True)
class Trial:
    """The effect with its reason; how often each field would have been hidden, by path and kind; and leaks, by kind."""

    effect: str
    fields: FieldCounts = field(default_factory=dict)
    leaks: Mapping[str, int] = field(default_factory=dict)


def try_out(access: AccessRequest, payload: Payload) -> Trial:
    """Mask the payload as if the feature were released, look at the result again, and keep counts alone."""
    decision = once_released(access)
    effect = f"{decision.effect} {decision.reason}"
    if decision.effect is not Effect.MASK:
        return Trial(effect)
    try:
        masked = enforce(replace(decision, operators=replace(decision.operators, leak_check=True)), payload).body
    except (BadRequest, BodyTooDeep) as error:  # Passed on unread as long as nothing is released; refused from then on.
        return Trial(f"refuse {error.reason}")
    except LeakBlocked as error:
        return Trial(effect, _fields(payload, decision.operators), error.entities)
    return Trial(effect, _fields(payload, decision.operators), _leaks(payload, masked, decision.operators))


def _fields(payload: Payload, operators: Policy) -> FieldCounts:
    found = classifier.classify(payload.body, kind=payload.kind, limits=limits(), tier=tier())
    return Counter(
        (folded(one.path), one.entity.value) for one in found if operators.operator_of(one.entity).name != "keep"
    )


def _leaks(payload: Payload, masked: bytes, operators: Policy) -> Mapping[str, int]:
    """Count what proof confirms in the masked body and what stood in the original too: chance makes numbers as well."""
    before, after = _text(payload.kind, payload.body), _text(payload.kind, masked)
    spans = classifier.locate(after, limits=limits(), tier=classifier.Tier.PATTERNS)
    return Counter(
        span.entity.value
        for span in spans
        if span.score in _PROOF and not _is_shown(span.entity, operators) and after[span.start : span.end] in before
    )


def _is_shown(entity: Entity, operators: Policy) -> bool:
    return operators.operator_of(entity).name in _SHOWING


def _text(kind: PayloadKind, body: bytes) -> str:
    text = body.decode("utf-8")
    return unquote_plus(text) if kind is PayloadKind.FORM else text
