"""The audit trail over HTTP, and that every write is in it."""

import pytest

from privacy_service.decisions import audit
from tests.asking import through_hot_path
from tests.factories import make_key
from tests.managing.conftest import Api, person
from workspaces.acts import Act, note
from workspaces.grants import grant
from workspaces.keys import Scope
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role


def kinds(api: Api, query: str = "") -> list[str]:
    """Return the kinds of alice's acts, oldest first; the fixtures' own acts are nobody's."""
    audit.ship()
    alice = User.objects.get(email="alice@example.com")
    return [one["kind"] for one in api.get(f"/audit?ordering=at&actor_id={alice.pk}&{query}").json["records"]]


def test_acts_and_decisions_are_listed_with_who(
    owner: Api, released_workspace: Workspace, alice: User, bob: User
) -> None:
    note(Act.WORKSPACE_CHANGED, released_workspace, alice, released_workspace)
    headers = {"Authorization": f"Bearer {make_key(released_workspace)}", "X-Actor": "bob@example.com"}
    through_hot_path("POST", "/v1/workspaces/acme/mask", b"{}", {**headers, "Content-Type": "application/json"})
    audit.ship()

    [decision] = owner.get("/audit?kind=decision").json["records"]
    [act] = owner.get("/audit?kind=workspace-changed").json["records"]

    assert (decision["actor_name"], decision["effect"], decision["reason"]) == (
        "bob@example.com",
        "mask",
        "role-lacks-pii",
    )
    assert (act["actor_name"], act["resource_type"], act["resource_name"]) == ("alice@example.com", "workspace", "acme")
    assert owner.get(f"/audit/{decision['id']}").json == decision


def test_every_write_is_told_to_the_trail_by_name(owner: Api) -> None:
    account = owner.post("/service-accounts", {"name": "crm"}).headers["Location"]
    key = owner.post(f"{account}/keys", {}).json["id"]
    owner.post(f"{account}/keys/{key}/rotate", {})
    owner("DELETE", f"{account}/keys/{key}")
    owner("DELETE", account)
    source = owner.post("/sources", {"slug": "crm"}).headers["Location"]
    owner.change(source, {"name": "CRM"})
    owner("DELETE", source)
    owner("PUT", "/policy", {"rules": {"extends": "strict"}}, If_Match="*")
    owner.change("", {"name": "Acme Ltd"})
    member = owner.post("/members", {"user": "dave@example.com"}).headers["Location"]
    given = owner.post("/grants", {"member": member[-36:], "role": "pii_viewer"}).headers["Location"]
    owner.change(given, {"entities": ["PERSON"]}, "PUT")
    owner("DELETE", given)
    group = owner.post("/groups", {"name": "Support"}).headers["Location"]
    owner.post(f"{group}/members", {"member": member[-36:]})
    owner("DELETE", group)
    owner.change(member, {"kind": "owner"})
    owner("DELETE", member)

    told = kinds(owner)

    by_kind = {kind: told.count(kind) for kind in told}
    assert by_kind == {
        "service-account-changed": 2,
        "key-issued": 1,
        "key-rotated": 1,
        "key-revoked": 1,
        "source-changed": 3,
        "policy-changed": 1,
        "workspace-changed": 1,
        "member-added": 1,
        "member-changed": 1,
        "member-removed": 1,
        "grant-given": 2,
        "grant-taken": 1,
        "group-changed": 3,
    }


def test_a_refused_write_is_not_told(owner: Api) -> None:
    owner.post("/members", {"user": "no name"})
    owner("PUT", "/policy", {"rules": {"default": "keep"}}, If_Match="*")

    assert kinds(owner) == []


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 3), ("kind=source-changed", 2), ("since=2026-01-01T00:00:00Z", 3), ("until=2026-01-01T00:00:00Z", 0)],
)
def test_the_trail_is_filtered(owner: Api, query: str, count: int) -> None:
    owner.post("/sources", {"slug": "one"})
    owner.post("/sources", {"slug": "two"})
    owner.post("/service-accounts", {"name": "crm"})

    assert len(kinds(owner, query)) == count


def test_the_trail_is_read_by_whoever_may(owner: Api, alice: User, bob: User, carol: User) -> None:
    grant(Membership.objects.get(user=carol), Role.PRIVACY_ADMIN)

    assert person(carol).get("/audit").status == 200
    assert person(bob).get("/audit").reason == "permission-missing"
    assert person(alice, Scope.READ).get("/audit").reason == "scope-missing"


def test_names_of_who_is_no_member_are_not_told(owner: Api, workspace: Workspace, mallory: User) -> None:
    note(Act.WORKSPACE_CHANGED, workspace, mallory, workspace)
    audit.ship()

    [record] = owner.get("/audit?kind=workspace-changed").json["records"]

    assert (record["actor_id"], record["actor_name"]) == (str(mallory.pk), "")
