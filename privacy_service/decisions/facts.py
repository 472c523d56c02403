"""What a decision needs to know about an actor in a workspace, in one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from privacy_service.decisions.models import Policy
from privacy_service.decisions.types import AccessRequest
from workspaces.models import Source, Workspace
from workspaces.standing import (
    STANDING_JOINS,
    Standing,
    as_parameter,
    source_at,
    standing_at,
    standing_columns,
    standing_from,
)

NOWHERE = UUID(int=0)  # No source has this id.


@dataclass(frozen=True, slots=True)
class Facts:
    """An actor's standing in a workspace, and the rules that hide what they may not see."""

    standing: Standing
    source: Source | None  # None where the request names none, or one that has gone since.
    policy_version: int
    rules: dict[str, Any] | None


def facts_of(access: AccessRequest) -> Facts:
    """Ask the database once; raise Workspace.DoesNotExist where the workspace has gone."""
    source_id = access.source.pk if access.source else NOWHERE
    ids = {"workspace": access.workspace.pk, "user": access.actor.pk, "source": source_id}
    with connection.cursor() as cursor:
        cursor.execute(_statement(), {name: as_parameter(row_id) for name, row_id in ids.items()})
        row = cursor.fetchone()
    if row is None:
        raise Workspace.DoesNotExist
    *standing, source, policy = row
    version, rules = orjson.loads(policy) if policy else (0, None)
    return Facts(
        standing=standing_from(*standing),
        # Its labels are read with the grants: those the request was made with may be of a moment before.
        source=_source(source_id, source) if source is not None else None,
        policy_version=version,
        rules=rules,
    )


def _source(source_id: UUID, told: str) -> Source:
    labels, is_restricted = orjson.loads(told)
    return Source(pk=source_id, labels=labels, is_restricted=bool(is_restricted))


def facts_at(access: AccessRequest, at: datetime) -> Facts:
    """Return the facts of a moment that has passed."""
    policy = Policy.objects.filter(workspace=access.workspace, created_at__lte=at).order_by("-version").first()
    return Facts(
        standing=standing_at(access.actor.pk, access.workspace, at),
        source=source_at(access.source, at) if access.source else None,
        policy_version=policy.version if policy else 0,
        rules=policy.rules if policy else None,
    )


def _statement() -> str:
    return f"""
        SELECT {standing_columns()},
            (SELECT {_LABELS_AND_RESTRICTED[connection.vendor]} FROM workspaces_source s
                WHERE s.id = %(source)s AND s.workspace_id = w.id),
            (SELECT {_VERSION_AND_RULES[connection.vendor]} FROM decisions_policy p
                WHERE p.workspace_id = w.id ORDER BY p.version DESC LIMIT 1)
        FROM {STANDING_JOINS} WHERE w.id = %(workspace)s"""  # noqa: S608 - our own words.


_LABELS_AND_RESTRICTED = {
    "postgresql": "jsonb_build_array(s.labels, s.is_restricted)",
    "sqlite": "json_array(json(s.labels), s.is_restricted)",
}
_VERSION_AND_RULES = {
    "postgresql": "jsonb_build_array(p.version, p.rules)",
    "sqlite": "json_array(p.version, json(p.rules))",
}
