"""mend(): lets a chain go on after somebody has tampered with its end, without hiding that it was tampered with."""

from uuid import UUID

from django.db import transaction

from privacy_service.decisions.audit import chain
from privacy_service.decisions.models import AuditChain, AuditRecord
from workspaces.acts import Act, note
from workspaces.models import User, Workspace


class NothingToMend(ValueError):
    """The chain ends where its sealed row says."""


@transaction.atomic
def mend(workspace: Workspace | None, *, reason: str, by: User | None = None) -> AuditChain:
    """Let the chain end with the newest record that is there, seal it anew, and note where it ended before."""
    workspace_id: UUID = workspace.pk if workspace else chain.INSTALLATION
    held = chain.locked([workspace_id])[workspace_id]
    newest = AuditRecord.objects.filter(workspace_id=workspace_id).order_by("-position").first()
    ended_at, ended_with = held.last_position, held.last_hash
    goes_further = newest is not None and newest.position > ended_at
    if chain.is_sealed(held) and not goes_further:
        raise NothingToMend
    if newest and goes_further:
        held.last_position, held.last_hash = newest.position, newest.hash
    chain.store([held])
    ends = {"ended_at": ended_at, "goes_on_after": held.last_position}
    note(Act.AUDIT_MENDED, workspace, by, reason=reason, ended_with=ended_with, **ends)
    return held
