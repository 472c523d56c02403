"""An administrator looks after workspaces and the people in them."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission as PermissionRow
from django.test import Client

from tests.factories import make_key, make_member, make_user, make_workspace
from tests.workspaces.admin.pages import (
    address,
    held_by,
    history_of,
    membership_of,
    post,
    rights_of,
    rows,
    save_workspace,
    text_of,
)
from workspaces.authentication import caller_of
from workspaces.grants import grant
from workspaces.models import User, Workspace
from workspaces.roles import Role


def test_a_workspace_is_created_with_its_owner_and_a_pii_viewer(client: Client) -> None:
    ada, ben = make_user("ada"), make_user("ben")
    people = rows(
        "memberships", {"user": ada.pk, "kind": "owner"}, {"user": ben.pk, "kind": "member", "roles": ["pii_viewer"]}
    )

    post(client, address("workspace", "add"), slug="globex", name="Globex", **people)

    workspace = Workspace.objects.get(slug="globex")
    assert held_by(ada) == [("owner", [], "root@example.com")]
    assert held_by(ben) == [("member", [], "root@example.com"), ("pii_viewer", [], "root@example.com")]
    assert rights_of(ben) == ["view_pii"]
    [said] = history_of(workspace)
    assert said == (
        "Added. Added ada@example.com in globex: owner. Added ben@example.com in globex: member. "
        "Gave PII viewer to ben@example.com in globex."
    )


def test_a_person_is_added_on_the_page_of_a_workspace(client: Client, workspace: Workspace, mallory: User) -> None:
    save_workspace(client, workspace, new=({"user": mallory.pk, "kind": "member", "roles": ["source_admin"]},))

    assert held_by(mallory) == [("member", [], "root@example.com"), ("source_admin", [], "root@example.com")]
    assert rights_of(mallory) == ["manage_sources", "view_sources"]
    done = ["Added mallory@example.com in acme: member.", "Gave Source admin to mallory@example.com in acme."]
    assert history_of(workspace) == [" ".join(done)]
    assert history_of(mallory) == done


def test_a_role_is_given_and_taken_on_the_page_of_a_workspace(
    client: Client, workspace: Workspace, bob: User, carol: User
) -> None:
    members = (
        {"id": membership_of(bob).pk, "kind": "member", "roles": ["pii_viewer"]},
        {"id": membership_of(carol).pk, "kind": "member"},
    )

    save_workspace(client, workspace, members=members)

    assert (rights_of(bob), rights_of(carol)) == (["view_pii"], [])
    assert history_of(workspace) == [
        "Gave PII viewer to bob@example.com in acme. Took PII viewer from carol@example.com in acme."
    ]
    assert history_of(bob) == ["Gave PII viewer to bob@example.com in acme."]


def test_an_owner_who_becomes_a_member_loses_every_right(client: Client, workspace: Workspace, alice: User) -> None:
    make_member(workspace, "erin", kind="owner")

    save_workspace(client, workspace, members=({"id": membership_of(alice).pk, "kind": "member"},))

    assert held_by(alice) == [("member", [], "root@example.com")]
    assert rights_of(alice) == []
    assert history_of(workspace) == ["Changed alice@example.com in acme: member."]


def test_a_member_who_is_removed_keeps_no_right(client: Client, workspace: Workspace, carol: User) -> None:
    save_workspace(client, workspace, members=({"id": membership_of(carol).pk, "kind": "member", "DELETE": "on"},))

    assert (held_by(carol), rights_of(carol)) == ([], [])
    assert history_of(workspace) == ["Removed carol@example.com in acme."]
    assert history_of(carol) == ["Removed carol@example.com in acme."]


def test_saving_a_workspace_leaves_a_narrowed_role_as_it_is(client: Client, workspace: Workspace, bob: User) -> None:
    grant(membership_of(bob), Role.PII_VIEWER, entities=["EMAIL_ADDRESS"])

    save_workspace(
        client,
        workspace,
        members=({"id": membership_of(bob).pk, "kind": "member", "roles": ["pii_viewer", "source_admin"]},),
    )

    assert held_by(bob) == [
        ("member", [], ""),
        ("pii_viewer", ["EMAIL_ADDRESS"], ""),
        ("source_admin", [], "root@example.com"),
    ]
    assert history_of(workspace) == ["Gave Source admin to bob@example.com in acme."]


def test_somebody_who_is_in_already_is_not_added_again(client: Client, workspace: Workspace, bob: User) -> None:
    new = rows("memberships", initial=0) | rows("memberships-2", {"user": bob.pk, "kind": "owner"})
    where = address("workspace", "change", workspace.pk)

    response = client.post(where, {"slug": "acme", "name": "Acme", **new})

    assert "Belongs to the workspace already: change that membership." in text_of(response)
    assert rights_of(bob) == []


def test_no_page_of_a_workspace_loads_every_user(client: Client, workspace: Workspace, bob: User) -> None:
    make_user("stranger-to-acme")

    pages = [
        text_of(client.get(address("workspace", "change", workspace.pk))),
        text_of(client.get(address("workspace", "add"))),
        text_of(client.get(address("membership", "add"))),
        text_of(client.get(address("membership", "change", membership_of(bob).pk))),
    ]

    assert not any("stranger-to-acme" in page for page in pages)
    assert "bob@example.com in acme" in pages[0]


def test_a_workspace_with_many_members_links_their_list_instead_of_showing_them(
    client: Client, workspace: Workspace
) -> None:
    for number in range(51):
        make_member(workspace, f"person-{number}")

    page = text_of(client.get(address("workspace", "change", workspace.pk)))

    assert "51 people, too many to show here: open their list" in page
    assert f"membership/?workspace__id__exact={workspace.pk}" in page
    assert "person-7@" not in page


def test_the_page_of_a_workspace_costs_the_same_for_two_members_and_for_fifty(
    client: Client, workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        grant(make_member(workspace, f"person-{number}"), Role.PII_VIEWER)

    with django_assert_max_num_queries(14):
        page = text_of(client.get(address("workspace", "change", workspace.pk)))

    assert page.count(" in acme") >= 50


def test_a_workspace_goes_with_its_policies_members_and_bound_keys(
    client: Client, workspace: Workspace, carol: User, key: str
) -> None:
    post(client, address("workspace", "delete", workspace.pk), post="yes")

    assert not Workspace.objects.exists()
    assert rights_of(carol) == []
    assert caller_of(key) is None


def test_who_may_only_look_sees_roles_and_no_form(client: Client, workspace: Workspace, bob: User, carol: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(PermissionRow.objects.filter(codename__in=["view_workspace", "view_membership"]))
    client.force_login(bob)

    pages = [
        text_of(client.get(address("workspace", "change", workspace.pk))),
        text_of(client.get(address("membership", "change", membership_of(carol).pk))),
    ]

    assert all("PII viewer" in page for page in pages)
    assert not any("<select" in page or 'type="checkbox"' in page for page in pages)
    assert "Add people" not in pages[0]


@pytest.mark.parametrize("model", ["workspace", "membership", "user", "serviceaccount", "apikey"])
def test_every_list_costs_the_same_for_one_row_and_for_fifty(
    client: Client, workspace: Workspace, model: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        grant(make_member(workspace, f"person-{number}"), Role.PII_VIEWER)
        make_key(make_workspace(f"acme-{number}"), name=f"backend-{number}")

    with django_assert_max_num_queries(11):
        page = text_of(client.get(address(model, "changelist")))

    assert "-49" in page
