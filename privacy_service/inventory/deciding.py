"""What somebody says of fields, what follows from it, and how a field is forgotten."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from privacy_service.inventory.enforcing import hide
from privacy_service.inventory.models import Field
from workspaces.acts import Act, note
from workspaces.models import User, Workspace

CHANGEABLE = ("colour", "owner", "purpose", "retention", "processors", "note")


@transaction.atomic
def decide_fields(
    workspace: Workspace, fields: Sequence[Field], said: Mapping[str, Any], *, by: User | None
) -> int | None:
    """Keep what is said of fields, and hide what is called red or yellow; return the policy's new version, if any.

    Raise PolicyError where the policy can hold no more matchers: then nothing is kept.
    """
    changed = [name for name in CHANGEABLE if name in said]
    for field in fields:
        for name in changed:
            setattr(field, name, said[name])
        if "colour" in said:
            field.decided_at = timezone.now() if field.colour else None
            field.decided_by = by if field.colour else None
    Field.objects.bulk_update(fields, [*changed, "decided_at", "decided_by"])
    version = hide(workspace, fields, by=by) if said.get("colour") else None
    target = fields[0] if len(fields) == 1 else None
    note(
        Act.FIELDS_DECIDED,
        workspace,
        by,
        target,
        count=len(fields),
        changed=changed,
        colour=said.get("colour"),
        policy_version=version,
    )
    return version


@transaction.atomic
def forget_field(field: Field, *, by: User | None) -> None:
    """Forget a field that is gone; seen again, it comes into the Inbox anew. What its name hides stays hidden."""
    note(Act.FIELDS_DECIDED, field.workspace, by, field, count=1, removed=True)
    field.delete()
