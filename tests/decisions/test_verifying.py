"""Whatever is done to the stored trail, verifying it says so and says where."""

import hashlib
import re
from uuid import uuid4

import orjson
import pytest
from django.db import DatabaseError, connection, transaction

from privacy_service.decisions.audit import chain, ship
from privacy_service.decisions.audit.canonical import FIELDS, canonical
from privacy_service.decisions.audit.verifying import is_intact, missing_chains, verify
from privacy_service.decisions.models import AuditChain, AuditRecord
from tests.decisions.tampering import sql, tamper
from tests.factories import forget_acts, make_record, make_workspace
from workspaces.acts import Act, note
from workspaces.models import User, Workspace

RECORDS = "decisions_decisionrecord"
CHAINS = "decisions_auditchain"


@pytest.fixture
def trail(workspace: Workspace, bob: User) -> Workspace:
    """Return acme, with eight records in its chain and one in another's."""
    forget_acts()
    for number in range(7):
        make_record(workspace, bob if number % 2 else None, entities={"PERSON": number, "US_SSN": 1})
    note(Act.WORKSPACE_CHANGED, workspace, bob, workspace, label="naïve ☃", tags=["a", "b"])
    ship()
    make_record(make_workspace("globex"))
    return workspace


def faults(workspace: Workspace) -> list[str]:
    """Return what verifying finds, without ids and times."""
    return [re.sub(r" \(id .*?\)", "", str(fault)) for fault in verify(workspace.pk).faults]


def change(column: str, value: object, position: int) -> None:
    tamper(f"UPDATE {RECORDS} SET {column} = %s WHERE position = %s AND workspace_id = {ACME}", value, position)


ACME = "(SELECT id FROM workspaces_workspace WHERE slug = 'acme')"


def test_a_chain_that_nobody_touched_is_whole(trail: Workspace) -> None:
    assert faults(trail) == []
    assert list(missing_chains()) == []
    assert verify(trail.pk).records == 8


def test_each_record_carries_the_hash_of_the_one_before_it(trail: Workspace) -> None:
    rows = list(AuditRecord.objects.filter(workspace_id=trail.pk).order_by("position"))

    assert [row.position for row in rows] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row.previous_hash for row in rows] == [chain.GENESIS, *(row.hash for row in rows[:-1])]
    assert AuditChain.objects.get(pk=trail.pk).last_hash == rows[-1].hash


def test_anybody_can_compute_a_hash_from_what_the_documentation_says(trail: Workspace) -> None:
    row = AuditRecord.objects.get(workspace_id=trail.pk, position=8)
    written = {
        "actor_id": str(row.actor_id),
        "at": row.at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00"),
        "detail": {"label": "naïve ☃", "tags": ["a", "b"]},
        "id": str(row.pk),
        "kind": "workspace-changed",
        "resource_id": str(trail.pk),
        "resource_name": "acme",
        "resource_type": "workspace",
        "workspace_id": str(trail.pk),
    }

    line = orjson.dumps(written)

    assert line == canonical({field: getattr(row, field) for field in FIELDS})
    assert row.hash == hashlib.sha256(row.previous_hash.encode() + line).hexdigest()


VALUES: dict[str, object] = {
    "id": uuid4().hex,
    "at": "2020-01-01 00:00:00+00:00",
    "kind": "unmasked",
    "actor_id": uuid4().hex,
    "actor_digest": "f" * 32,
    "key_id": uuid4().hex,
    "endpoint": "classify",
    "effect": "pass",
    "reason": "not-released",
    "policy_version": 99,
    "entities": "{}",
    "resource_type": "grant",
    "resource_id": "17",
    "resource_name": "globex",
    "detail": '{"a": 1}',
}


def test_every_field_has_a_value_to_tamper_with() -> None:
    assert set(VALUES) == set(FIELDS) - {"workspace_id"}


@pytest.mark.parametrize("column", VALUES)
def test_a_changed_field_is_found_whichever_it_is(trail: Workspace, column: str) -> None:
    change(column, VALUES[column], 3)

    assert faults(trail) == ["record 3 was changed"]


def test_a_changed_record_with_a_hash_made_to_fit_is_found(trail: Workspace) -> None:
    change("effect", "pass", 3)
    row = AuditRecord.objects.get(workspace_id=trail.pk, position=3)
    line = canonical({field: getattr(row, field) for field in FIELDS})
    change("hash", chain.hash_of(row.previous_hash.encode(), line).decode(), 3)

    assert faults(trail) == ["record 4 does not follow the record before it: one of them was changed or moved"]


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ("position = 1", "record 1 is missing"),
        ("position IN (3, 4, 5)", "records 3 to 5 are missing"),
        ("position = 8", "record 8 is missing, the newest of the chain"),
        ("position > 5", "records 6 to 8 are missing, the newest of the chain"),
        ("position > 0", "records 1 to 8 are missing, the newest of the chain"),
    ],
)
def test_removed_records_are_found(trail: Workspace, which: str, found: str) -> None:
    tamper(f"DELETE FROM {RECORDS} WHERE {which} AND workspace_id = {ACME}")

    assert faults(trail) == [found]


