"""Old records go in an orderly way, and what stays can still be verified."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from privacy_service.decisions import tasks
from privacy_service.decisions.audit import retention, ship
from privacy_service.decisions.audit.verifying import missing_chains, verify
from privacy_service.decisions.models import AuditChain, AuditRecord
from tests.decisions.tampering import sql, tamper
from tests.factories import forget_acts, make_record, make_workspace
from workspaces.models import User, Workspace

TODAY = timezone.now()


def make_trail(workspace: Workspace, actor: User, *ages: int) -> None:
    forget_acts()
    for age in ages:
        make_record(workspace, actor, at=TODAY - timedelta(days=age))


def kept(workspace: Workspace) -> list[int]:
    return list(AuditRecord.objects.of(workspace).order_by("position").values_list("position", flat=True))


def test_old_records_go_and_the_chain_stays_whole(workspace: Workspace, bob: User) -> None:
    make_trail(workspace, bob, 40, 35, 20, 10)
    anchor = AuditRecord.objects.get(workspace_id=workspace.pk, position=2).hash

    assert retention.prune(days=30) == {workspace.pk: 2}
    chain = AuditChain.objects.get(pk=workspace.pk)
    assert (chain.first_position, chain.anchor_hash) == (3, anchor)
    assert (kept(workspace), verify(workspace.pk).faults, list(missing_chains())) == ([3, 4], (), [])


def test_pruning_is_itself_recorded_in_the_chain(workspace: Workspace, alice: User, bob: User) -> None:
    make_trail(workspace, bob, 40, 35, 20)
    anchor = AuditRecord.objects.get(workspace_id=workspace.pk, position=2).hash

    retention.prune(days=30, by=alice)
    ship()

    act = AuditRecord.objects.of(workspace).acts().get()
    detail = dict(act.detail)
    assert detail.pop("before").startswith(f"{timezone.now() - timedelta(days=30):%Y-%m-%d}")
    assert (act.kind, act.actor_id, detail) == ("audit-pruned", alice.pk, {"records": 2, "up_to": 2, "hash": anchor})
    assert verify(workspace.pk).faults == ()


def test_a_chain_whose_every_record_is_old_begins_anew_where_it_ended(workspace: Workspace, bob: User) -> None:
    make_trail(workspace, bob, 40, 35)

    retention.prune(days=30)
    ship()

    assert (kept(workspace), verify(workspace.pk).faults) == ([3], ())


def test_an_old_record_behind_a_younger_one_waits_for_it(workspace: Workspace, bob: User) -> None:
    make_trail(workspace, bob, 40, 20, 35)

    assert retention.prune(days=30) == {workspace.pk: 1}
    assert kept(workspace) == [2, 3]


def test_many_records_go_in_batches_and_each_chain_by_itself(
    workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    globex = make_workspace("globex")
    make_trail(workspace, bob, 40, 39, 38, 37, 36, 5)
    make_trail(globex, bob, 40, 5)

    assert retention.prune(days=30) == {workspace.pk: 5, globex.pk: 1}
    ship()
    assert [verify(chain.pk).faults for chain in AuditChain.objects.all()] == [(), (), ()]


def test_what_retention_did_not_take_cannot_be_taken(workspace: Workspace, bob: User) -> None:
    make_trail(workspace, bob, 40, 20)
    retention.prune(days=30)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql("DELETE FROM decisions_decisionrecord WHERE position = 2")


def test_moving_the_start_of_a_chain_by_hand_is_found(workspace: Workspace, bob: User) -> None:
    make_trail(workspace, bob, 3, 2, 1)
    anchor = AuditRecord.objects.get(workspace_id=workspace.pk, position=2).hash

    tamper("UPDATE decisions_auditchain SET first_position = 3, anchor_hash = %s WHERE number > 0", anchor)
    sql("DELETE FROM decisions_decisionrecord WHERE position < 3")

    assert [str(fault) for fault in verify(workspace.pk).faults] == [
        "its row was changed, or sealed with another PRIVACY_TOKEN_KEY"
    ]


@pytest.mark.parametrize(("days", "left"), [(0, [1, 2]), (30, [2])])
def test_the_workers_prune_as_the_setting_says(
    workspace: Workspace, bob: User, settings: Any, days: int, left: list[int]
) -> None:
    make_trail(workspace, bob, 40, 20)
    settings.PRIVACY_AUDIT_RETENTION_DAYS = days

    tasks.prune_audit()

    assert kept(workspace) == left
