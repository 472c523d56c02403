"""The audit trail over HTTP, and that every write is in it."""

import csv
import io
import math
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from privacy_service.decisions import audit
from privacy_service.decisions.audit import exporting
from privacy_service.decisions.audit.exporting import written
from privacy_service.decisions.models import AuditRecord
from tests.asking import through_hot_path
from tests.factories import make_key, make_record, make_user
from tests.managing.conftest import Api, person
from workspaces.acts import Act, note
from workspaces.grants import grant
from workspaces.keys import Scope
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


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


@pytest.fixture
def trail(workspace: Workspace, bob: User, carol: User, other: Workspace) -> Workspace:
    """Return acme with decisions about bob and carol and an act of a stranger, beside another workspace with one."""
    audit.ship()
    make_record(workspace, bob, at=NOON)
    make_record(workspace, carol, at=NOON + timedelta(hours=1), effect="pass", reason="role-grants-pii", entities={})
    make_record(other, bob, at=NOON)
    note(Act.WORKSPACE_CHANGED, workspace, make_user("root"), workspace)
    audit.ship()
    return workspace


def exported(api: Api, query: str) -> list[dict[str, str]]:
    """Return the rows of an export as CSV."""
    return list(csv.DictReader(io.StringIO(api.get(f"/audit/export?format=csv&{query}").body.decode())))


def test_the_trail_is_exported_as_json_lines_that_can_be_verified(owner: Api, trail: Workspace) -> None:
    reply = owner.get("/audit/export")

    assert reply.headers["Content-Type"] == "application/x-ndjson"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="audit-acme.jsonl"'
    assert reply.headers["Cache-Control"] == "private, no-store"
    assert reply.body.splitlines() == [
        written(row) for row in AuditRecord.objects.filter(workspace_id=trail.pk).order_by("at", "pk")
    ]


def test_the_trail_is_exported_for_a_spreadsheet_and_names_members_alone(owner: Api, trail: Workspace) -> None:
    rows = exported(owner, f"since={NOON:%Y-%m-%dT%H:%M:%SZ}")

    assert [(row["kind"], row["actor"], row["workspace"]) for row in rows if row["kind"] != "audit-exported"] == [
        ("decision", "bob@example.com", "acme"),
        ("decision", "carol@example.com", "acme"),
        *[(row["kind"], "", "acme") for row in rows[2:]],
    ]
    assert "root@example.com" not in str(rows)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("kind=decision", 2),
        ("effect=pass", 1),
        ("reason=role-lacks-pii", 1),
        ("kind=decision&until=2026-10-01T12:30:00Z", 1),
        ("kind=workspace-changed", 1),
    ],
)
def test_an_export_is_filtered_like_the_list(owner: Api, trail: Workspace, query: str, count: int) -> None:
    listed = owner.get(f"/audit?{query}").json["records"]

    assert len(exported(owner, query)) == len(listed) == count


def test_an_export_is_told_to_the_trail(owner: Api, alice: User, trail: Workspace) -> None:
    owner.get("/audit/export?kind=decision&since=2026-10-01T00:00:00Z")

    audit.ship()
    told = AuditRecord.objects.get(kind="audit-exported")
    assert (told.workspace_id, told.actor_id) == (trail.pk, alice.pk)
    asked = {"format": "jsonl", "filters": ["kind", "since"], "since": "2026-10-01T00:00:00+00:00"}
    assert {name: told.detail[name] for name in asked} == asked


@pytest.mark.parametrize("query", ["format=xml", "effect=hide", "since=soon", "cursor=1", "workspace=other"])
def test_an_export_that_cannot_be_is_refused_and_not_told(owner: Api, trail: Workspace, query: str) -> None:
    assert owner.get(f"/audit/export?{query}").reason == "invalid-fields"
    audit.ship()
    assert not AuditRecord.objects.filter(kind="audit-exported").exists()


def test_the_trail_is_exported_by_whoever_may_read_it(alice: User, bob: User, trail: Workspace) -> None:
    assert person(bob).get("/audit/export").reason == "permission-missing"
    assert person(alice, Scope.READ).get("/audit/export").reason == "scope-missing"
    assert person(alice).within("other").get("/audit/export").reason == "unknown-workspace"


def test_an_export_reads_page_by_page(owner: Api, trail: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 2)

    with CaptureQueriesContext(connection) as asked:
        lines = owner.get("/audit/export").body.splitlines()

    pages = [one["sql"] for one in asked if "LIMIT 2" in one["sql"] and "decisionrecord" in one["sql"]]
    assert len(pages) == math.ceil(len(lines) / 2) + 1
