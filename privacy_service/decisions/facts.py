"""What a decision needs to know about an actor in a workspace, in one query."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from privacy_service.decisions.models import Policy
from workspaces.authentication import Actor
from workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Facts:
    """An actor's standing in a workspace, and the rules that hide what they may not see."""

    is_member: bool
    views_pii: bool
    visible_entities: tuple[str, ...]  # What a partial grant shows.
    policy_version: int
    rules: dict[str, Any] | None


def facts_of(actor: Actor, workspace: Workspace) -> Facts:
    """Ask the database once; raise Workspace.DoesNotExist where the workspace has gone."""
    newest = Policy.objects.filter(workspace=OuterRef("pk")).order_by("-version")
    row = (
        Workspace.objects.with_standing_of(actor.pk)
        .annotate(policy_version=Subquery(newest.values("version")[:1]), rules=Subquery(newest.values("rules")[:1]))
        .values("is_member", "views_pii", "visible_entities", "policy_version", "rules")
        .get(pk=workspace.pk)
    )
    return Facts(
        is_member=row["is_member"],
        views_pii=row["views_pii"],
        visible_entities=tuple(row["visible_entities"] or ()),
        policy_version=row["policy_version"] or 0,
        rules=row["rules"],
    )
