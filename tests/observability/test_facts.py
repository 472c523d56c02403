"""What is looked up for Prometheus: the release, the queue, how far the audit trail is behind."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from time import time, time_ns

import pytest
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from privacy_service.celery import QUEUE, SENT_AT, app
from privacy_service.decisions import audit
from privacy_service.decisions.models import ForwardCursor
from privacy_service.observability import facts, metrics
from privacy_service.observability.facts import Fact, Source
from privacy_service.rollout import release
from workspaces.acts import Act, note
from workspaces.models import Workspace


def exposed(name: str) -> dict[str, float]:
    """Return the values of a metric by its labels, looked up anew."""
    facts.forget()
    text = metrics.exposition().decode()
    found = re.findall(rf"^{name}(?:\{{(.*?)\}})? (\S+)$", text, re.MULTILINE)
    return {labels.replace('"', ""): float(value) for labels, value in found}


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    """Return this test's Redis with an empty queue."""
    with Redis.from_url(settings.REDIS_URL) as client:
        client.delete(QUEUE)
        yield client
        client.delete(QUEUE)


def test_the_release_is_told_with_its_moves(workspace: Workspace) -> None:
    before = exposed("privacy_release_moves_total")["kind=position"]
    release.dial(Decimal(25))

    assert exposed("privacy_release_dial_percent") == {"": 25.0}
    assert exposed("privacy_release_moves_total")["kind=position"] == before + 1
    stages = exposed("privacy_release_stage")
    assert sum(stages.values()) == 1
    release.hold("because of this test")
    assert exposed("privacy_release_held") == {"": 1.0}


def test_a_task_that_waits_is_told_with_its_age(workspace: Workspace, redis: Redis) -> None:
    assert (exposed("privacy_queue_length"), exposed("privacy_queue_age_seconds")) == ({"": 0.0}, {"": 0.0})

    app.send_task("decisions.ship_spool")
    message = json.loads(redis.lpop(QUEUE))  # type: ignore[arg-type]
    message["headers"][SENT_AT] -= 90
    redis.lpush(QUEUE, json.dumps(message))

    assert exposed("privacy_queue_length") == {"": 1.0}
    assert 90 <= exposed("privacy_queue_age_seconds")[""] < 100


def test_a_task_of_a_sender_that_notes_no_time_has_no_age(workspace: Workspace, redis: Redis) -> None:
    redis.lpush(QUEUE, json.dumps({"headers": {}}))

    assert exposed("privacy_queue_age_seconds") == {"": 0.0}


def test_the_oldest_record_on_this_host_is_told_with_its_age(workspace: Workspace) -> None:
    assert exposed("privacy_audit_spool_age_seconds") == {"": 0.0}

    folder: Path = audit.spool().directory
    folder.mkdir(exist_ok=True)
    for seconds, suffix in ((40, "sealed"), (5, "open"), (900, "refused")):
        (folder / f"{time_ns() - seconds * 10**9:020d}-0.{suffix}").touch()

    assert 40 <= exposed("privacy_audit_spool_age_seconds")[""] < 50
    assert exposed("privacy_audit_spool_limit_bytes") == {"": 512 * 1024 * 1024}


def test_what_a_receiver_has_not_confirmed_is_told(workspace: Workspace, settings: Settings) -> None:
    assert exposed("privacy_audit_forward_waiting") == {}

    settings.PRIVACY_AUDIT_STREAM = "audit"
    audit.ship()
    before = exposed("privacy_audit_forward_waiting")["receiver=stream"]
    for _ in range(3):
        note(Act.GRANT_GIVEN, workspace, None, workspace)
    audit.ship()
    waiting = exposed("privacy_audit_forward_waiting")["receiver=stream"]
    ForwardCursor.objects.create(
        receiver="stream", workspace_id=workspace.pk, position=2, moved_at=timezone.now() - timedelta(minutes=1)
    )

    assert waiting == before + 3
    assert exposed("privacy_audit_forward_waiting")["receiver=stream"] == waiting - 2


def test_a_source_that_fails_takes_no_other_metric_along(
    workspace: Workspace, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://:canary@127.0.0.1:1/0"

    failures = exposed("privacy_fact_failures")
    length = exposed("privacy_queue_length")

    assert failures == {f"source={name}": float(name == "queue") for name in facts.SOURCES}
    assert length == {}
    assert exposed("privacy_release_dial_percent") == {"": 0.0}
    assert "Facts of queue could not be read: ConnectionError" in caplog.text
    assert "canary" not in caplog.text


def test_asking_often_reads_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    fact = Fact("privacy_looks", "for this test")

    def read() -> list[facts.Reading]:
        looks.append(time())
        return [facts.Reading(fact, len(looks))]

    monkeypatch.setattr(facts, "SOURCES", {"test": Source("test", (fact,), read)})
    facts.forget()
    for _ in range(5):
        metrics.exposition()

    assert len(looks) == 1
