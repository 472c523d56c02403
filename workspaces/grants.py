"""Who joins, who leaves, which roles they hold: the only writers of memberships' grants and object permissions."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission as PermissionRow
from django.db import transaction
from django.utils import timezone

from workspaces.models import Grant, Membership, User, Workspace, WorkspaceUserPermission
from workspaces.permissions import APP_LABEL, Permission
from workspaces.roles import KIND_ROLES, PERMISSIONS, Role


@transaction.atomic
def add_member(
    workspace: Workspace, user: User, *, kind: str = Membership.Kind.MEMBER, by: User | None = None
) -> Membership:
    """Make the user a member or owner of the workspace; one who belongs already changes to this kind."""
    membership, _ = Membership.objects.update_or_create(workspace=workspace, user=user, defaults={"kind": kind})
    settle_kind(membership, by=by)
    return membership


@transaction.atomic
def remove_member(membership: Membership) -> None:
    """End a membership, with every role and permission that came with it."""
    _lock(membership)
    WorkspaceUserPermission.objects.filter(user=membership.user, content_object=membership.workspace).delete()
    membership.delete()


@transaction.atomic
def grant(membership: Membership, role: Role, *, by: User | None = None, entities: Iterable[str] = ()) -> Grant:
    """Give the membership a role; `entities` narrows what a PII viewer may see, empty means all of it."""
    _lock(membership)
    given, _ = Grant.objects.update_or_create(
        membership=membership,
        role=role,
        defaults={"granted_by": by, "granted_at": timezone.now(), "entities": sorted(set(entities))},
    )
    _settle_permissions(membership)
    return given


@transaction.atomic
def revoke(membership: Membership, role: Role) -> None:
    """Take a role from the membership; a role it does not hold is no error."""
    _lock(membership)
    Grant.objects.filter(membership=membership, role=role).delete()
    _settle_permissions(membership)


@transaction.atomic
def settle_kind(membership: Membership, *, by: User | None = None) -> None:
    """Give the role that comes with the kind of membership, and take the one that came with its former kind."""
    _lock(membership)
    role = Role(membership.kind)
    Grant.objects.filter(membership=membership, role__in=KIND_ROLES - {role}).delete()
    if not Grant.objects.filter(membership=membership, role=role).exists():
        Grant.objects.create(membership=membership, role=role, granted_by=by)
    _settle_permissions(membership)


def permissions_from(grant: Grant) -> frozenset[Permission]:
    """Return the permissions this grant gives on the whole workspace."""
    allowed = PERMISSIONS[Role(grant.role)]
    # A grant for some entities is not the right to see personal data; the decision reads it from the grant itself.
    return allowed - {Permission.VIEW_PII} if grant.entities else allowed


def _lock(membership: Membership) -> None:
    """Let writers of one membership take turns: what one reads of its grants must still hold when it writes."""
    Membership.objects.select_for_update().get(pk=membership.pk)


def _settle_permissions(membership: Membership) -> None:
    """Make guardian's rows say what the grants say, touching only rows that differ."""
    wanted = {p.codename for given in Grant.objects.filter(membership=membership) for p in permissions_from(given)}
    rows = WorkspaceUserPermission.objects.filter(user=membership.user, content_object=membership.workspace)
    held = set(rows.values_list("permission__codename", flat=True))
    rows.filter(permission__codename__in=held - wanted).delete()
    missing = PermissionRow.objects.filter(content_type__app_label=APP_LABEL, codename__in=wanted - held)
    for permission in missing:
        WorkspaceUserPermission.objects.assign_perm(permission, membership.user, membership.workspace)
