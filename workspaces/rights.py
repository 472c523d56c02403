"""What somebody may do in a workspace: by their kind of membership, their roles, their groups, and on which terms."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Permission as PermissionRow
from django.db.models import Q
from django.utils import timezone

from workspaces.authentication import Actor
from workspaces.models import Grant, Membership, Source, Workspace
from workspaces.permissions import APP_LABEL, Permission
from workspaces.roles import PERMISSIONS, Role
from workspaces.stamp import StampedCache

_rights = StampedCache()

Need = Permission | Membership.Kind


@dataclass(frozen=True, slots=True)
class Rights:
    """A member's rights; those from grants on terms are asked for anew each time, as they may end."""

    membership_id: UUID
    kind: Membership.Kind
    lasting: frozenset[Permission]  # For good, and on the whole workspace.
    grants: tuple[Grant, ...] = ()  # On terms, the member's own and their groups'.

    @property
    def is_owner(self) -> bool:
        """Say whether nothing is refused here."""
        return self.kind == Membership.Kind.OWNER

    @property
    def permissions(self) -> frozenset[Permission]:
        """Return what is allowed now on the whole workspace."""
        return self.lasting.union(*(PERMISSIONS[Role(one.role)] for one in self._live() if not _is_narrow(one)))

    @property
    def entities(self) -> frozenset[str]:
        """Return the kinds of personal data that partial grants show for good, in every source."""
        lasting = [one for one in self._live() if not (one.expires_at or one.emergency or one.sources or one.labels)]
        return frozenset(name for one in lasting for name in one.entities)

    def allow(self, need: Need) -> bool:
        """Say whether they cover a permission, on all sources or some, or a kind of membership."""
        if isinstance(need, Membership.Kind):
            return self.is_owner or need == Membership.Kind.MEMBER
        return need in self.permissions or any(True for _ in self._for_sources(need))

    def allow_in(self, need: Permission, source: Source) -> bool:
        """Say whether they cover a permission in one source."""
        return need in self.permissions or any(_reaches(one, source) for one in self._for_sources(need))

    def cover(self, role: Role, entities: Iterable[str] = ()) -> bool:
        """Say whether they hold, for good, all that this role would give; nobody gives what they only borrow."""
        lacking = PERMISSIONS[role] - self.lasting
        wanted = frozenset(entities)
        return not lacking or (lacking == {Permission.VIEW_PII} and bool(wanted) and wanted <= self.entities)

    def _live(self) -> list[Grant]:
        now = timezone.now()
        return [one for one in self.grants if one.expires_at is None or one.expires_at > now]

    def _for_sources(self, need: Permission) -> Iterable[Grant]:
        whole = (one for one in self._live() if (one.sources or one.labels) and not (one.entities or one.colours))
        return (one for one in whole if need in PERMISSIONS[Role(one.role)])


def _is_narrow(grant: Grant) -> bool:
    return bool(grant.entities or grant.colours or grant.sources or grant.labels)


def _reaches(grant: Grant, source: Source) -> bool:
    return source.carries(grant.labels) if grant.labels else str(source.pk) in grant.sources


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
    held = Q(membership=membership) | Q(group__group_memberships__membership=membership)
    on_terms = [given for given in Grant.objects.filter(held) if not given.is_plain]
    return Rights(membership.pk, kind, _lasting(workspace, actor), tuple(on_terms))


def _lasting(workspace: Workspace, actor: Actor) -> frozenset[Permission]:
    own = Q(workspaceuserpermission__in=workspace.user_permissions.filter(user=actor.pk))
    groups = Q(workspacegrouppermission__in=workspace.group_permissions.filter(group__user=actor.pk))
    rows = PermissionRow.objects.filter(own | groups, content_type__app_label=APP_LABEL)
    codenames = set(rows.values_list("codename", flat=True))
    return frozenset(permission for permission in Permission if permission.codename in codenames)
