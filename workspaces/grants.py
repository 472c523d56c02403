"""Who joins, who leaves, in which groups and with which roles: the only writers of rights and object permissions.

Each writer is one transaction; `by` is who changes it, for the grant and for the journal (`workspaces.history`).
"""

import uuid
from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as PermissionRow
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from workspaces.acts import Act, note
from workspaces.exceptions import LastOwner, NotAMember
from workspaces.history import writes
from workspaces.models import (
    Grant,
    GrantQuerySet,
    GroupMembership,
    Membership,
    User,
    Workspace,
    WorkspaceGroup,
    WorkspaceGroupPermission,
    WorkspaceUserPermission,
)
from workspaces.permissions import APP_LABEL, Permission
from workspaces.roles import KIND_ROLES, PERMISSIONS, Role
from workspaces.terms import Terms

Holder = Membership | WorkspaceGroup


@writes
def add_member(
    workspace: Workspace, user: User, *, kind: str = Membership.Kind.MEMBER, by: User | None = None
) -> Membership:
    """Make the user a member or owner; one who belongs already changes to this kind; raise LastOwner."""
    if kind != Membership.Kind.OWNER:
        _keep_an_owner(workspace, Membership.objects.filter(workspace=workspace, user=user))
    membership, is_new = Membership.objects.update_or_create(workspace=workspace, user=user, defaults={"kind": kind})
    settle_kind(membership, by=by)
    note(Act.MEMBER_ADDED if is_new else Act.MEMBER_CHANGED, workspace, by, membership, user=user.pk, kind=kind)
    return membership


@writes
def remove_member(membership: Membership, *, by: User | None = None) -> None:
    """End a membership, with every role, group and permission that came with it; raise LastOwner."""
    _keep_an_owner(membership.workspace, Membership.objects.filter(pk=membership.pk))
    _lock(membership)
    WorkspaceUserPermission.objects.filter(user=membership.user, content_object=membership.workspace).delete()
    note(Act.MEMBER_REMOVED, membership.workspace, by, membership, user=membership.user.pk)
    membership.delete()


@writes
def grant(holder: Holder, role: Role, *, by: User | None = None, entities: Iterable[str] = ()) -> Grant:
    """Give a role for good and for every source, in place of one that was given so before; twice is as good as once.

    `entities` narrows what a PII viewer may see, empty means all. Grants on other terms stay: see `add_grant`.
    """
    _lock(holder)
    terms = Terms(entities=tuple(entities))
    given = _grants_of(holder).standing().filter(role=role)
    kept = given.first()
    return change_grant(kept, terms, by=by) if kept else add_grant(holder, role, terms, by=by)


@writes
def add_grant(
    holder: Holder, role: Role, terms: Terms | None = None, *, by: User | None = None, emergency: bool = False
) -> Grant:
    """Give a role on these terms, beside what is held already; raise TermsRefused."""
    terms = terms or Terms()
    terms.check(role, holder.workspace)
    _lock(holder)
    given = Grant.objects.create(**_held_by(holder), role=role, granted_by=by, emergency=emergency, **terms.as_fields())
    _settle_permissions(holder)
    if not emergency:  # Of an emergency its own acts tell.
        _note(Act.GRANT_GIVEN, given, by)
    return given


@writes
def change_grant(given: Grant, terms: Terms, *, by: User | None = None) -> Grant:
    """Let a grant stand on other terms from now on; raise TermsRefused."""
    holder = given.holder
    terms.check(Role(given.role), holder.workspace)
    _lock(holder)
    for name, value in {**terms.as_fields(), "granted_by": by, "granted_at": timezone.now()}.items():
        setattr(given, name, value)
    given.save()
    _settle_permissions(holder)
    _note(Act.GRANT_GIVEN, given, by)
    return given


@writes
def end_grant(given: Grant, *, by: User | None = None) -> None:
    """Take one grant; raise TermsRefused for the one that comes with the kind of membership."""
    holder = given.holder
    Terms().check(Role(given.role), holder.workspace)
    _lock(holder)
    _note(Act.GRANT_TAKEN, given, by)
    given.delete()
    _settle_permissions(holder)


def end_what_is_over() -> int:
    """Clear away grants that have ended by time, and say how many; nobody has read them since."""
    over = Grant.objects.filter(expires_at__lte=timezone.now()).values_list("pk", flat=True)
    return sum(_clear_away(grant_id) for grant_id in list(over))


@writes
def _clear_away(grant_id: uuid.UUID) -> bool:
    given = Grant.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=grant_id).first()
    if given is None or given.expires_at is None or given.expires_at > timezone.now():
        return False  # Another sweep was quicker, or its time was put off.
    _note(Act.GRANT_ENDED, given, None)
    given.delete()
    return True


@writes
def revoke(holder: Holder, role: Role, *, by: User | None = None) -> None:
    """Take a role, every grant of it on whatever terms; a role that is not held is no error."""
    _lock(holder)
    for given in _grants_of(holder).filter(role=role):
        _note(Act.GRANT_TAKEN, given, by)
        given.delete()
    _settle_permissions(holder)


@writes
def settle_kind(membership: Membership, *, by: User | None = None) -> None:
    """Give the role that comes with the kind of membership, and take the one that came with its former kind."""
    _lock(membership)
    role = Role(membership.kind)
    Grant.objects.filter(membership=membership, role__in=KIND_ROLES - {role}).delete()
    if not Grant.objects.filter(membership=membership, role=role).exists():
        Grant.objects.create(membership=membership, role=role, granted_by=by)
    _settle_permissions(membership)


