"""Rules of a policy as a request writes them, and what of personal data they leave readable."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import classifier
from classifier import ENTITIES, REGULATIONS, Colour, Entity, OperatorConfig, Policy
from privacy_service.decisions.policies import operators_from
from privacy_service.managing.errors import invalid_fields

# These show a part of a value; every other operator but `keep` shows nothing of it.
_SHOWING_A_PART = frozenset({"last4", "generalize", "mask"})

Shown = frozenset[tuple[str, ...]]

_WHOLES = {str(part): str(info.part_of) for part, info in ENTITIES.items() if info.part_of}


def read_rules(written: Mapping[str, Any], workspace_id: UUID) -> dict[str, Any]:
    """Return rules as they are stored: `extends` filled in, `groups` spelled out; raise InvalidFields.

    What a rule names itself counts before the group it is in, and a group before what is extended.
    """
    given = dict(written)
    base, groups = given.pop("extends", None), given.pop("groups", {})
    chosen = _mapping(given.pop("operators", {}))
    try:
        extended = Policy.named(str(base)).as_dict() if base is not None else {"operators": {}}
        ground = {**extended, **given}
        grouped = _operators_of_groups(groups, Policy.from_dict(ground))
        policy = Policy.from_dict({**ground, "operators": _layered(extended["operators"], grouped, chosen)})
        operators_from(policy.as_dict(), workspace_id).compiled()
    except classifier.PolicyError as error:
        raise invalid_fields({"rules": [str(error)]}) from None
    _check_text(policy.as_dict())
    return policy.as_dict()


def readable_in(rules: Mapping[str, Any]) -> Shown:
    """Return all that these rules leave readable, wholly or in part, in a form that can be compared."""
    policy = Policy.from_dict(rules)
    shown: set[tuple[str, ...]] = {
        ("entity", entity, _plain(policy.operator_of(entity))) for entity in Entity if _shows(policy, entity)
    }
    own = policy.own
    shown |= {("matcher", repr(one)) for one in own.matchers if one.colour is Colour.GREEN or _is_partly(one.operator)}
    return frozenset(shown | {("allowed", kind, term) for kind, terms in own.allow.as_dict().items() for term in terms})


def hidden_in(rules: Mapping[str, Any]) -> Shown:
    """Return what these rules hide beyond the kinds that everybody knows: what is blocked, and what matchers name."""
    own = Policy.from_dict(rules).own
    blocked = {("blocked", kind, term) for kind, terms in own.block.as_dict().items() for term in terms}
    return frozenset(blocked | {("matcher", repr(one)) for one in own.matchers if one.colour is not Colour.GREEN})


def shows_more(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether a change of rules could show anything that was hidden."""
    return not (readable_in(after) <= readable_in(before) and hidden_in(before) <= hidden_in(after))


def _shows(policy: Policy, entity: Entity) -> bool:
    operator = policy.operator_of(entity)
    return operator.name == "keep" or _is_partly(operator)


def _is_partly(operator: OperatorConfig | None) -> bool:
    return operator is not None and operator.name in _SHOWING_A_PART


def _plain(operator: OperatorConfig) -> str:
    return f"{operator.name}{sorted(operator.params)}"


def _layered(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Lay choices over each other: what a later one says of a kind counts for its parts too, but those it names."""
    operators: dict[str, Any] = {}
    for layer in layers:
        below = {name: operator for name, operator in operators.items() if _WHOLES.get(name) not in layer}
        operators = {**below, **layer}
    return operators


def _operators_of_groups(groups: object, ground: Policy) -> dict[str, Any]:
    """Spell groups out; a part that a group leaves out beside its whole stays as it is in what the rules extend."""
    operators: dict[str, Any] = {}
    for name, operator in _mapping(groups, "groups").items():
        if name not in REGULATIONS:
            message = f"There is no group {str(name)[:40]!r}; allowed: {', '.join(REGULATIONS)}."
            raise invalid_fields({"rules": [message]})
        members = REGULATIONS[name].entities
        left_out = [part for part, whole in _WHOLES.items() if whole in members and part not in members]
        stays = {part: ground.operator_of(Entity(part)) for part in left_out}
        operators = {**stays, **operators, **dict.fromkeys(sorted(members), operator)}
    return operators


def _mapping(value: object, member: str = "operators") -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise invalid_fields({"rules": [f"The {member} of a policy must map a name to an operator."]})
    return value


def _check_text(value: Any) -> None:
    """Refuse a NUL anywhere: PostgreSQL cannot keep one in JSON."""
    if isinstance(value, str) and "\x00" in value:
        raise invalid_fields({"rules": ["A policy holds no NUL character."]})
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in [*inner, *(value if isinstance(value, dict) else ())]:
        _check_text(one)
