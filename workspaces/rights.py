"""What somebody may do in a workspace: the kind of their membership and the permissions it gave them."""

from dataclasses import dataclass

from django.contrib.auth.models import Permission as PermissionRow
from django.db.models import Q

from workspaces.authentication import Actor
from workspaces.models import Grant, Membership, Workspace
from workspaces.permissions import APP_LABEL, Permission
from workspaces.roles import PERMISSIONS, Role
from workspaces.stamp import StampedCache

_rights = StampedCache()

Need = Permission | Membership.Kind


@dataclass(frozen=True, slots=True)
class Rights:
    """A member's rights; `entities` are what a partial grant shows, where `view_pii` is not among the permissions."""

    membership_id: object
    kind: Membership.Kind
    permissions: frozenset[Permission]
    entities: frozenset[str] = frozenset()

    @property
    def is_owner(self) -> bool:
        """Say whether nothing is refused here."""
        return self.kind == Membership.Kind.OWNER

    def allow(self, need: Need) -> bool:
        """Say whether they cover a permission, or a kind of membership."""
        if isinstance(need, Membership.Kind):
            return self.is_owner or need == Membership.Kind.MEMBER
        return need in self.permissions

    def cover(self, role: Role, entities: frozenset[str]) -> bool:
        """Say whether whoever holds these rights holds all that this role would give, for all or some entities."""
        lacking = PERMISSIONS[role] - self.permissions
        if lacking == {Permission.VIEW_PII}:
            return bool(entities) and entities <= self.entities
        return not lacking


def rights_in(workspace: Workspace, actor: Actor) -> Rights | None:
    """Return the rights of a member, or None for everybody else; running the installation gives none."""
    return _rights.get((workspace.pk, actor.pk), lambda: _load(workspace, actor))


def _load(workspace: Workspace, actor: Actor) -> Rights | None:
    membership = Membership.objects.filter(workspace=workspace, user=actor.pk, user__is_active=True).first()
    if membership is None:
        return None
    kind = Membership.Kind(membership.kind)
    if kind == Membership.Kind.OWNER:
        return Rights(membership.pk, kind, frozenset(Permission))
    own = Q(workspaceuserpermission__in=workspace.user_permissions.filter(user=actor.pk))
    groups = Q(workspacegrouppermission__in=workspace.group_permissions.filter(group__user=actor.pk))
    rows = PermissionRow.objects.filter(own | groups, content_type__app_label=APP_LABEL)
    codenames = set(rows.values_list("codename", flat=True))
    partial = Grant.objects.filter(membership=membership, role=Role.PII_VIEWER).values_list("entities", flat=True)
    return Rights(
        membership.pk,
        kind,
        frozenset(permission for permission in Permission if permission.codename in codenames),
        frozenset(name for names in partial for name in names),
    )
