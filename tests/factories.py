"""Plain functions that make the rows a test needs beside the cast."""

import uuid
from typing import Any

from django.utils import timezone

from classifier import Entity, Policy
from privacy_service.decisions import models
from privacy_service.decisions.audit.canonical import canonical
from privacy_service.decisions.audit.shipping import lay
from privacy_service.decisions.types import Effect, Reason
from workspaces.grants import add_member, add_to_group, create_group
from workspaces.keys import Scope, create_service_account, issue_key
from workspaces.models import Membership, Source, User, Workspace, WorkspaceGroup
from workspaces.sources import add_source


def make_user(name: str, **fields: Any) -> User:
    """Return a person named so."""
    return User.objects.create_user(f"{name}@example.com", name=name.title(), external_id=f"id-{name}", **fields)


def make_workspace(slug: str = "acme") -> Workspace:
    """Return an empty workspace."""
    return Workspace.objects.create(slug=slug, name=slug.title())


def make_member(workspace: Workspace, name: str, *, kind: str = Membership.Kind.MEMBER) -> Membership:
    """Return the membership of a new person."""
    return add_member(workspace, make_user(name), kind=kind)


def make_key(
    workspace: Workspace | None = None, *, name: str = "backend", scopes: tuple[Scope, ...] = tuple(Scope)
) -> str:
    """Return the key of a new service account."""
    return issue_key(create_service_account(name, workspace=workspace).user, scopes=scopes)[1]


def make_policy(workspace: Workspace, operators: dict[str, str], **fields: Any) -> models.Policy:
    """Return a policy of the workspace: the balanced one with these operators instead."""
    policy = Policy.named("balanced")
    for entity, operator in operators.items():
        policy = policy.with_operator(Entity(entity), operator)
    return models.Policy.objects.create(workspace=workspace, rules=policy.as_dict(), **fields)


def make_record(workspace: Workspace, actor: User | None = None, **fields: Any) -> models.AuditRecord:
    """Return a decision in the trail, laid into its chain; without an actor, about somebody unknown."""
    known = {"actor_id": actor.pk} if actor else {"actor_digest": "0123456789abcdef"}
    given = {
        "id": uuid.uuid4(),
        "at": timezone.now(),
        "kind": models.DECISION,
        "workspace_id": workspace.pk,
        "endpoint": "mask",
        "key_id": uuid.uuid4(),
        "effect": Effect.MASK,
        "reason": Reason.ROLE_LACKS_PII,
        "entities": {"PERSON": 2},
    }
    fields = {**given, **known, **fields}
    lay([canonical(fields)])
    return models.AuditRecord.objects.get(pk=fields["id"])


def make_group(workspace: Workspace, name: str, *members: User) -> WorkspaceGroup:
    """Return a group of members."""
    group = create_group(workspace, name)
    for user in members:
        add_to_group(group, Membership.objects.get(workspace=workspace, user=user))
    return group


def make_source(workspace: Workspace, slug: str, **labels: str) -> Source:
    """Return a source with labels."""
    return add_source(workspace, slug, labels=labels)


def forget_acts() -> None:
    """Leave out of the trail what making the cast has told, so that a test counts its own records alone."""
    models.PendingAct.objects.all().delete()
