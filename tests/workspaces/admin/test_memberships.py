"""An administrator gives and takes roles, all of one or some kinds."""

import pytest
from django.test import Client

from tests.factories import make_user, make_workspace
from tests.workspaces.admin.pages import address, held_by, history_of, membership_of, post, rights_of, text_of
from workspaces.grants import add_member, grant
from workspaces.models import Membership, User, Workspace, WorkspaceUserPermission
from workspaces.roles import Role


def test_a_pii_viewer_is_narrowed_to_some_kinds(client: Client, workspace: Workspace, bob: User) -> None:
    where = address("membership", "change", membership_of(bob).pk)

    post(client, where, kind="member", roles=["pii_viewer"], entities=["PERSON", "EMAIL_ADDRESS"])

    assert held_by(bob) == [("member", [], ""), ("pii_viewer", ["EMAIL_ADDRESS", "PERSON"], "root@example.com")]
    assert rights_of(bob) == []
    done = ["Gave PII viewer (EMAIL_ADDRESS, PERSON only) to bob@example.com in acme."]
    assert history_of(workspace) == history_of(bob) == history_of(membership_of(bob)) == done


def test_a_narrowed_pii_viewer_is_widened_again(client: Client, workspace: Workspace, bob: User) -> None:
    grant(membership_of(bob), Role.PII_VIEWER, entities=["PERSON"])

    post(client, address("membership", "change", membership_of(bob).pk), kind="member", roles=["pii_viewer"])

    assert rights_of(bob) == ["view_pii"]
    assert history_of(workspace) == ["Gave PII viewer to bob@example.com in acme."]


def test_saving_a_membership_unchanged_writes_nothing(client: Client, workspace: Workspace, carol: User) -> None:
    before = held_by(carol)

    post(client, address("membership", "change", membership_of(carol).pk), kind="member", roles=["pii_viewer"])

    assert held_by(carol) == before
    assert history_of(workspace) == []


@pytest.mark.parametrize(
    ("entities", "complaint"),
    [
        (["NO_SUCH_KIND"], "NO_SUCH_KIND is not one of the available choices"),
        (["PERSON"], "Kinds count for a PII viewer only"),
    ],
)
def test_kinds_that_would_count_for_nothing_are_refused(
    client: Client, bob: User, entities: list[str], complaint: str
) -> None:
    where = address("membership", "change", membership_of(bob).pk)

    response = client.post(where, {"kind": "member", "entities": entities})

    assert complaint in text_of(response)


def test_a_membership_keeps_its_person_and_workspace(client: Client, workspace: Workspace, bob: User) -> None:
    elsewhere, somebody = make_workspace("globex"), make_user("somebody")
    where = address("membership", "change", membership_of(bob).pk)

    post(client, where, kind="owner", user=somebody.pk, workspace=elsewhere.pk)

    assert [str(membership) for membership in Membership.objects.all()] == ["bob@example.com in acme"]
    assert membership_of(bob).kind == "owner"


def test_a_membership_is_added_on_its_own_page(client: Client, workspace: Workspace, mallory: User) -> None:
    post(client, address("membership", "add"), workspace=workspace.pk, user=mallory.pk, kind="owner")

    assert held_by(mallory) == [("owner", [], "root@example.com")]
    assert history_of(membership_of(mallory)) == ["Added mallory@example.com in acme: owner."]


def test_memberships_deleted_in_bulk_leave_no_right(
    client: Client, workspace: Workspace, bob: User, carol: User
) -> None:
    chosen = [membership_of(bob).pk, membership_of(carol).pk]
    where = address("membership", "changelist")

    post(client, where, action="delete_selected", _selected_action=chosen, post="yes")

    assert not WorkspaceUserPermission.objects.exists()
    assert history_of(workspace) == ["Removed bob@example.com in acme.", "Removed carol@example.com in acme."]


def test_a_membership_deleted_on_its_page_leaves_no_right(client: Client, workspace: Workspace, carol: User) -> None:
    post(client, address("membership", "delete", membership_of(carol).pk), post="yes")

    assert (held_by(carol), rights_of(carol)) == ([], [])
    assert history_of(carol) == ["Removed carol@example.com in acme."]


@pytest.mark.parametrize(
    ("query", "shown"), [("?sees=yes", "alice carol"), ("?sees=no", "bob"), ("", "alice bob carol")]
)
@pytest.mark.usefixtures("alice", "bob", "carol")
def test_the_list_of_members_filters_by_what_they_see(client: Client, query: str, shown: str) -> None:
    page = text_of(client.get(address("membership", "changelist", query=query)))

    assert " ".join(name for name in ("alice", "bob", "carol") if f"{name}@example.com</a>" in page) == shown


def test_a_service_may_be_a_member_and_says_so(client: Client, workspace: Workspace, key: str) -> None:
    add_member(workspace, User.objects.get(kind="service"))

    page = text_of(client.get(address("membership", "changelist")))

    assert "service:acme/backend" in page
