"""Joining, leaving, roles, and what guardian holds of them."""

from threading import Thread

import pytest
from django.db import connection

from privacy_service.decisions.facts import facts_of
from privacy_service.decisions.types import AccessRequest
from tests.factories import make_member, make_user, make_workspace
from workspaces.grants import add_member, grant, remove_member, revoke
from workspaces.models import Grant, Membership, User, Workspace, WorkspaceUserPermission
from workspaces.permissions import Permission
from workspaces.roles import GRANTABLE_ROLES, PERMISSIONS, Role, permissions_of
from workspaces.standing import Standing


def permissions_in(workspace: Workspace, user: User) -> set[Permission]:
    """Return what guardian says, asked as the rest of the code asks."""
    fresh = User.objects.get(pk=user.pk)  # guardian remembers on the instance.
    return {permission for permission in Permission if fresh.has_perm(permission, workspace)}


def test_an_owner_holds_every_permission(workspace: Workspace, alice: User) -> None:
    assert permissions_in(workspace, alice) == set(Permission)


def test_a_member_holds_none(workspace: Workspace, bob: User) -> None:
    assert permissions_in(workspace, bob) == set()


@pytest.mark.parametrize("role", GRANTABLE_ROLES)
def test_a_role_gives_its_permissions_and_takes_them_when_revoked(workspace: Workspace, bob: User, role: Role) -> None:
    membership = Membership.objects.get(user=bob)
    grant(membership, role)
    given = permissions_in(workspace, bob)

    revoke(membership, role)

    assert given == PERMISSIONS[role]
    assert permissions_in(workspace, bob) == set()


@pytest.mark.parametrize("role", GRANTABLE_ROLES)
def test_a_members_role_is_a_strict_subset_of_an_owners(role: Role) -> None:
    assert PERMISSIONS[role] < PERMISSIONS[Role.OWNER]


def test_roles_add_up(workspace: Workspace, bob: User) -> None:
    membership = Membership.objects.get(user=bob)
    grant(membership, Role.PII_VIEWER)
    grant(membership, Role.PRIVACY_ADMIN)

    assert permissions_in(workspace, bob) == permissions_of([Role.PII_VIEWER, Role.PRIVACY_ADMIN])


def test_a_permission_that_two_roles_give_survives_the_loss_of_one(workspace: Workspace, bob: User) -> None:
    membership = Membership.objects.get(user=bob)
    grant(membership, Role.SOURCE_ADMIN)
    grant(membership, Role.SOURCE_READ_ONLY)

    revoke(membership, Role.SOURCE_ADMIN)

    assert permissions_in(workspace, bob) == {Permission.VIEW_SOURCES}


def test_a_grant_for_some_entities_is_not_the_right_to_see_all(workspace: Workspace, bob: User) -> None:
    given = grant(Membership.objects.get(user=bob), Role.PII_VIEWER, entities=["PHONE_NUMBER", "EMAIL_ADDRESS"])

    assert given.entities == ["EMAIL_ADDRESS", "PHONE_NUMBER"]
    assert permissions_in(workspace, bob) == set()


def test_granting_again_replaces_the_former_grant(workspace: Workspace, alice: User, bob: User) -> None:
    membership = Membership.objects.get(user=bob)
    grant(membership, Role.PII_VIEWER, entities=["EMAIL_ADDRESS"])

    grant(membership, Role.PII_VIEWER, by=alice)

    rows = Grant.objects.filter(membership=membership, role=Role.PII_VIEWER).values_list("entities", "granted_by")
    assert list(rows) == [([], alice.pk)]
    assert permissions_in(workspace, bob) == {Permission.VIEW_PII}


def test_a_membership_read_with_its_grants_is_settled_by_what_is_stored(workspace: Workspace, carol: User) -> None:
    membership = Membership.objects.prefetch_related("grants").get(user=carol)

    revoke(membership, Role.PII_VIEWER)

    assert permissions_in(workspace, carol) == set()


def test_an_owner_who_becomes_a_member_keeps_only_what_was_granted(workspace: Workspace, alice: User) -> None:
    grant(Membership.objects.get(user=alice), Role.PRIVACY_ADMIN)
    make_member(workspace, "erin", kind=Membership.Kind.OWNER)

    add_member(workspace, alice, kind=Membership.Kind.MEMBER)

    assert permissions_in(workspace, alice) == PERMISSIONS[Role.PRIVACY_ADMIN]
    assert Membership.objects.get(user=alice).kind == Membership.Kind.MEMBER


def test_one_who_leaves_takes_nothing_along_and_finds_nothing_on_return(workspace: Workspace, carol: User) -> None:
    remove_member(Membership.objects.get(user=carol))
    left_behind = WorkspaceUserPermission.objects.filter(user=carol).count()

    add_member(workspace, carol)

    assert left_behind == 0
    assert permissions_in(workspace, carol) == set()


def test_roles_in_one_workspace_say_nothing_in_another(workspace: Workspace, carol: User) -> None:
    other = make_workspace("other")
    add_member(other, carol)

    assert permissions_in(workspace, carol) == {Permission.VIEW_PII}
    assert permissions_in(other, carol) == set()


def test_a_deleted_workspace_leaves_no_permission_for_a_later_one_with_its_slug(workspace: Workspace) -> None:
    dave = make_member(workspace, "dave", kind=Membership.Kind.OWNER).user
    workspace.delete()

    later = make_workspace(workspace.slug)

    assert permissions_in(later, dave) == set()
    assert not WorkspaceUserPermission.objects.exists()


def test_an_inactive_user_is_no_member(workspace: Workspace) -> None:
    erin = make_user("erin", is_active=False)
    add_member(workspace, erin)

    assert not workspace.has_member(erin)


def test_a_superuser_holds_no_standing_in_a_workspace(workspace: Workspace) -> None:
    root = User.objects.create_superuser("root@example.com", "secret")

    standing = facts_of(AccessRequest(root, workspace)).standing

    assert standing == Standing(is_member=False, views_pii=False)


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_membership_take_turns(workspace: Workspace, carol: User) -> None:
    membership = Membership.objects.get(user=carol)

    def settle_again() -> None:
        for _ in range(20):
            revoke(Membership.objects.get(pk=membership.pk), Role.SOURCE_ADMIN)
        connection.close()

    other = Thread(target=settle_again)
    other.start()
    for _ in range(10):
        revoke(membership, Role.PII_VIEWER)
        grant(membership, Role.PII_VIEWER)
    revoke(membership, Role.PII_VIEWER)
    other.join()

    assert permissions_in(workspace, carol) == set()
