"""The audit trail: found, verified, taken along; names of members alone."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import unescape

import pytest
from django.http import QueryDict
from django.test import Client

from classifier import Entity
from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import AuditChain, AuditRecord
from privacy_service.decisions.tasks import verify_chain
from privacy_service.decisions.types import Effect
from tests.console.conftest import Opened
from tests.factories import make_record, make_workspace
from workspaces.acts import Act, note
from workspaces.grants import add_grant
from workspaces.models import User, Workspace
from workspaces.roles import Role
from workspaces.terms import Terms

PAGE = "/console/w/acme/audit"
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def trail(workspace: Workspace, alice: User, bob: User, mallory: User) -> None:
    """Make acts of the fixtures and four decisions, one about somebody else's workspace."""
    ship()
    make_record(workspace, bob, at=NOON)
    make_record(workspace, alice, at=NOON, effect=Effect.PASS, entities={})
    make_record(workspace, mallory, at=NOON, effect=Effect.DENY, entities={})
    make_record(make_workspace("other"), bob, at=NOON, endpoint="elsewhere")


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("kind=decision", ["Alice", "Bob", "somebody who is no member"]),
        ("kind=decision&effect=mask", ["Bob"]),
        ("kind=decision&who=bob@example.com", ["Bob"]),
        ("kind=decision&who=mallory@example.com", []),
        ("kind=decision&who=", ["Alice", "Bob", "somebody who is no member"]),
        ("kind=decision&who=%20", ["Alice", "Bob", "somebody who is no member"]),
        ("kind=decision&since=2026-10-01&until=2026-10-01", ["Alice", "Bob", "somebody who is no member"]),
        ("kind=decision&until=2026-09-30", []),
        ("kind=decision&since=never&until=2026-13-77", ["Alice", "Bob", "somebody who is no member"]),
        ("kind=no-such-kind", []),
        ("kind=decision&before=1", []),
    ],
)
def test_records_are_found(opened: Opened, alice: User, trail: None, query: str, who: list[str]) -> None:
    page = (
        opened(alice).post(PAGE, QueryDict(query).dict()).content.decode().split('id="records"')[1].split("<footer")[0]
    )

    assert [name for name in ("Alice", "Bob", "somebody who is no member") if f'scope="row">{name}<' in page] == who
    assert "elsewhere" not in page
    assert "mallory@example.com" not in page


@pytest.mark.parametrize("who", ["bob@exampel.com", "mallory@example.com", "erp-4711"])
def test_a_name_that_no_member_has_is_told_of_and_makes_no_file(
    opened: Opened, workspace: Workspace, alice: User, trail: None, who: str
) -> None:
    client = opened(alice)
    page = client.post(PAGE, {"who": who}).content.decode()
    asked = client.post(f"{PAGE}/export", {"who": who, "format": "csv"}, follow=True)
    ship()

    assert "No member of this workspace has this e-mail or id" in page
    assert "No record fits" not in page
    assert 'name="format"' not in page
    assert "no file was made" in asked.content.decode()
    assert not AuditRecord.objects.filter(kind=Act.AUDIT_EXPORTED).exists()


def test_a_member_without_a_record_is_not_said_to_be_nobody(opened: Opened, alice: User, bob: User) -> None:
    page = opened(alice).post(PAGE, {"who": "bob@example.com"}).content.decode()

    assert "No record fits" in page
    assert "No member of this workspace" not in page


def test_acts_of_management_stand_beside_decisions(opened: Opened, alice: User, trail: None) -> None:
    assert "member added" in opened(alice).post(PAGE, {"kind": "member-added"}).content.decode()


