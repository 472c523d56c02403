"""Which operator hides which entity in a workspace."""

import hashlib
import hmac
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

import classifier
from classifier import ENTITIES, Entity
from privacy_service.decisions import models
from workspaces.models import Workspace
from workspaces.stamp import StampedCache
from workspaces.standing import Sight


def operators_for(workspace: Workspace) -> classifier.Policy:
    """Return the operators of the workspace's newest policy, or of the installation's default."""
    return newest_for(workspace)[1]


def newest_for(workspace: Workspace) -> tuple[int, classifier.Policy]:
    """Return the version of the workspace's newest policy, 0 for none of its own, with its operators."""
    newest = models.Policy.objects.filter(workspace=workspace).order_by("-version").first()
    version, rules = (newest.version, newest.rules) if newest else (0, None)
    return version, operators_from(rules, workspace.pk)


_own_rules = StampedCache()


def own_rules_of(workspace: Workspace) -> classifier.OwnRules:
    """Return the matchers and lists that the workspace's owners made, kept under the access stamp."""
    return _own_rules.get(workspace.pk, lambda: operators_for(workspace).own)


def operators_from(rules: dict[str, Any] | None, workspace_id: UUID) -> classifier.Policy:
    """Turn stored rules into operators keyed for this workspace; without rules, the installation's default."""
    text = orjson.dumps(rules) if rules else b""
    return _read(text, settings.PRIVACY_POLICY_DEFAULT, settings.PRIVACY_TOKEN_KEY, workspace_id)


# Reading rules takes longer than all else of a decision, and the same rules always mean the same: no stamp ends this.
@lru_cache(maxsize=4096)
def _read(rules: bytes, default: str, token_key: str, workspace_id: UUID) -> classifier.Policy:
    del token_key  # It is in the keys below.
    policy = classifier.Policy.from_dict(orjson.loads(rules)) if rules else classifier.Policy.named(default)
    return replace(policy, hash_key=_hash_key(workspace_id), keyring=keyring_of(workspace_id))


def showing(operators: classifier.Policy, sight: Sight) -> classifier.Policy:
    """Leave readable what partial grants show, by name or by colour; without any the operators come back unchanged."""
    named = [Entity(name) for name in sight.entities if name in _NAMES]  # A name that is no kind any more shows none.
    coloured = {entity for entity, info in ENTITIES.items() if info.colour in sight.colours}
    if not named and not coloured:
        return operators
    by_name = operators.keeping(named)
    shown = by_name.keeping(coloured)
    for entity, info in ENTITIES.items():
        if info.part_of in coloured and entity not in coloured:  # A part may be of a stricter colour than the whole.
            shown = shown.with_operator(entity, by_name.operator_of(entity))
    return shown


_NAMES = frozenset(entity.value for entity in Entity)


def default_rules() -> dict[str, Any]:
    """Return the rules of a workspace that has stored none."""
    return classifier.Policy.named(settings.PRIVACY_POLICY_DEFAULT).as_dict()


def keyring_of(workspace_id: UUID) -> classifier.Keyring:
    """Return the keys of a workspace's tokens: what one customer's tokens say, no other's key opens."""
    return classifier.Keyring.derive(settings.PRIVACY_TOKEN_KEY.encode(), workspace_id=str(workspace_id))


def _hash_key(workspace_id: UUID) -> bytes:
    # A key of its own for each workspace: equal values of two customers must not have equal hashes.
    return hmac.digest(settings.PRIVACY_TOKEN_KEY.encode(), b"hash:" + workspace_id.bytes, hashlib.sha256)
