"""What was masked badly reaches nobody where a policy asks for a second look: wherever it masks."""

import pytest

from classifier import PayloadKind
from privacy_service.decisions import audit, models
from privacy_service.decisions.models import DECISION, AuditRecord
from privacy_service.decisions.types import AccessRequest
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.trial import try_out
from privacy_service.observability import metrics
from privacy_service.streams.records import Record
from tests.asking import Ask
from tests.factories import make_policy
from tests.leaking import forget_to_hide
from tests.streams.making import built_in
from workspaces.models import User, Workspace

BODY = b'{"email":"canary.4711@example.com","name":"Canary Person"}'


@pytest.fixture
def looked_at(released_workspace: Workspace) -> Workspace:
    """Return acme, whose policy asks for a second look."""
    policy = make_policy(released_workspace, {})
    policy.rules = {**policy.rules, "leak_check": True}
    models.Policy.objects.create(workspace=released_workspace, rules=policy.rules)
    return released_workspace


def counted() -> float:
    """Return how much was found so far."""
    metrics.leaks_blocked.flush()
    return metrics.leaks_blocked.flushed.total()


def test_a_good_mask_goes_out_as_ever(ask: Ask, looked_at: Workspace, bob: User) -> None:
    reply = ask("mask", BODY)

    assert (reply.status, reply.body) == (200, b'{"email":"<EMAIL_ADDRESS>","name":"<PERSON>"}')


def test_a_bad_one_is_withheld_counted_recorded_and_told_without_its_values(
    ask: Ask, looked_at: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    forget_to_hide(monkeypatch)
    before = counted()

    reply = ask("mask", BODY)
    audit.spool().seal()
    audit.ship()

    record = AuditRecord.objects.get(kind=DECISION)
    assert (reply.status, reply.reason) == (503, "leak-found")
    assert (record.effect, record.reason, record.entities) == (
        "deny", "leak-found", {"EMAIL_ADDRESS": 1, "PERSON": 1},
    )  # fmt: skip
    assert counted() - before == 2
    assert "still showed" in caplog.text
    assert "anary" not in f"{reply.body!r}{reply.headers}{caplog.text}{record.__dict__}"


def test_in_shadow_it_is_always_looked_for_and_alarms_nobody(
    workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_to_hide(monkeypatch)
    before = counted()

    tried = try_out(AccessRequest(bob, workspace), Payload(PayloadKind.JSON, BODY))

    assert tried.leaks == {"EMAIL_ADDRESS": 1, "PERSON": 1}
    assert counted() == before


def test_a_record_of_a_flow_goes_to_the_dead_letters(looked_at: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_to_hide(monkeypatch)

    [failed, clean] = built_in("mask", {}, namespace="acme")([Record(BODY), Record(b'{"ok":1}')])

    assert "its masked copy still showed something" in str(failed)
    assert "anary" not in str(failed)
    assert clean == (Record(b'{"ok":1}'),)
