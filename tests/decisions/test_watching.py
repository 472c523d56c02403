"""The nightly look at the trail: every chain, each as work of its own; what is found is counted, logged and kept."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app

from privacy_service.decisions import tasks
from privacy_service.decisions.audit import ship, watching
from privacy_service.decisions.models import AuditChain
from privacy_service.observability import metrics
from tests.decisions.tampering import tamper
from tests.factories import make_record, make_workspace
from workspaces.models import User, Workspace

CANARY = "canary-of-the-trail-5d1"


@pytest.fixture
def trail(workspace: Workspace, bob: User) -> Workspace:
    """Return acme with some records, beside a workspace that has one."""
    ship()
    for _ in range(4):
        make_record(workspace, bob)
    make_record(make_workspace("globex"))
    return workspace


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Carry tasks out where they are sent, as a worker would a moment later."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def counted() -> tuple[int, int]:
    """Return how many chains were verified and how many faults found, by this process so far."""
    return metrics.audit_verified.flushed[()], metrics.audit_faults.flushed[()]


def test_a_whole_trail_is_verified_chain_by_chain(trail: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    verified, faults = counted()

    tasks.verify_audit()

    assert counted() == (verified + AuditChain.objects.count(), faults)
    assert not AuditChain.objects.filter(verified_at=None).exists()
    assert [one for one in caplog.records if one.levelno > logging.INFO] == []


def test_a_changed_record_is_counted_logged_and_kept_with_its_chain(
    trail: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    _, faults = counted()
    tamper("UPDATE decisions_decisionrecord SET resource_name = %s WHERE position = 2", CANARY)

    tasks.verify_audit()

    assert counted()[1] == faults + 1
    assert AuditChain.objects.get(pk=trail.pk).faults == 1
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert f"(chain {trail.pk}): record 2" in line
    assert CANARY not in caplog.text


def test_a_chain_that_is_gone_is_found(trail: Workspace) -> None:
    _, faults = counted()
    tamper(
        "DELETE FROM decisions_decisionrecord WHERE workspace_id = (SELECT workspace_id FROM decisions_auditchain "
        "WHERE number = 2)"
    )
    tamper("DELETE FROM decisions_auditchain WHERE number = 2")

    tasks.verify_audit()

    assert counted()[1] == faults + 1


def test_the_chain_that_nobody_looked_at_for_longest_comes_first(trail: Workspace) -> None:
    watching.look_at_chain(trail.pk)

    assert watching.chains_to_verify()[-1] == trail.pk


def test_beat_looks_each_night_on_the_slow_queue(settings: Any) -> None:
    [entry] = [one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == "decisions.verify_audit"]

    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3}, {0})
    assert {
        settings.CELERY_TASK_ROUTES[name]["queue"] for name in ("decisions.verify_audit", "decisions.verify_chain")
    } == {"slow"}
    assert [queue.name for queue in settings.CELERY_TASK_QUEUES] == ["celery", "slow", "jobs"]
