"""What owners do to members, grants and the policy: rules and write together, for the API and the console alike.

The caller holds the workspace's lock, so that what is checked here still holds when it is written.
"""

from collections.abc import Mapping
from typing import Any

from privacy_service.decisions.models import Policy
from privacy_service.decisions.policies import default_rules
from privacy_service.decisions.versions import store_version
from privacy_service.exceptions import BeyondOwnRights, Conflict, NoSuchResource, PermissionMissing
from privacy_service.managing.people import (
    check_may_become,
    check_may_change,
    check_may_give,
    check_owner_remains,
    check_reference,
    user_named,
)
from privacy_service.managing.rules import shows_more
from workspaces.grants import Holder, add_grant, add_member, remove_member
from workspaces.models import Grant, Membership, Source, User, Workspace
from workspaces.permissions import Permission
from workspaces.rights import Rights
from workspaces.roles import Role
from workspaces.sources import change_source
from workspaces.terms import Terms


def give(holder: Holder, role: Role, terms: Terms, *, rights: Rights, by: User) -> Grant:
    """Give a role on these terms; raise BeyondOwnRights, Conflict, or TermsRefused."""
    check_may_give(rights, Grant(role=role, **terms.as_fields()))
    if terms == Terms(reason=terms.reason) and any(one.is_plain for one in holder.grants.filter(role=role)):
        message = "They hold this role already, without terms: change that grant."
        raise Conflict(message)
    return add_grant(holder, role, terms, by=by)


def let_in(workspace: Workspace, reference: str, kind: str, *, rights: Rights, by: User) -> Membership:
    """Make whoever has this e-mail or external id a member; raise as check_may_let_in() does."""
    check_may_let_in(workspace, reference, kind, rights=rights)
    return add_member(workspace, user_named(reference, workspace), kind=kind, by=by)


def check_may_let_in(workspace: Workspace, reference: str, kind: str, *, rights: Rights) -> None:
    """Refuse to let somebody in who cannot be; raise BeyondOwnRights, InvalidFields, NoSuchResource or Conflict."""
    check_may_become(rights, kind)
    check_reference(reference, workspace)
    if Membership.objects.filter(workspace=workspace, user__in=User.objects.named(reference).values("pk")).exists():
        message = "They belong to the workspace already: change that membership."
        raise Conflict(message)


def change_kind(membership: Membership, kind: str, *, rights: Rights, by: User) -> Membership:
    """Make a member an owner, or an owner a member; raise BeyondOwnRights or LastOwner."""
    check_may_change(rights, membership)
    check_may_become(rights, kind)
    if kind != Membership.Kind.OWNER:
        check_owner_remains(membership)
    return add_member(membership.workspace, membership.user, kind=kind, by=by)


def dismiss(membership: Membership, *, rights: Rights, by: User) -> None:
    """End a membership, with every role that came with it; raise BeyondOwnRights or LastOwner."""
    check_may_change(rights, membership)
    check_owner_remains(membership)
    remove_member(membership, by=by)


def adjust_source(source: Source, change: Mapping[str, Any], *, rights: Rights, by: User) -> Source:
    """Rename, label or restrict a source; raise PermissionMissing, or BeyondOwnRights for who may not open it again."""
    if not rights.allow_in(Permission.MANAGE_SOURCES, source):
        message = "This needs the permission manage_sources on this source."
        raise PermissionMissing(message)
    if change.get("restricted") is False:
        check_may_open(source, rights)
    return change_source(source, **change, by=by)


def check_may_open(source: Source, rights: Rights | None) -> None:
    """Refuse what opens a restricted source, or a place of it, to who is no owner; raise BeyondOwnRights."""
    if source.is_restricted and not (rights and rights.is_owner):
        message = "Only an owner may open a restricted source again, take a place from it or remove it."
        raise BeyondOwnRights(message)


def rules_of(workspace: Workspace, version: int) -> dict[str, Any]:
    """Return the rules of a version, 0 for the installation's default; raise NoSuchResource."""
    if version == 0:
        return default_rules()
    stored = Policy.objects.filter(workspace=workspace, version=version).first()
    if stored is None:
        message = f"The policy has no version {version}."
        raise NoSuchResource(message)
    return dict(stored.rules)


def store_policy(  # noqa: PLR0913 - all but two by their names.
    workspace: Workspace, rules: Mapping[str, Any], *, replaces: int, reason: str, rights: Rights, by: User
) -> Policy:
    """Store the next version of the policy; raise BeyondOwnRights, VersionMoved, PolicyUnchanged or PolicyError."""
    if Permission.VIEW_PII not in rights.permissions and shows_more(rules_of(workspace, replaces), rules):
        message = "These rules show more than those in force, and the actor does not see all personal data."
        raise BeyondOwnRights(message)
    return store_version(workspace, rules, replaces=replaces, reason=reason, by=by)
