"""has_perm for what guardian cannot keep: timed grants, and grants for some sources."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_group, make_source
from workspaces.backends import holds
from workspaces.grants import add_grant, grant
from workspaces.models import Membership, User, Workspace
from workspaces.permissions import Permission
from workspaces.roles import Role
from workspaces.terms import Terms


def fresh(user: User) -> User:
    """Return the user anew: guardian remembers on the instance."""
    return User.objects.get(pk=user.pk)


def test_a_timed_role_gives_its_permissions_until_its_time(
    workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = timezone.now() + timedelta(hours=1)
    add_grant(Membership.objects.get(user=bob), Role.PRIVACY_ADMIN, Terms(expires_at=ends))
    during = fresh(bob).has_perm(Permission.VIEW_AUDIT, workspace)

    monkeypatch.setattr(timezone, "now", lambda: ends)

    assert (during, fresh(bob).has_perm(Permission.VIEW_AUDIT, workspace)) == (True, False)


@pytest.mark.parametrize("through", ["person", "group"])
def test_a_role_for_some_sources_reaches_those_and_neither_others_nor_the_workspace(
    workspace: Workspace, bob: User, through: str
) -> None:
    web, lab = make_source(workspace, "web", env="prod"), make_source(workspace, "lab")
    holder = Membership.objects.get(user=bob) if through == "person" else make_group(workspace, "admins", bob)
    add_grant(holder, Role.SOURCE_ADMIN, Terms(labels={"env": "prod"}))

    places = (web, lab, workspace)

    assert [fresh(bob).has_perm(Permission.MANAGE_SOURCES, place) for place in places] == [True, False, False]
    assert not holds(bob, Permission.MANAGE_SOURCES, workspace)


def test_a_role_for_the_workspace_reaches_each_of_its_sources(workspace: Workspace, alice: User) -> None:
    web = make_source(workspace, "web")

    assert fresh(alice).has_perm(Permission.MANAGE_SOURCES, web)


@pytest.mark.parametrize("terms", [Terms(entities=("PERSON",)), Terms(colours=("green",))])
def test_a_grant_for_some_kinds_is_not_the_right_to_see_personal_data(
    workspace: Workspace, bob: User, terms: Terms
) -> None:
    web = make_source(workspace, "web")
    add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, terms)
    add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, replace(terms, sources=(web,)))

    assert not any(fresh(bob).has_perm(Permission.VIEW_PII, place) for place in (workspace, web))


def test_running_the_installation_is_no_right_in_a_workspace(workspace: Workspace) -> None:
    root = User.objects.create_superuser("root@example.com", "secret")

    assert not any(holds(root, permission, workspace) for permission in Permission)


def test_an_inactive_member_holds_nothing(workspace: Workspace, carol: User) -> None:
    grant(Membership.objects.get(user=carol), Role.PRIVACY_ADMIN)
    carol.is_active = False
    carol.save()

    assert not holds(carol, Permission.VIEW_PII, workspace)
    assert not fresh(carol).has_perm(Permission.VIEW_AUDIT, workspace)
