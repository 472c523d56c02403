"""The audit trail: found, verified, taken along; names of members alone."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from django.http import QueryDict

from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import AuditChain, AuditRecord
from privacy_service.decisions.tasks import verify_chain
from privacy_service.decisions.types import Effect
from tests.console.conftest import Opened
from tests.factories import make_record, make_workspace
from workspaces.models import User, Workspace

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


def test_acts_of_management_stand_beside_decisions(opened: Opened, alice: User, trail: None) -> None:
    assert "member added" in opened(alice).post(PAGE, {"kind": "member-added"}).content.decode()


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
