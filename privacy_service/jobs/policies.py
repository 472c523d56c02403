"""Which policy hides a file, by its name or as a workspace has it, and what chunks mean to it."""

import hashlib
import hmac
from dataclasses import dataclass

import orjson
from django.core.management.base import CommandError

import classifier
from classifier import POLICY_NAMES, Policy
from classifier.management.commands.mask import policy_of
from privacy_service.decisions import models
from privacy_service.decisions.policies import keyring_of, newest_for, operators_from
from privacy_service.jobs.errors import JobRefused
from privacy_service.jobs.manifest import PolicyUsed
from workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Chosen:
    """A policy, and how a manifest names it."""

    policy: Policy
    used: PolicyUsed


def workspace_named(slug: str | None) -> Workspace | None:
    """Return the workspace of this slug, None for none; raise JobRefused where there is no such one."""
    if slug is None:
        return None
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        message = f"There is no workspace {slug[:80]!r}."
        raise JobRefused(message)
    return workspace


def chosen_policy(workspace: Workspace | None, name: str, *, version: int | None = None) -> Chosen:
    """Return the policy of this name, or without one the workspace's newest, or this version of it.

    The keys of all these are the workspace's; without a workspace they are those of the command line.
    """
    if workspace is None:
        return _chosen(_of_installation(name or "strict"), "", 0)
    number, policy = newest_for(workspace) if version is None or name else _of_version(workspace, version)
    if name:
        if name not in POLICY_NAMES:
            message = (
                f"There is no policy {name[:40]!r}; allowed: {', '.join(POLICY_NAMES)}, or none for the workspace's."
            )
            raise JobRefused(message)
        named = Policy.named(name, hash_key=policy.hash_key, keyring=keyring_of(workspace.pk))
        return _chosen(named, workspace.slug, 0)
    return _chosen(policy, workspace.slug, number)


def _of_version(workspace: Workspace, version: int) -> tuple[int, Policy]:
    stored = models.Policy.objects.filter(workspace=workspace, version=version).first() if version else None
    return version, operators_from(stored.rules if stored else None, workspace.pk)


def _of_installation(name: str) -> Policy:
    """Return a policy that every installation has, or that of a file; its keys are those of the command line."""
    try:
        return policy_of(name)
    except CommandError as error:
        raise JobRefused(str(error)) from None


def _chosen(policy: Policy, slug: str, version: int) -> Chosen:
    for config in _operators(policy):
        if config.name == "marker" and dict(config.params).get("scope") == "batch":
            message = (
                "This policy numbers markers through a whole batch, and files are masked in chunks: use scope document."
            )
            raise JobRefused(message)
    rules = orjson.dumps(policy.as_dict(), option=orjson.OPT_SORT_KEYS)
    # The key counts too: stand-ins of two keys in one file would not join.
    fingerprint = hmac.digest(policy.hash_key or b"none", rules, hashlib.sha256).hex()[:16]
    return Chosen(policy, PolicyUsed(policy.name, slug, version, fingerprint))


def must_stay_whole(policy: Policy) -> bool:
    """Say whether a document or a text must not be cut: its markers are numbered from its first to its last."""
    return any(config.name == "marker" for config in _operators(policy))


def _operators(policy: Policy) -> list[classifier.OperatorConfig]:
    own = [matcher.operator for matcher in policy.own.matchers if matcher.operator is not None]
    return [policy.default, *dict(policy.operators).values(), *own]
