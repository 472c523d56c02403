"""An administrator reads who saw what and who changed what, and whether it is still what was written."""

import csv
import io
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from privacy_service.decisions.audit import ship
from privacy_service.decisions.audit.verifying import verify
from privacy_service.decisions.models import AuditRecord
from tests.decisions.tampering import tamper
from tests.factories import forget_acts, make_record
from workspaces.acts import Act, note
from workspaces.models import User, Workspace

TRAIL = "admin:decisions_auditrecord_changelist"


@pytest.fixture
def root(db: None) -> User:
    """Return the administrator."""
    del db
    return User.objects.create_superuser("root@example.com")


@pytest.fixture
def client(root: User) -> Client:
    """Return the administrator's browser."""
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def trail(workspace: Workspace, bob: User, carol: User, root: User) -> Workspace:
    """Return acme, where bob was shown a mask, carol everything, and the administrator changed something."""
    forget_acts()
    make_record(workspace, bob)
    make_record(workspace, carol, effect="pass", reason="role-grants-pii", entities={})
    note(Act.SOURCE_CHANGED, workspace, root, workspace, labels=["region:eu"])
    ship()
    return workspace


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def listed(client: Client, query: str = "") -> list[tuple[str, str]]:
    found = client.get(reverse(TRAIL) + query).context["cl"].result_list
    return sorted((record.kind, record.called) for record in found)


def test_who_saw_what_is_found_by_e_mail_and_kind(client: Client, trail: Workspace) -> None:
    decisions = [("decision", "bob@example.com"), ("decision", "carol@example.com")]

    assert listed(client) == [*decisions, ("source-changed", "root@example.com")]
    assert listed(client, "?q=Carol@Example.com") == decisions[1:]
    assert listed(client, "?kind=source-changed") == [("source-changed", "root@example.com")]
    assert listed(client, "?effect=mask&reason=role-lacks-pii&endpoint=mask") == decisions[:1]


def test_a_record_says_what_was_done_and_whether_it_is_still_as_written(client: Client, trail: Workspace) -> None:
    act = AuditRecord.objects.of(trail).acts().get()
    address = reverse("admin:decisions_auditrecord_change", args=[act.pk])
    before = text_of(client.get(address))
    tamper("UPDATE decisions_decisionrecord SET kind = 'key-issued' WHERE position = 3")
    after = text_of(client.get(address))

    assert "source-changed" in before
    assert "region:eu" in before
    assert ("icon-yes" in before, "icon-no" in before) == (True, False)
    assert ("icon-yes" in after, "icon-no" in after) == (False, True)


def test_the_chains_show_what_the_last_verification_found(client: Client, trail: Workspace) -> None:
    page = reverse("admin:decisions_auditchain_changelist")
    unknown = text_of(client.get(page))
    verify(trail.pk)
    whole = text_of(client.get(page))
    tamper("DELETE FROM decisions_decisionrecord WHERE position = 3")
    verify(trail.pk)
    broken = text_of(client.get(page))

    assert [text.count("icon-no") for text in (unknown, whole, broken)] == [0, 0, 1]
    assert whole.count("icon-yes") == unknown.count("icon-yes") + 1
    assert "acme" in broken


def export(client: Client, action: str, records: list[AuditRecord]) -> bytes:
    chosen = {"action": action, "_selected_action": [str(record.pk) for record in records]}
    response = client.post(reverse(TRAIL), chosen)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_chosen_records_are_exported_and_that_is_recorded(client: Client, trail: Workspace, root: User) -> None:
    chosen = list(AuditRecord.objects.of(trail).decisions().order_by("position"))

    lines = [orjson.loads(line) for line in export(client, "export_json_lines", chosen).splitlines()]
    rows = list(csv.DictReader(io.StringIO(export(client, "export_csv", chosen).decode())))
    ship()

    assert [line["hash"] for line in lines] == [record.hash for record in chosen]
    assert [(row["workspace"], row["actor"]) for row in rows] == [
        ("acme", "bob@example.com"),
        ("acme", "carol@example.com"),
    ]
    told = AuditRecord.objects.filter(kind=Act.AUDIT_EXPORTED).values_list("actor_id", "detail__format")
    assert sorted(told) == [(root.pk, "csv"), (root.pk, "jsonl")]


@pytest.mark.parametrize("page", ["auditchain", "auditrecord"])
def test_nothing_of_the_trail_can_be_changed_here(client: Client, trail: Workspace, page: str) -> None:
    row = trail.pk if page == "auditchain" else AuditRecord.objects.of(trail).acts().get().pk

    answers = [client.get(reverse(f"admin:decisions_{page}_add")).status_code]
    answers += [
        client.post(reverse(f"admin:decisions_{page}_{act}", args=[row])).status_code for act in ("change", "delete")
    ]

    assert answers == [403, 403, 403]
