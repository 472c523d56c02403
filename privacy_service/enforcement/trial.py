"""What would have happened to a payload, had the feature been released: an effect, fields and leaks, never a value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import classifier
from classifier import Policy
from privacy_service.decisions.engine import once_released
from privacy_service.decisions.types import AccessRequest, Effect
from privacy_service.enforcement.enforce import Payload, enforce, limits, tier
from privacy_service.enforcement.paths import folded
from privacy_service.exceptions import BadRequest, BodyTooDeep, LeakBlocked

FieldCounts = Mapping[tuple[str, str], int]


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
        enforce(replace(decision, operators=replace(decision.operators, leak_check=True)), payload)
    except (BadRequest, BodyTooDeep) as error:  # Passed on unread as long as nothing is released; refused from then on.
        return Trial(f"refuse {error.reason}")
    except LeakBlocked as error:
        return Trial(effect, _fields(payload, decision.operators), error.entities)
    return Trial(effect, _fields(payload, decision.operators))


def _fields(payload: Payload, operators: Policy) -> FieldCounts:
    found = classifier.classify(payload.body, kind=payload.kind, limits=limits(), tier=tier())
    return Counter(
        (folded(one.path), one.entity.value) for one in found if operators.operator_of(one.entity).name != "keep"
    )