def test_a_removed_record_whose_successors_moved_up_is_found(trail: Workspace) -> None:
    tamper(f"DELETE FROM {RECORDS} WHERE position = 4 AND workspace_id = {ACME}")
    for position in (5, 6, 7, 8):
        change("position", position - 1, position)

    assert faults(trail) == [
        "record 4 does not follow the record before it: one of them was changed or moved",
        "record 8 is missing, the newest of the chain",
    ]


def test_records_in_another_order_are_found(trail: Workspace) -> None:
    for position, target in ((4, 100), (5, 4), (100, 5)):
        change("position", target, position)

    what = "does not follow the record before it: one of them was changed or moved"
    assert faults(trail) == [f"record {position} {what}" for position in (4, 5, 6)]


def test_newest_records_cut_off_together_with_the_end_are_found_by_the_seal(trail: Workspace) -> None:
    last = AuditRecord.objects.get(workspace_id=trail.pk, position=6)
    tamper(f"DELETE FROM {RECORDS} WHERE position > 6 AND workspace_id = {ACME}")
    tamper(f"UPDATE {CHAINS} SET last_position = 6, last_hash = %s WHERE workspace_id = {ACME}", last.hash)

    assert faults(trail) == ["its row was changed, or sealed with another PRIVACY_TOKEN_KEY"]


def test_a_whole_chain_written_anew_with_fitting_hashes_is_found_by_the_seal(trail: Workspace) -> None:
    change("effect", "pass", 1)
    previous = chain.GENESIS
    for row in AuditRecord.objects.filter(workspace_id=trail.pk).order_by("position"):
        line = canonical({field: getattr(row, field) for field in FIELDS})
        change("previous_hash", previous, row.position)
        previous = chain.hash_of(previous.encode(), line).decode()
        change("hash", previous, row.position)
    tamper(f"UPDATE {CHAINS} SET last_hash = %s WHERE workspace_id = {ACME}", previous)

    assert faults(trail) == ["its row was changed, or sealed with another PRIVACY_TOKEN_KEY"]


def test_a_record_slipped_in_behind_the_end_is_found(trail: Workspace) -> None:
    names = {field.attname for field in AuditRecord._meta.fields} - {"id", "position"}
    columns = ", ".join(sorted(names))
    tamper(
        f"INSERT INTO {RECORDS} (id, position, {columns}) SELECT %s, 9, {columns} FROM {RECORDS} "
        f"WHERE position = 8 AND workspace_id = {ACME}",
        uuid4().hex,
    )

    assert faults(trail) == ["records 9 to 9 are there, but the service never wrote them"]


def test_a_chain_removed_as_a_whole_is_found(trail: Workspace) -> None:
    number = AuditChain.objects.get(pk=trail.pk).number
    tamper(f"DELETE FROM {RECORDS} WHERE workspace_id = {ACME}")
    tamper(f"DELETE FROM {CHAINS} WHERE workspace_id = {ACME}")

    assert [str(fault) for fault in missing_chains()] == [f"chain number {number} is missing with all its records"]


def test_a_chain_whose_row_alone_was_removed_is_found(trail: Workspace) -> None:
    tamper(f"DELETE FROM {CHAINS} WHERE workspace_id = {ACME}")

    found = {(fault.workspace_id, str(fault)) for fault in missing_chains()}
    assert (trail.pk, "records are there, but their chain is missing") in found


def test_a_trail_emptied_as_a_whole_is_found(trail: Workspace) -> None:
    tamper(f"DELETE FROM {RECORDS}")
    tamper(f"DELETE FROM {CHAINS}")

    assert [str(fault) for fault in missing_chains()] == [
        "the installation's chain, which counts the others, is missing"
    ]


def test_a_verification_is_remembered_in_the_chain(trail: Workspace) -> None:
    verify(trail.pk)
    whole = AuditChain.objects.get(pk=trail.pk)
    change("effect", "pass", 3)
    verify(trail.pk)
    broken = AuditChain.objects.get(pk=trail.pk)

    assert (whole.verified_position, whole.faults) == (8, 0)
    assert (broken.verified_position, broken.faults) == (8, 1)
    assert broken.verified_at > whole.verified_at  # type: ignore[operator]


def test_one_record_can_be_checked_alone(trail: Workspace) -> None:
    change("effect", "pass", 3)

    rows = AuditRecord.objects.filter(workspace_id=trail.pk).order_by("position")
    assert [is_intact(row) for row in rows] == [True, True, False, True, True, True, True, True]


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {RECORDS} SET effect = 'pass'",
        f"UPDATE {RECORDS} SET effect = effect",
        f"DELETE FROM {RECORDS}",
        f"DELETE FROM {RECORDS} WHERE position = 1",
        f"UPDATE {CHAINS} SET last_position = last_position - 1",
        f"UPDATE {CHAINS} SET first_position = 100",
        f"UPDATE {CHAINS} SET opened = 0, number = 7",
        f"DELETE FROM {CHAINS}",
        f"TRUNCATE {RECORDS}",
        f"TRUNCATE {CHAINS}",
        f"SET LOCAL session_replication_role = replica; DELETE FROM {RECORDS}",
    ],
)
def test_the_database_itself_refuses_to_change_the_trail(trail: Workspace, statement: str) -> None:
    if connection.vendor == "sqlite" and not statement.startswith(("UPDATE", "DELETE")):
        statement = f"DELETE FROM {RECORDS}"

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)

    assert faults(trail) == []
