"""Versions of a workspace's policy: storing the next one, and what is different between two."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from django.core.exceptions import ValidationError
from django.db import transaction

import classifier
from privacy_service.decisions.models import Policy
from privacy_service.decisions.policies import default_rules
from workspaces.acts import Act, note
from workspaces.models import User, Workspace

ABSENT = "nothing"
# Texts that look like something else where they stand without quotes.
_DOUBTFUL = re.compile(r'[,"\[\]]|^[0-9.+-]+$|^(?:true|false|null|True|False|None)$')


class VersionMoved(Exception):
    """The policy has changed since the change was made from it."""

    def __init__(self, replaces: int, newest: int) -> None:
        super().__init__(f"The policy is at version {newest}, and the change was made from version {replaces}.")
        self.newest = newest


class PolicyUnchanged(Exception):
    """The rules say what the newest version says already, in whatever words."""

    def __init__(self, newest: Policy) -> None:
        super().__init__("The policy says that already: nothing was stored.")
        self.newest = newest


class Difference(NamedTuple):
    """One member of the rules that is not the same: where it stands, and both values, laid out for people."""

    member: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.member}: {self.before} -> {self.after}"


def newest_version(workspace: Workspace) -> tuple[int, Mapping[str, Any]]:
    """Return the number and rules that count; 0 and the installation's default where none is stored."""
    newest = _newest(workspace)
    return (newest.version, newest.rules) if newest else (0, default_rules())


def _newest(workspace: Workspace) -> Policy | None:
    return Policy.objects.filter(workspace=workspace).order_by("-version").first()


@transaction.atomic
def store_version(
    workspace: Workspace,
    rules: Mapping[str, Any],
    *,
    replaces: int | None = None,
    reason: str = "",
    by: User | None = None,
) -> Policy:
    """Store the next version; raise VersionMoved where it would replace another than this, or PolicyError.

    Raise PolicyUnchanged for rules that the newest version has already. A first version may say what the installation's
    default says: that can change, and then this workspace keeps to what it stored.
    """
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    before = _newest(workspace)
    newest = before.version if before else 0
    if replaces is not None and replaces != newest:
        raise VersionMoved(replaces, newest)
    policy = Policy(workspace=workspace, rules=dict(rules), note=reason, created_by=by)
    try:
        policy.clean()
    except ValidationError as error:
        raise classifier.PolicyError(" ".join(error.messages)) from None
    if before and says_the_same(before.rules, policy.rules):
        raise PolicyUnchanged(before)
    policy.save()
    note(Act.POLICY_CHANGED, workspace, by, policy, version=policy.version, replaces=newest, reason=reason)
    return policy


def says_the_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether two sets of rules are one but for spelling; what cannot be read any more is like nothing else."""
    try:
        return _as_bytes(before) == _as_bytes(after)
    except classifier.PolicyError:
        return False


def _as_bytes(rules: Mapping[str, Any]) -> bytes:
    """Write rules out with all that counts: the order of lists, in which matchers are asked, and what is a number."""
    return orjson.dumps(_normal(rules), option=orjson.OPT_SORT_KEYS)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what two sets of rules say differently, in the order of the alphabet, laid out for people.

    None where they say the same, and only there.
    """
    if says_the_same(before, after):
        return []
    old, new = dict(_flat(_normal(before))), dict(_flat(_normal(after)))
    found = [
        Difference(member, old.get(member, ABSENT), new.get(member, ABSENT))
        for member in sorted(old.keys() | new.keys())
        if old.get(member) != new.get(member)
    ]
    return found or [Difference("order", "as it was", "another")]


def _normal(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """Spell rules as the classifier does, so that `shape` and `{name: shape}` are the same."""
    return classifier.Policy.from_dict(rules).as_dict()


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each leaf under its path; an element of a list goes by its own name where it has one."""
    if isinstance(value, dict) and not (path and set(value) <= {"name", "params"}):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for position, inner in enumerate(value):
            name = inner.get("name", position) if isinstance(inner, dict) else position
            yield from _flat(inner, f"{path}[{name}]")
    else:
        yield path, _laid_out(value)


def _laid_out(value: Any) -> str:
    """Write a value on one line; an operator with parameters as a call."""
    if isinstance(value, dict):
        params = ", ".join(f"{name}={_laid_out(one)}" for name, one in sorted(value.get("params", {}).items()))
        return f"{value.get('name')}({params})"
    if isinstance(value, list):
        return f"[{', '.join(_laid_out(one) for one in value)}]"
    is_doubtful = isinstance(value, str) and _DOUBTFUL.search(value)
    return orjson.dumps(value).decode() if is_doubtful else str(value)
