"""Members: added, changed and removed by owners, within the rights of whoever asks."""

import pytest

from tests.factories import make_member, make_user
from tests.managing.conftest import Api, person
from workspaces.models import Membership, User, Workspace


def test_an_owner_adds_a_person_nobody_knew(owner: Api, workspace: Workspace) -> None:
    reply = owner.post("/members", {"user": "Dave@Example.com"})

    assert reply.status == 201
    member = Membership.objects.get(user__email__iexact="dave@example.com")
    assert reply.headers["Location"] == f"/v1/workspaces/acme/members/{member.pk}"
    assert reply.json["user"]["email"] == "Dave@example.com"
    assert (reply.json["kind"], reply.json["roles"], reply.json["sees"]) == ("member", [], "nothing")
    assert owner.get(f"/members/{member.pk}").headers["ETag"] == reply.headers["ETag"]


def test_somebody_known_joins_under_the_name_they_have(owner: Api, mallory: User) -> None:
    by_mail = owner.post("/members", {"user": "MALLORY@example.com"})

    assert by_mail.json["user"]["id"] == str(mallory.pk)
    assert owner.post("/members", {"user": "id-mallory"}).reason == "conflict"


@pytest.mark.parametrize(
    "reference",
    ["", "two words", "a@b", "@", "a\u0000b", "zero\u200bwidth", "x" * 201, "a@" + "b" * 400 + ".com", 7, None, ["a"]],
)
def test_what_is_no_name_is_refused_with_a_word_on_the_field(owner: Api, reference: object) -> None:
    reply = owner.post("/members", {"user": reference})

    assert (reply.status, reply.reason) == (422, "invalid-fields")
    assert list(reply.json["errors"]) == ["user"]


def test_an_account_of_another_workspace_cannot_be_a_member(owner: Api, other: Workspace) -> None:
    reply = owner.post("/members", {"user": "service:nobody"})

    assert (reply.status, reply.reason) == (404, "no-such-resource")
    assert not User.objects.filter(external_id="service:nobody").exists()


def test_a_member_becomes_an_owner_and_back(owner: Api, bob: User) -> None:
    path = f"/members/{Membership.objects.get(user=bob).pk}"

    assert owner.change(path, {"kind": "owner"}).json["sees"] == "everything"
    assert owner.change(path, {"kind": "member"}).json["sees"] == "nothing"


@pytest.mark.parametrize("act", [("PATCH", {"kind": "member"}), ("DELETE", None)], ids=["step down", "leave"])
def test_the_last_owner_cannot_go(owner: Api, alice: User, act: tuple[str, object]) -> None:
    method, body = act
    path = f"/members/{Membership.objects.get(user=alice).pk}"

    reply = owner(method, path, body, If_Match="*")

    assert (reply.status, reply.reason) == (409, "last-owner")
    assert owner.get(path).json["kind"] == "owner"


def test_an_owner_who_cannot_sign_in_is_no_owner_who_remains(owner: Api, workspace: Workspace, alice: User) -> None:
    asleep = make_member(workspace, "olga", kind=Membership.Kind.OWNER).user
    asleep.is_active = False
    asleep.save()

    assert owner("DELETE", f"/members/{Membership.objects.get(user=alice).pk}").reason == "last-owner"


def test_of_two_owners_one_may_go(owner: Api, workspace: Workspace, alice: User) -> None:
    make_member(workspace, "olga", kind=Membership.Kind.OWNER)

    assert owner("DELETE", f"/members/{Membership.objects.get(user=alice).pk}").status == 204
    assert owner.get("/members").reason == "unknown-workspace"


def test_a_removed_member_is_gone(owner: Api, carol: User) -> None:
    path = f"/members/{Membership.objects.get(user=carol).pk}"

    assert owner("DELETE", path).status == 204
    assert owner.get(path).reason == "no-such-resource"
    assert not carol.has_perm("workspaces.view_pii", Workspace.objects.get(slug="acme"))


def test_a_member_without_the_right_sees_no_other_member(bob: User, carol: User) -> None:
    for user in (bob, carol):
        reply = person(user).get("/members")

        assert (reply.status, reply.reason) == (403, "permission-missing")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Alice", "Bob", "Carol"]),
        ("?ordering=-name", ["Carol", "Bob", "Alice"]),
        ("?kind=owner", ["Alice"]),
        ("?role=pii_viewer", ["Carol"]),
        ("?role=owner", ["Alice"]),
        ("?user=BOB@example.com", ["Bob"]),
        ("?user=id-carol", ["Carol"]),
        ("?search=aro", ["Carol"]),
        ("?sees=some", ["Alice", "Carol"]),
        ("?sees=nothing", ["Bob"]),
        ("?kind=member&sees=some", ["Carol"]),
        ("?search=nobody", []),
    ],
)
def test_members_are_filtered_and_ordered(
    owner: Api, alice: User, bob: User, carol: User, query: str, names: list[str]
) -> None:
    make_user("stranger")

    members = owner.get(f"/members{query}").json["members"]

    assert [member["user"]["name"] for member in members] == names
