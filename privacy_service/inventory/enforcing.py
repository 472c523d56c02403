"""A field that is called red or yellow is masked from then on: its name becomes a matcher of the workspace's policy.

Green shows nothing: what was hidden stays hidden until somebody changes the policy itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

import classifier
from classifier import Colour, Entity, PayloadKind, Policy, Tier
from privacy_service.decisions.policies import operators_from
from privacy_service.decisions.versions import newest_version, store_version
from privacy_service.inventory.looking import main_kind
from privacy_service.inventory.models import Field
from workspaces.models import User, Workspace

PREFIX = "Inventory: "
_LONGEST_MATCHER_NAME = 80
# Is no kind of personal data: hidden it is for its name alone.
_PROBE = "qzxv kwjq"
_KINDS = frozenset(entity.value for entity in Entity)  # A field may hold kinds of a later release.


def hides_by_name(operators: Policy, path: str) -> bool:
    """Say whether whatever stands in a field is hidden, because of what the field is called."""
    parts = [one.replace("~1", "/").replace("~0", "~") for one in path.split("/")[1:]]
    document: Any = _PROBE
    for name in reversed(parts):
        document = [document] if name == "*" else {name: document}
    body = orjson.dumps(document)
    return _PROBE.encode() not in classifier.mask(body, operators, kind=PayloadKind.JSON, tier=Tier.PATTERNS).payload


def how_hidden(operators: Policy, field: Field) -> str:
    """Say what hides a field's values: `by-name` whatever stands there, `by-kind` what is recognized, or `no`."""
    if hides_by_name(operators, field.path):
        return "by-name"
    hidden = (operators.operator_of(Entity(kind)).name != "keep" for kind in field.kinds if kind in _KINDS)
    return "by-kind" if any(hidden) else "no"


def operators_of(workspace: Workspace) -> Policy:
    """Return what hides each kind in a workspace, from somebody who may see none."""
    version, rules = newest_version(workspace)
    return operators_from(dict(rules) if version else None, workspace.pk)


def hide(workspace: Workspace, fields: Sequence[Field], *, by: User | None) -> int | None:
    """Have the names of red and yellow fields hidden; return the policy's new version, None where none is needed.

    Raise PolicyError where the policy can hold no more matchers.
    """
    version, rules = newest_version(workspace)
    operators = operators_from(dict(rules) if version else None, workspace.pk)
    wanted = [one for one in fields if one.colour in _HIDING and one.name and not hides_by_name(operators, one.path)]
    if not wanted:
        return None
    matchers = _merged(rules.get("matchers", []), wanted)
    reason = f"Inventory: {len(wanted)} field(s) are called {' or '.join(sorted({one.colour for one in wanted}))}."
    return store_version(workspace, {**rules, "matchers": matchers}, replaces=version, reason=reason, by=by).version


_HIDING = frozenset({Colour.RED, Colour.YELLOW})


def _merged(stored: Iterable[Mapping[str, Any]], fields: Iterable[Field]) -> list[dict[str, Any]]:
    """Add a matcher for each name; one that is there becomes as strict as it must be."""
    matchers = {one["name"]: dict(one) for one in stored}
    for field in fields:
        matcher = _matcher(field)
        before = matchers.get(matcher["name"])
        if before is None or matcher["colour"] == Colour.RED:
            matchers[matcher["name"]] = matcher
    return list(matchers.values())


def _matcher(field: Field) -> dict[str, Any]:
    kind = main_kind(field.kinds)
    name = (PREFIX + field.name)[:_LONGEST_MATCHER_NAME]
    matcher = {"name": name, "colour": field.colour, "on": "key", "how": "exact", "term": field.name}
    return matcher | ({"entity": kind.value} if kind and kind is not Entity.CUSTOM else {})
