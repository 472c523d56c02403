"""What was masked badly reaches nobody where a policy asks for a second look: wherever it masks."""

import orjson
import pytest

from classifier import PayloadKind
from privacy_service.console.trying import roles_offered, try_on
from privacy_service.decisions import audit, models
from privacy_service.decisions.models import DECISION, AuditRecord
from privacy_service.decisions.types import AccessRequest
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.trial import try_out
from privacy_service.exceptions import LeakBlocked
from privacy_service.observability import metrics
from privacy_service.streams.records import Record
from tests.asking import Ask, through_hot_path
from tests.factories import make_key, make_policy
from tests.leaking import forget_to_hide
from tests.managing.conftest import person
from tests.streams.making import built_in
from workspaces.models import User, Workspace

TEXT = "Pay canary.4711@example.com with 4111 1111 1111 1111"
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


def recorded() -> list[tuple[str, str, str, dict[str, int]]]:
    """Return what the trail says of each decision."""
    audit.spool().seal()
    audit.ship()
    told = AuditRecord.objects.filter(kind=DECISION)
    return sorted(((one.endpoint, one.effect, one.reason, one.entities) for one in told), key=lambda one: one[1])


@pytest.mark.parametrize("style", ["MARKER", "MASK"])
def test_a_text_of_a_dialect_is_withheld_in_the_dialects_own_words(
    looked_at: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, style: str
) -> None:
    headers = {"X-Api-Key": make_key(looked_at), "Content-Type": "application/json"}
    said = orjson.dumps({"text": [TEXT], "processed_text": {"type": style}})
    good = through_hot_path("POST", "/v3/process/text", said, headers)
    forget_to_hide(monkeypatch)
    before = counted()

    reply = through_hot_path("POST", "/v3/process/text", said, headers)

    found = {"EMAIL_ADDRESS": 1, "CREDIT_CARD": 1}
    assert good.status == 200
    assert (reply.status, reply.json["reason"]) == (503, "leak-found")
    assert counted() - before == 2
    assert recorded() == [("process-text", "deny", "leak-found", found), ("process-text", "mask", "no-actor", found)]
    assert not any(value in f"{reply.body!r}{reply.headers}{caplog.text}" for value in ("anary", "1111"))


@pytest.mark.parametrize(
    ("path", "said"), [("/v3/ner/text", {"text": [TEXT]}), ("/presidio/analyze", {"text": TEXT, "language": "en"})]
)
def test_what_only_tells_where_something_stands_shows_no_text_and_is_not_looked_at(
    looked_at: Workspace, path: str, said: dict[str, object]
) -> None:
    headers = {"X-Api-Key": make_key(looked_at), "Content-Type": "application/json"}

    assert through_hot_path("POST", path, orjson.dumps(said), headers).status == 200


def test_what_a_request_or_an_owner_leaves_readable_in_a_dialect_is_no_leak(looked_at: Workspace) -> None:
    headers = {"X-Api-Key": make_key(looked_at), "Content-Type": "application/json"}
    allowed = {"filter": [{"type": "ALLOW", "pattern": r".*@example\.com"}]}
    said = {"text": [TEXT], "entity_detection": allowed}

    reply = through_hot_path("POST", "/v3/process/text", orjson.dumps(said), headers)

    assert [one["processed_text"] for one in reply.json] == ["Pay canary.4711@example.com with [CREDIT_CARD_1]"]


def test_the_playground_and_the_preview_show_nothing_of_it(
    looked_at: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_to_hide(monkeypatch)
    readers = [one for one in roles_offered() if one.value == "role:member"]

    with pytest.raises(LeakBlocked) as tried:
        try_on(looked_at, BODY.decode(), PayloadKind.JSON, readers, as_if=True)
    preview = person(alice).post("/policy/preview", {"version": 2, "payload": orjson.loads(BODY)})

    assert (preview.status, preview.reason) == (503, "leak-found")
    assert "anary" not in f"{tried.value!r}{preview.body!r}"
