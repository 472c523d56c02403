"""Groups, grants and sources: what reaches whom, and nobody above their own rights."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_member
from tests.managing.conftest import Api, person
from tests.managing.rights import give
from workspaces.grants import add_grant, create_group, grant
from workspaces.models import Grant, Membership, Source, User, Workspace
from workspaces.roles import Role
from workspaces.terms import Terms

LATER = "2027-06-01T00:00:00Z"


def member_of(user: User) -> Membership:
    return Membership.objects.get(user=user)


@pytest.fixture
def manager(bob: User) -> Api:
    """Return the API as bob opens it, who manages members and sees no personal data."""
    give(member_of(bob), "manage_members")
    return person(bob)


def test_a_support_agent_sees_a_part_until_a_time(owner: Api, bob: User) -> None:
    terms = {"entities": ["PHONE_NUMBER", "EMAIL_ADDRESS"], "expires_at": LATER, "reason": "support rota"}

    reply = owner.post("/grants", {"member": str(member_of(bob).pk), "role": "pii_viewer", **terms})

    assert reply.status == 201
    told = reply.json
    assert told["holder"] == {"type": "member", "id": str(member_of(bob).pk), "name": "bob@example.com"}
    assert (told["entities"], told["expires_at"], told["is_live"]) == (["EMAIL_ADDRESS", "PHONE_NUMBER"], LATER, True)
    assert told["granted_by"]["name"] == "Alice"
    assert owner.get(f"/members/{member_of(bob).pk}").json["sees"] == "part"


def test_a_grant_is_put_on_other_terms_and_ended(owner: Api, bob: User) -> None:
    path = owner.post("/grants", {"member": str(member_of(bob).pk), "role": "pii_viewer"}).headers["Location"]

    assert owner.get(f"/members/{member_of(bob).pk}").json["sees"] == "everything"
    assert owner.change(path, {"colours": ["yellow"]}, "PUT").json["colours"] == ["yellow"]
    assert owner.get(f"/members/{member_of(bob).pk}").json["sees"] == "part"
    assert owner("PUT", path, {}, If_Match='"old"').reason == "stale"
    assert owner("DELETE", path).status == 204
    assert owner.get(f"/members/{member_of(bob).pk}").json["sees"] == "nothing"


def test_a_group_gives_its_members_what_it_holds(owner: Api, bob: User) -> None:
    group = owner.post("/groups", {"name": "Support"}).headers["Location"]
    owner.post("/grants", {"group": group[-36:], "role": "pii_viewer"})

    joined = owner.post(f"{group}/members", {"member": str(member_of(bob).pk)})

    assert (joined.status, joined.json["sees"]) == (201, "everything")
    assert owner.get(group).json["member_count"] == 1
    assert [one["user"]["name"] for one in owner.get(f"{group}/members").json["members"]] == ["Bob"]
    assert [one["name"] for one in owner.get(f"/groups?member={member_of(bob).pk}").json["groups"]] == ["Support"]
    assert owner.post(f"{group}/members", {"member": str(member_of(bob).pk)}).reason == "conflict"
    assert owner("DELETE", joined.headers["Location"]).status == 204
    assert owner.get(f"/members/{member_of(bob).pk}").json["sees"] == "nothing"
    assert owner("DELETE", group).status == 204
    assert not Grant.objects.filter(group__isnull=False).exists()


def test_a_group_is_renamed_and_its_name_is_its_own(owner: Api) -> None:
    group = owner.post("/groups", {"name": "Support"}).headers["Location"]
    owner.post("/groups", {"name": "Sales"})

    assert owner.change(group, {"name": "Care"}).json["name"] == "Care"
    assert owner.change(group, {"name": "Sales"}).reason == "conflict"
    assert owner.post("/groups", {"name": "Sales"}).reason == "conflict"
    assert owner.change(group, {"name": "Care"}).status == 200


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": "member"}, "role"),
        ({"entities": ["NO_SUCH"]}, "entities.0"),
        ({"colours": ["blue"]}, "colours.0"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "body"),
        ({"role": "privacy_admin", "entities": ["PERSON"]}, "body"),
        ({"role": "privacy_admin", "labels": {"env": "test"}}, "body"),
        ({"labels": {"env": ""}}, "labels.env"),
        ({"labels": {"a b!": "x"}}, "body"),
        ({"labels": ["env"]}, "labels"),
        ({"sources": ["acme"]}, "sources.0"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "a\u0000b"}, "reason"),
        ({"granted_by": "id-bob"}, "granted_by"),
        ({"emergency": True}, "emergency"),
        ({"group": "00000000-0000-0000-0000-000000000000"}, "member"),
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_refused_by_field(owner: Api, bob: User, terms: dict[str, object], field: str) -> None:
    reply = owner.post("/grants", {"member": str(member_of(bob).pk), "role": "pii_viewer", **terms})

    assert (reply.status, list(reply.json["errors"])) == (422, [field])
    assert Grant.objects.filter(membership=member_of(bob)).count() == 1


def test_a_role_held_without_terms_is_not_given_twice(owner: Api, carol: User) -> None:
    body = {"member": str(member_of(carol).pk), "role": "pii_viewer"}

    assert owner.post("/grants", body).reason == "conflict"
    assert owner.post("/grants", {**body, "expires_at": LATER}).status == 201


@pytest.mark.parametrize(
    "terms", [{}, {"entities": ["PERSON"]}, {"colours": ["green"]}, {"expires_at": LATER}], ids=str
)
def test_a_manager_gives_no_sight_that_they_lack(
    manager: Api, bob: User, carol: User, terms: dict[str, object]
) -> None:
    for user in (bob, carol):
        reply = manager.post("/grants", {"member": str(member_of(user).pk), "role": "pii_viewer", **terms})

        assert (reply.status, reply.reason) == (403, "beyond-own-rights")
    held = Grant.objects.get(membership=member_of(carol), role=Role.PII_VIEWER)
    assert manager("PUT", f"/grants/{held.pk}", {**terms}, If_Match="*").reason == "beyond-own-rights"


def test_what_is_borrowed_is_not_given_on(manager: Api, bob: User, carol: User) -> None:
    add_grant(member_of(bob), Role.PII_VIEWER, Terms(entities=("PERSON",)))
    give(member_of(bob), "manage_members")  # Writing a grant took what no role gives.
    body = {"member": str(member_of(carol).pk), "role": "pii_viewer"}

    assert manager.post("/grants", {**body, "entities": ["PERSON"]}).status == 201
    assert manager.post("/grants", {**body, "entities": ["PERSON", "US_SSN"]}).reason == "beyond-own-rights"
    Grant.objects.filter(membership=member_of(bob)).update(expires_at=LATER)
    assert manager.post("/grants", {**body, "entities": ["PERSON"]}).reason == "beyond-own-rights"


def test_a_manager_takes_no_way_round_through_a_group(manager: Api, workspace: Workspace, bob: User) -> None:
    group = create_group(workspace, "Sighted")
    grant(group, Role.PII_VIEWER)

    reply = manager.post(f"/groups/{group.pk}/members", {"member": str(member_of(bob).pk)})

    assert (reply.status, reply.reason) == (403, "beyond-own-rights")
    assert manager.get(f"/members/{member_of(bob).pk}").json["sees"] == "nothing"


@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", {"kind": "member"}), ("DELETE", None)], ids=["step down", "remove"]
)
def test_a_manager_touches_no_owner_and_makes_none(
    manager: Api, workspace: Workspace, alice: User, bob: User, method: str, body: object
) -> None:
    make_member(workspace, "olga", kind=Membership.Kind.OWNER)

    assert manager(method, f"/members/{member_of(alice).pk}", body, If_Match="*").reason == "beyond-own-rights"
    assert manager.post("/members", {"user": "eve@example.com", "kind": "owner"}).reason == "beyond-own-rights"
    assert manager("PATCH", f"/members/{member_of(bob).pk}", {"kind": "owner"}, If_Match="*").status == 403
    assert set(Membership.objects.filter(kind="owner").values_list("user__name", flat=True)) == {"Alice", "Olga"}


def test_emergency_access_is_not_made_longer(owner: Api, bob: User) -> None:
    given = add_grant(member_of(bob), Role.PII_VIEWER, emergency=True)

    assert owner("PUT", f"/grants/{given.pk}", {}, If_Match="*").reason == "conflict"
    assert owner("DELETE", f"/grants/{given.pk}").status == 204


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 3), ("?role=pii_viewer", 2), ("?live=false", 0), ("?emergency=true", 1), ("?emergency=false", 2)],
)
def test_grants_are_filtered(owner: Api, bob: User, carol: User, query: str, count: int) -> None:
    grant(member_of(bob), Role.SOURCE_ADMIN)
    add_grant(member_of(bob), Role.PII_VIEWER, emergency=True)

    assert len(owner.get(f"/grants{query}").json["grants"]) == count
    assert len(owner.get(f"/grants?member={member_of(carol).pk}").json["grants"]) == 1


def test_a_grant_for_one_source(owner: Api, bob: User) -> None:
    source = owner.post("/sources", {"slug": "crm", "labels": {"env": "test"}}).json
    reply = owner.post("/grants", {"member": str(member_of(bob).pk), "role": "pii_viewer", "sources": [source["id"]]})

    assert (reply.status, reply.json["sources"]) == (201, [source["id"]])


def test_sources_are_made_changed_and_forgotten(owner: Api) -> None:
    made = owner.post("/sources", {"slug": "crm", "name": "CRM", "labels": {"env": "test"}})
    path = made.headers["Location"]

    assert owner.post("/sources", {"slug": "crm"}).reason == "conflict"
    assert owner.change(path, {"labels": {"env": "production"}}).json["labels"] == {"env": "production"}
    assert owner.change(path, {"slug": "other"}).reason == "invalid-fields"
    assert [one["slug"] for one in owner.get("/sources?labelled=env:production").json["sources"]] == ["crm"]
    assert owner.get("/sources?labelled=env:test").json["sources"] == []
    assert owner.get("/sources?search=CR").json["sources"]
    assert owner("DELETE", path).status == 204
    assert not Source.objects.exists()


def test_whoever_manages_one_source_meets_no_other(owner: Api, workspace: Workspace, bob: User) -> None:
    mine, next_door = (owner.post("/sources", {"slug": slug}).json["id"] for slug in ("mine", "next-door"))
    add_grant(member_of(bob), Role.SOURCE_ADMIN, Terms(sources=(Source.objects.get(slug="mine"),)))
    api = person(bob)

    assert [one["slug"] for one in api.get("/sources").json["sources"]] == ["mine"]
    assert api.get(f"/sources/{next_door}").reason == "no-such-resource"
    assert api("DELETE", f"/sources/{next_door}").reason == "no-such-resource"
    assert api.post("/sources", {"slug": "third"}).reason == "permission-missing"
    assert api.change(f"/sources/{mine}", {"name": "Mine"}).json["name"] == "Mine"


def test_nobody_labels_a_source_into_the_reach_of_their_own_grant(owner: Api, bob: User) -> None:
    source = owner.post("/sources", {"slug": "production", "labels": {"env": "production"}}).json["id"]
    grant(member_of(bob), Role.SOURCE_ADMIN)
    add_grant(member_of(bob), Role.PII_VIEWER, Terms(labels={"env": "test"}))
    api = person(bob)

    assert api.change(f"/sources/{source}", {"labels": {"env": "test"}}).reason == "beyond-own-rights"
    assert api.post("/sources", {"slug": "new", "labels": {"env": "test"}}).reason == "beyond-own-rights"
    assert api.change(f"/sources/{source}", {"labels": {"env": "production"}, "name": "P"}).status == 200


def test_whoever_may_only_see_sources_changes_none(owner: Api, bob: User) -> None:
    source = owner.post("/sources", {"slug": "crm"}).json["id"]
    grant(member_of(bob), Role.SOURCE_READ_ONLY)

    assert person(bob).get(f"/sources/{source}").status == 200
    assert person(bob)("DELETE", f"/sources/{source}").reason == "permission-missing"


def test_a_right_until_a_time_manages_until_then(workspace: Workspace, owner: Api, bob: User) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    given = add_grant(member_of(bob), Role.SOURCE_READ_ONLY, Terms(expires_at=tomorrow))
    assert person(bob).get("/sources").status == 200

    Grant.objects.filter(pk=given.pk).update(expires_at="2026-01-01T00:00:00Z")

    assert person(bob).get("/sources").reason == "permission-missing"
