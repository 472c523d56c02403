"""The trail for others: chosen by what they want, as JSON Lines, CSV or events."""

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from privacy_service.decisions.audit import exporting, ship
from privacy_service.decisions.audit.exporting import Wanted, as_event, csv_lines, in_order, json_lines, with_names
from privacy_service.decisions.models import AuditRecord
from tests.factories import forget_acts, make_record, make_workspace
from workspaces.acts import Act, note
from workspaces.models import User, Workspace

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def trail(workspace: Workspace, bob: User, carol: User) -> Workspace:
    """Return acme, with three decisions and an act, and one decision in another workspace."""
    forget_acts()
    make_record(workspace, bob, at=NOON)
    make_record(workspace, carol, at=NOON + timedelta(hours=1), effect="pass", reason="role-grants-pii", entities={})
    make_record(workspace, at=NOON + timedelta(hours=2), endpoint="decision", effect="deny", reason="not-a-member")
    make_record(make_workspace("globex"), bob, at=NOON + timedelta(hours=3))
    note(Act.KEY_ISSUED, workspace, bob, workspace, scopes=["mask"])
    ship()
    return workspace


CHOICES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "everything": ({}, ["mask", "pass", "deny", "mask", ""]),
    "a workspace": ({"workspace_id": "acme"}, ["mask", "pass", "deny", ""]),
    "an actor": ({"actor_id": "bob"}, ["mask", "mask", ""]),
    "from a time on": ({"since": NOON + timedelta(hours=2)}, ["deny", "mask", ""]),
    "until a time": ({"until": NOON + timedelta(hours=1)}, ["mask"]),
    "a kind": ({"kind": "key-issued"}, [""]),
    "decisions": ({"kind": "decision"}, ["mask", "pass", "deny", "mask"]),
    "an endpoint": ({"endpoint": "decision"}, ["deny"]),
    "an effect": ({"effect": "pass"}, ["pass"]),
    "a reason": ({"reason": "not-a-member"}, ["deny"]),
    "two of them": ({"actor_id": "bob", "effect": "mask", "since": NOON}, ["mask", "mask"]),
}


@pytest.mark.parametrize(("wanted", "effects"), CHOICES.values(), ids=CHOICES)
def test_records_are_chosen_by_what_is_wanted(
    trail: Workspace, bob: User, wanted: dict[str, Any], effects: list[str]
) -> None:
    ids = {"acme": trail.pk, "bob": bob.pk}
    records = Wanted(**{name: ids.get(value, value) for name, value in wanted.items()}).records()

    assert [record.effect for record in in_order(records)] == effects


def test_querysets_have_names_for_what_is_asked_most(trail: Workspace) -> None:
    records = AuditRecord.objects.of(trail)

    assert (records.decisions().count(), records.acts().count()) == (3, 1)
    assert records.between(NOON, NOON + timedelta(hours=2)).count() == 2


def test_an_exported_line_is_enough_to_verify_the_record(trail: Workspace) -> None:
    for line in json_lines(Wanted(workspace_id=trail.pk).records()):
        exported = orjson.loads(line)
        place = {name: exported.pop(name) for name in ("position", "previous_hash", "hash")}
        canonical = orjson.dumps(exported, option=orjson.OPT_SORT_KEYS)

        assert hashlib.sha256(place["previous_hash"].encode() + canonical).hexdigest() == place["hash"]
        assert line == canonical[:-1] + b"," + orjson.dumps(place)[1:] + b"\n"


def test_csv_names_workspace_and_actor_beside_their_ids(trail: Workspace, bob: User) -> None:
    rows = list(csv.DictReader(io.StringIO(b"".join(csv_lines(Wanted(workspace_id=trail.pk).records())).decode())))

    assert [(row["workspace"], row["actor"], row["effect"], row["entities"]) for row in rows] == [
        ("acme", "bob@example.com", "mask", '{"PERSON":2}'),
        ("acme", "carol@example.com", "pass", ""),
        ("acme", "", "deny", '{"PERSON":2}'),
        ("acme", "bob@example.com", "", ""),
    ]
    assert rows[0]["at"] == "2026-10-01T12:00:00.000000+00:00"
    assert rows[3]["detail"] == '{"scopes":["mask"]}'


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", 'a"b,c\nd'])  # noqa: RUF001 - as a sheet reads it.
def test_no_cell_of_a_csv_is_run_by_a_spreadsheet(workspace: Workspace, bob: User, name: str) -> None:
    make_record(workspace, bob, kind="source-changed", resource_name=name)

    [row] = csv.DictReader(io.StringIO(b"".join(csv_lines(AuditRecord.objects.all())).decode(), newline=""))

    assert row["resource_name"] == (name if name[0] == "a" else f"'{name}")


def test_many_records_come_page_by_page_each_once(
    workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 4)
    made = {make_record(workspace, bob, at=NOON + timedelta(seconds=number // 6)).pk for number in range(21)}

    with CaptureQueriesContext(
        connection,
    ) as asked:
        seen = [record.pk for record in in_order(AuditRecord.objects.all())]

    assert (len(seen), set(seen)) == (21, made)
    assert len(asked) == 7


def test_an_act_and_a_decision_have_the_shape_of_segments_audit_events(trail: Workspace, bob: User) -> None:
    records = list(in_order(with_names(AuditRecord.objects.of(trail))))
    decision, act = as_event(records[0]), as_event(records[-1])

    assert decision == {
        "id": str(records[0].pk),
        "timestamp": "2026-10-01T12:00:00.000000+00:00",
        "type": "decision",
        "actor": str(bob.pk),
        "resourceId": str(trail.pk),
        "resourceType": "workspace",
        "resourceName": "acme",
    }
    assert (act["type"], act["resourceType"], act["resourceName"]) == ("key-issued", "workspace", "acme")