WHOLE = Terms()
PART = Terms(entities=(Entity.EMAIL_ADDRESS,), colours=("yellow",), expires_at=datetime(2027, 1, 2, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("role", "terms", "told"),
    [
        (Role.PII_VIEWER, WHOLE, ["for Bob", "PII viewer", "everything"]),
        (
            Role.PII_VIEWER,
            PART,
            ["for Bob", "PII viewer", "only Email address, yellow kinds, until 2 Jan 2027, 09:30 UTC"],
        ),
        (
            Role.SOURCE_ADMIN,
            WHOLE,
            ["for Bob", "Source admin", "no personal data by itself (rights: to change sources, to see sources)"],
        ),
    ],
)
def test_access_given_says_to_whom_which_data_and_until_when(
    opened: Opened, bob: User, alice: User, workspace: Workspace, role: Role, terms: Terms, told: list[str]
) -> None:
    add_grant(bob.memberships.get(workspace=workspace), role, terms, by=alice)
    ship()

    assert abouts(opened(alice), "grant-given")[0] == told


def test_a_grant_of_a_role_that_nobody_knows_any_more_is_told_as_it_stands(
    opened: Opened, workspace: Workspace, alice: User, bob: User
) -> None:
    detail = {"role": "auditor", "entities": ["EMAIL_ADDRESS"], "until": "2027-01-02T09:30:00+00:00"}
    note(Act.GRANT_GIVEN, workspace, alice, None, user=bob.pk, **detail)
    ship()

    told = abouts(opened(alice), "grant-given")[0]
    assert sorted(told) == ["Email address", "auditor", "for Bob", "until 2 Jan 2027, 09:30 UTC"]


def test_every_act_says_what_it_was_about_in_words(
    opened: Opened, workspace: Workspace, alice: User, bob: User, mallory: User
) -> None:
    note(Act.SUBJECTS_SUPPRESSED, workspace, alice, None, identifiers=2, kinds=["email"])
    note(Act.SUBJECT_FORM_CHANGED, workspace, alice, None, is_open=True)
    note(Act.FIELDS_DECIDED, workspace, alice, None, count=1, changed=["colour"], colour="red")
    note(Act.SUBJECT_REQUEST_STARTED, workspace, alice, None, wish="DELETE_ONLY", proof="owner")
    note(Act.MEMBER_REMOVED, workspace, alice, None, user=mallory.pk)
    note(Act.BREAK_GLASS_ASKED, workspace, bob, None, user=bob.pk, minutes=60, reason="Ticket 4711")
    note(Act.POLICY_CHANGED, workspace, alice, None, version="of an older release", kinds=7)
    ship()
    client = opened(alice)

    assert {
        act: abouts(client, act)[0]
        for act in (
            "subjects-suppressed",
            "subject-form-changed",
            "fields-decided",
            "subject-request-started",
            "member-removed",
            "break-glass-asked",
            "policy-changed",
        )
    } == {
        "subjects-suppressed": ["2 names", "E-mail"],
        "subject-form-changed": ["open"],
        "fields-decided": ["how many: 1", "changed: colour", "colour: red"],
        "subject-request-started": ["Delete everywhere", "proof: owner"],
        "member-removed": [f"for somebody who is no member ({str(mallory.pk)[:8]})"],
        "break-glass-asked": ["for Bob", "60 minutes", "“Ticket 4711”"],
        "policy-changed": ["version of an older release", "kinds: 7"],
    }
    assert "mallory@example.com" not in client.get(PAGE).content.decode()


def abouts(client: Client, kind: str) -> list[list[str]]:
    """Return what the page says each record of a kind was about, in its parts."""
    page = client.post(PAGE, {"kind": kind}).content.decode().split('id="records"')[1]
    cells = re.findall(r'<td class="cut">(.*?)</td>', page)
    return [unescape(re.sub("<[^>]+>", "", cell)).split(" · ") for cell in cells]


def test_older_records_are_a_page_away(opened: Opened, workspace: Workspace, alice: User, bob: User) -> None:
    for _ in range(32):
        make_record(workspace, bob)
    client = opened(alice)
    newest = AuditRecord.objects.order_by("-position")[0].position

    assert f'name="before" value="{newest - 29}"' in client.post(PAGE, {"kind": "decision"}).content.decode()
    assert client.post(PAGE, {"kind": "decision", "before": newest - 29}).content.decode().count('scope="row"') == 2


@pytest.mark.parametrize(
    ("written_as", "kind"), [("csv", "text/csv"), ("jsonl", "application/x-ndjson"), ("x", "text/csv")]
)
def test_records_are_taken_along_and_the_trail_tells_of_it(
    opened: Opened, alice: User, trail: None, written_as: str, kind: str
) -> None:
    response = opened(alice).post(f"{PAGE}/export", {"format": written_as, "effect": "deny"})
    chunks: Iterable[bytes] = response.streaming_content  # type: ignore[attr-defined]
    body = b"".join(chunks)
    ship()

    assert response["Content-Type"].startswith(kind)
    assert (b"not-a-member" in body or b"deny" in body, b'"pass"' in body) == (True, False)
    assert AuditRecord.objects.filter(kind="audit-exported", actor_id=alice.pk).count() == 1


def test_a_worker_verifies_and_the_page_tells_how_it_ended(
    opened: Opened, workspace: Workspace, alice: User, trail: None
) -> None:
    client = opened(alice)
    assert "not verified yet" in client.get(f"{PAGE}/chain").content.decode()
    assert "A worker verifies the trail" in client.post(f"{PAGE}/verify", follow=True).content.decode()
    verify_chain(str(workspace.pk))
    assert "unchanged since it was written" in client.get(f"{PAGE}/chain").content.decode()
    AuditChain.objects.filter(pk=workspace.pk).update(faults=2)
    assert "2 faults" in client.get(f"{PAGE}/chain").content.decode()


@pytest.mark.parametrize("then", ["/verify", "/export"])
def test_a_member_without_the_right_does_nothing(opened: Opened, carol: User, then: str) -> None:
    assert opened(carol).post(PAGE + then).status_code == 403