@writes
def create_group(workspace: Workspace, name: str, *, by: User | None = None) -> WorkspaceGroup:
    """Make an empty group of a workspace."""
    group_id = uuid.uuid4()
    auth_group = Group.objects.create(name=f"workspace group {group_id}")
    group = WorkspaceGroup.objects.create(pk=group_id, workspace=workspace, name=name, auth_group=auth_group)
    note(Act.GROUP_CHANGED, workspace, by, group, done="created")
    return group


@writes
def rename_group(group: WorkspaceGroup, name: str, *, by: User | None = None) -> None:
    """Call a group otherwise; nobody's rights change."""
    group.name = name
    group.save()
    note(Act.GROUP_CHANGED, group.workspace, by, group, done="renamed")


@writes
def delete_group(group: WorkspaceGroup, *, by: User | None = None) -> None:
    """End a group, with everything it gave its members."""
    _lock(group)
    note(Act.GROUP_CHANGED, group.workspace, by, group, done="deleted")
    group.delete()


@writes
def add_to_group(group: WorkspaceGroup, membership: Membership, *, by: User | None = None) -> GroupMembership:
    """Put a member into a group of the same workspace; raise NotAMember."""
    if membership.workspace_id != group.workspace_id:
        message = f"{membership.user} is no member of {group.workspace}: a group takes members of its own workspace."
        raise NotAMember(message)
    _lock(group)
    place, is_new = GroupMembership.objects.get_or_create(group=group, membership=membership)
    membership.user.groups.add(group.auth_group)
    if is_new:
        note(Act.GROUP_CHANGED, group.workspace, by, group, done="member-added", user=membership.user.pk)
    return place


@writes
def remove_from_group(group: WorkspaceGroup, membership: Membership, *, by: User | None = None) -> None:
    """Take a member out of a group; one who is not in it is no error."""
    _lock(group)
    ended, _ = GroupMembership.objects.filter(group=group, membership=membership).delete()
    if ended:
        note(Act.GROUP_CHANGED, group.workspace, by, group, done="member-removed", user=membership.user.pk)


def leave_auth_group(*, instance: GroupMembership, **_: object) -> None:
    """End what guardian knows of a place in a group, however the place was ended."""
    instance.group.auth_group.user_set.remove(instance.membership.user)


def left_without_owner(leaving: QuerySet[Membership]) -> QuerySet[Workspace]:
    """Return the workspaces that have an owner now and would have none without these memberships."""
    owners = Membership.objects.filter(workspace=OuterRef("pk"), kind=Membership.Kind.OWNER)
    gone = leaving.order_by().values("pk")
    return Workspace.objects.filter(Exists(owners.filter(pk__in=gone)), ~Exists(owners.exclude(pk__in=gone)))


def permissions_from(grant: Grant) -> frozenset[Permission]:
    """Return the permissions this grant gives on the whole workspace for good.

    A grant on terms gives none: the decision reads it from the grant itself, and so does `workspaces.backends`.
    """
    return PERMISSIONS[Role(grant.role)] if grant.is_plain else frozenset()


def _keep_an_owner(workspace: Workspace, leaving: QuerySet[Membership]) -> None:
    """Refuse to let the last owner go; two who go at once take turns."""
    if not leaving.filter(kind=Membership.Kind.OWNER).exists():
        return
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if left_without_owner(leaving).exists():
        message = f"This is the last owner of {workspace}: make somebody else an owner first."
        raise LastOwner(message)


def _note(act: Act, given: Grant, by: User | None) -> None:
    holder = given.holder
    whom = {"user": holder.user_id} if isinstance(holder, Membership) else {"group": holder.name}
    labels = [f"{key}:{value}" for key, value in given.labels.items()]
    terms = {"entities": given.entities, "colours": given.colours, "sources": given.sources, "labels": labels}
    narrowed = {name: value for name, value in terms.items() if value}
    why = {"until": given.expires_at, "reason": given.reason or None}
    note(act, holder.workspace, by, given, role=given.role, **whom, **narrowed, **why)


def _held_by(holder: Holder) -> Mapping[str, Holder]:
    return {"membership": holder} if isinstance(holder, Membership) else {"group": holder}


def _grants_of(holder: Holder) -> GrantQuerySet:
    return Grant.objects.filter(**_held_by(holder))


def _lock(holder: Holder) -> None:
    """Let writers of one holder take turns: what one reads of its grants must still hold when it writes."""
    type(holder)._default_manager.select_for_update().get(pk=holder.pk)  # noqa: SLF001 - Django's documented name.


def _settle_permissions(holder: Holder) -> None:
    """Make guardian's rows say what the plain grants say, touching only rows that differ.

    Another program's permissions on workspaces are not ours to take: `fold_legacy_permissions --strip` does.
    """
    ours = [permission.codename for permission in Permission]
    wanted = {permission.codename for given in _grants_of(holder) for permission in permissions_from(given)}
    rows = _permissions_of(holder)
    held = set(rows.filter(permission__codename__in=ours).values_list("permission__codename", flat=True))
    rows.filter(permission__codename__in=held - wanted).delete()
    missing = PermissionRow.objects.filter(content_type__app_label=APP_LABEL, codename__in=wanted - held)
    for permission in missing:
        rows.model.objects.assign_perm(permission, _known_to_guardian(holder), holder.workspace)


def _permissions_of(holder: Holder) -> QuerySet[WorkspaceUserPermission] | QuerySet[WorkspaceGroupPermission]:
    if isinstance(holder, Membership):
        return WorkspaceUserPermission.objects.filter(user=holder.user, content_object=holder.workspace)
    return WorkspaceGroupPermission.objects.filter(group=holder.auth_group, content_object=holder.workspace)


def _known_to_guardian(holder: Holder) -> User | Group:
    return holder.user if isinstance(holder, Membership) else holder.auth_group
