"""The trail goes on to others: everything, in order, signed, and again until it is confirmed."""

import hashlib
import hmac
import re
import time
from datetime import timedelta
from typing import Any

import orjson
import pytest
import redis
from django.utils import timezone

from privacy_service.decisions import tasks
from privacy_service.decisions.audit import forwarding, retention
from privacy_service.decisions.audit.exporting import written
from privacy_service.decisions.models import AuditRecord, ForwardState
from tests.decisions.conftest import SECRET, Receiver
from tests.factories import make_record, make_workspace
from tests.services import free_port
from workspaces.models import User, Workspace


@pytest.fixture
def trail(workspace: Workspace, bob: User) -> Workspace:
    """Return acme with three records, beside a workspace that has two."""
    globex = make_workspace("globex")
    for place in (workspace, globex, workspace, globex, workspace):
        make_record(place, bob)
    return workspace


def let_pause_pass() -> None:
    ForwardState.objects.update(next_try_at=timezone.now())


def places(records: list[Any]) -> dict[str, list[int]]:
    """Return the positions that came, chain by chain, in the order in which they came."""
    found: dict[str, list[int]] = {}
    for record in records:
        found.setdefault(record["workspace_id"], []).append(record["position"])
    return found


def test_every_record_arrives_in_the_order_of_its_chain_and_once(trail: Workspace, receiver: Receiver) -> None:
    assert (forwarding.forward(), forwarding.forward()) == (5, 0)

    assert sorted(places(receiver.confirmed).values()) == [[1, 2], [1, 2, 3]]
    lines = {orjson.loads(written(row))["id"]: written(row) for row in AuditRecord.objects.all()}
    [(path, headers, body)] = receiver.taken
    assert [lines[orjson.loads(line)["id"]] for line in body.splitlines()] == body.splitlines()
    assert (path, headers["Content-Type"]) == ("/audit?from=here", "application/x-ndjson")


def test_what_is_sent_is_signed_with_the_shared_secret(trail: Workspace, receiver: Receiver) -> None:
    forwarding.forward()

    [(_, headers, body)] = receiver.taken
    moment, signature = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["PII-Signature"]).groups()  # type: ignore[union-attr]
    assert signature == hmac.new(SECRET.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert abs(time.time() - int(moment)) < 60


@pytest.mark.parametrize("answer", [500, 429, 400, 301, 307, "hang up", "be silent"])
def test_what_is_not_confirmed_is_sent_again_and_nothing_is_lost(
    trail: Workspace, bob: User, receiver: Receiver, answer: int | str
) -> None:
    receiver.answers = [answer]
    first = forwarding.forward()
    make_record(trail, bob)
    at_once = forwarding.forward()
    let_pause_pass()

    assert (first, at_once, forwarding.forward()) == (0, 0, 6)
    assert sorted(places(receiver.confirmed).values()) == [[1, 2], [1, 2, 3, 4]]
    assert {path for path, _, _ in receiver.taken} == {"/audit?from=here"}


def test_pauses_double_up_to_a_quarter_of_an_hour_and_end_with_a_success(trail: Workspace, receiver: Receiver) -> None:
    receiver.answers = [503] * 12
    pauses = []
    for _ in range(12):
        forwarding.forward()
        pauses.append(round((ForwardState.objects.get().next_try_at - timezone.now()).total_seconds()))
        let_pause_pass()

    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    assert forwarding.forward() == 5
    assert ForwardState.objects.get().failures == 0


def test_a_receiver_that_nobody_runs_costs_no_record(trail: Workspace, receiver: Receiver, settings: Any) -> None:
    settings.PRIVACY_AUDIT_WEBHOOK_URL = f"http://127.0.0.1:{free_port()}/"
    nobody = forwarding.forward()
    settings.PRIVACY_AUDIT_WEBHOOK_URL = receiver.url
    let_pause_pass()

    assert (nobody, forwarding.forward()) == (0, 5)


def test_many_records_go_in_batches_that_serve_the_chains_in_turn(
    trail: Workspace, bob: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "_BATCH", 2)

    assert forwarding.forward() == 5
    assert [len(body.splitlines()) for _, _, body in receiver.taken] == [2, 2, 1]
    assert sorted(places(receiver.confirmed).values()) == [[1, 2], [1, 2, 3]]
    assert len({orjson.loads(body.splitlines()[0])["workspace_id"] for _, _, body in receiver.taken[:2]}) == 2


def test_two_workers_do_not_send_the_same_at_once(trail: Workspace, receiver: Receiver) -> None:
    state = ForwardState.objects.create(receiver="webhook", next_try_at=timezone.now())
    ForwardState.objects.filter(pk=state.pk).update(leased_until=timezone.now() + timedelta(seconds=60))
    meanwhile = forwarding.forward()
    ForwardState.objects.filter(pk=state.pk).update(leased_until=timezone.now() - timedelta(seconds=1))

    assert (meanwhile, forwarding.forward()) == (0, 5)


def test_a_stream_gets_every_record_and_keeps_the_newest(trail: Workspace, settings: Any) -> None:
    settings.PRIVACY_AUDIT_STREAM = "audit-of-this-test"
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(settings.PRIVACY_AUDIT_STREAM)

        tasks.forward_audit()

        entries = client.xrange(settings.PRIVACY_AUDIT_STREAM)
        records = [orjson.loads(fields[b"record"]) for _, fields in entries]
        client.delete(settings.PRIVACY_AUDIT_STREAM)
    assert sorted(places(records).values()) == [[1, 2], [1, 2, 3]]


def test_a_stream_is_kept_near_its_greatest_length(trail: Workspace, bob: User, settings: Any) -> None:
    settings.PRIVACY_AUDIT_STREAM, settings.PRIVACY_AUDIT_STREAM_MAXLEN = "audit-of-this-test", 1
    for _ in range(300):
        make_record(trail, bob)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(settings.PRIVACY_AUDIT_STREAM)

        sent = forwarding.forward()

        length = client.xlen(settings.PRIVACY_AUDIT_STREAM)
        client.delete(settings.PRIVACY_AUDIT_STREAM)
    assert sent == 305
    assert length < 150  # Valkey trims whole nodes of a hundred.


def test_a_stream_that_is_away_costs_no_record(trail: Workspace, settings: Any) -> None:
    settings.PRIVACY_AUDIT_STREAM = "audit-of-this-test"
    there, settings.REDIS_URL = settings.REDIS_URL, f"redis://127.0.0.1:{free_port()}/0"
    away = forwarding.forward()
    settings.REDIS_URL = there
    let_pause_pass()

    assert (away, forwarding.forward()) == (0, 5)
    with redis.Redis.from_url(there) as client:
        client.delete(settings.PRIVACY_AUDIT_STREAM)


def test_retention_waits_for_every_receiver(trail: Workspace, receiver: Receiver, settings: Any) -> None:
    settings.PRIVACY_AUDIT_STREAM = "audit-of-this-test"
    receiver.answers = [500]
    forwarding.forward()
    waits = retention.prune(days=0)
    let_pause_pass()
    forwarding.forward()

    assert (waits, sum(retention.prune(days=0).values())) == ({}, 5)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(settings.PRIVACY_AUDIT_STREAM)


def test_without_a_receiver_nothing_is_sent_and_nothing_waits(trail: Workspace) -> None:
    assert forwarding.forward() == 0
    assert not ForwardState.objects.exists()
