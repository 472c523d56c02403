"""One change of a policy as the page writes it: another operator for a kind, a rule of one's own, or one less."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from classifier import ENTITIES, OPERATORS, POLICY_NAMES, Colour, Entity, How, On, Policy
from classifier.operators import OperatorConfig, is_per_person
from privacy_service.exceptions import BadRequest
from privacy_service.managing.rules import read_rules

Rules = dict[str, Any]
Said = Mapping[str, str]
_LONGEST = 200
PER_PERSON = "token:person"
"""How a form names the one parameter that it offers: tokens under a key of the person the data is about."""

_ALSO = {"token": (PER_PERSON,)}
CHOICES = tuple(one for name in OPERATORS for one in (name, *_ALSO.get(name, ())))


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of personal data, what hides it, and how an example of it would read."""

    entity: Entity
    description: str
    colour: str
    operator: str
    example: str
    shown: str


def rows_of(policy: Policy) -> list[Row]:
    """Return every kind that is no part of another, as this policy treats it."""
    compiled = policy.compiled()
    rows = []
    for entity, info in ENTITIES.items():
        if info.part_of is None:
            name, example = _choice(policy.operator_of(entity)), info.examples[0] if info.examples else ""
            shown = example if name == "keep" else compiled.hide(entity, example)
            rows.append(Row(entity, info.description, info.colour, name, example, shown))
    return rows


def _choice(config: OperatorConfig) -> str:
    return PER_PERSON if is_per_person(config) else config.name


def changed(rules: Rules, said: Said, workspace_id: UUID) -> Rules:
    """Return the rules with the change that a form asks for; raise BadRequest or InvalidFields."""
    change = {"operator": _operator, "base": _base, "matcher": _matcher, "drop": _drop}.get(said.get("change", ""))
    if change is None:
        raise BadRequest(_("Say what is to change."))
    return read_rules(change(dict(rules), said), workspace_id)


def _operator(rules: Rules, said: Said) -> Rules:
    entity, operator = said.get("entity", ""), said.get("operator", "")
    if entity not in ENTITIES or operator not in CHOICES:
        raise BadRequest(_("Choose a kind of personal data, and what hides it."))
    stored = {"name": "token", "params": {"per": "person"}} if operator == PER_PERSON else operator
    return {**rules, "operators": {**rules.get("operators", {}), entity: stored}}


def _base(rules: Rules, said: Said) -> Rules:
    """Begin anew from a named policy; an owner's own rules stay."""
    if said.get("base") not in POLICY_NAMES:
        raise BadRequest(_("Choose one of the named policies."))
    own: Rules = {name: rules[name] for name in ("matchers", "allow", "block", "leak_check") if name in rules}
    return {"extends": said["base"], **own}


def _matcher(rules: Rules, said: Said) -> Rules:
    choices = {"colour": (Colour, "red"), "on": (On, "value"), "how": (How, "exact")}
    told = {name: said.get(name) or default for name, (_kind, default) in choices.items()}
    if any(told[name] not in set(kind) for name, (kind, _default) in choices.items()):
        raise BadRequest(_("Choose a colour, where it counts, and how it is compared."))
    named = {name: said.get(name, "").strip()[:_LONGEST] for name in ("name", "term")}
    return {**rules, "matchers": [*rules.get("matchers", []), {**told, **named}]}


def _drop(rules: Rules, said: Said) -> Rules:
    kept = [one for one in rules.get("matchers", []) if one["name"] != said.get("name")]
    return {**rules, "matchers": kept}
