"""Consent over HTTP: settings, records, and where events may go."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.utils import timezone
from pytest_django import Settings

from privacy_service.consent.models import BannerVersion, Choice
from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from tests.asking import through_django, through_hot_path
from tests.consent.conftest import HERE, SHOP
from tests.managing.conftest import Api, person
from workspaces.keys import Scope
from workspaces.models import User, Workspace

DORAS = {"identifiers": [{"kind": "email", "value": "Dora.Canary@example.com"}]}
SOME = {"marketing": True, "statistics": False}


def test_an_owner_sets_up_what_is_asked_and_it_is_in_the_trail(
    workspace: Workspace, owner: Api, alice: User, settings: Settings
) -> None:
    settings.PRIVACY_PUBLIC_URL = HERE
    before = owner.get("/consent-settings").json
    changed = owner.change(
        "/consent-settings", {"is_open": True, "origins": [SHOP], "destinations": {"ads": ["marketing"]}}
    )
    stale = owner("PATCH", "/consent-settings", {"in_mask": "drop"}, If_Match='"old"')
    audit.ship()

    assert [one["key"] for one in before["categories"]] == ["necessary", "preferences", "statistics", "marketing"]
    assert (changed.status, changed.json["destinations"], stale.status) == (200, {"ads": ["marketing"]}, 412)
    kept = AuditRecord.objects.get(kind="consent-changed")
    assert (kept.actor_id, kept.detail["fields"]) == (alice.pk, ["destinations", "is_open", "origins"])
    assert BannerVersion.objects.count() == 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"categories": []}, "categories"),
    ({"categories": [{"key": "a b"}]}, "categories.0.key"),
    ({"categories": [{"key": "a"}, {"key": "a"}]}, "categories"),
    ({"categories": [{"key": "a", "necessary": True}]}, "categories.0.necessary"),
    ({"destinations": {"ads": ["marketting"]}}, "destinations"),
    ({"destinations": {"../ads": ["marketing"]}}, "destinations"),
    ({"destinations": ["ads"]}, "destinations"),
    ({"needed": ["x"]}, "needed"),
    ({"texts": {"de": {"titel": "x"}}}, "texts.de.titel"),
    ({"texts": {"german": {"title": "x"}}}, "texts"),
    ({"texts": {"de": {"categories": {"ads": {"name": "x"}}}}}, "texts"),
    ({"languages": ["../de"]}, "languages.0"),
    ({"origins": ["https://shop.example.com/path"]}, "origins.0"),
    ({"origins": ["javascript:alert(1)"]}, "origins.0"),
    ({"origins": ["*"]}, "origins.0"),
    ({"policy_url": "javascript:alert(1)"}, "policy_url"),
    ({"in_mask": "hide"}, "in_mask"),
    ({"unsaid": "guess"}, "unsaid"),
    ({"valid_days": 0}, "valid_days"),
    ({"is_open": True}, "is_open"),  # Without PRIVACY_PUBLIC_URL nobody would find it.
    ({"banner": True}, "banner"),
]


@pytest.mark.parametrize(("asked", "field"), WRONG)
def test_settings_that_do_not_go_together_are_refused_with_what_to_do(
    workspace: Workspace, owner: Api, asked: Any, field: str
) -> None:
    reply = owner.change("/consent-settings", asked)

    assert (reply.status, reply.reason, [*reply.json["errors"]]) == (422, "invalid-fields", [field])


def test_a_backend_keeps_a_choice_asks_for_it_and_takes_it_back(asking: Workspace, key: str, owner: Api) -> None:
    backend = Api(key)
    kept = backend.post("/consents/record", DORAS | {"categoryPreferences": SOME, "language": "de", "site": "app"})
    held = backend.post("/consents/current", DORAS).json["choice"]
    withdrawn = backend.post("/consents/withdraw", DORAS)
    now = backend.post("/consents/current", DORAS).json["choice"]

    full = {"necessary": True, "preferences": False, "statistics": False, "marketing": True}
    assert (kept.status, kept.json["categoryPreferences"], held) == (201, full, kept.json)
    assert (withdrawn.status, now["categoryPreferences"]["marketing"], now["way"]) == (201, False, "withdrawn")
    listed = owner.get("/consents?way=api").json["consents"]
    proof = owner.get(f"/consents/{kept.json['id']}").json
    assert [one["id"] for one in listed] == [kept.json["id"]]
    assert (proof["is_intact"], proof["language"], proof["shown"], len(proof["seal"])) == (True, "de", None, 64)
    assert "anary" not in str([kept.json, listed, proof])


def test_nothing_on_record_is_no_answer_of_yes(asking: Workspace, key: str) -> None:
    assert Api(key).post("/consents/current", DORAS).json == {"choice": None}


LATER = (timezone.now() + timedelta(days=2)).isoformat()
REFUSED: list[tuple[Any, int, str]] = [
    (b"{", 400, "line 1"),
    ([], 400, "JSON object"),
    ({}, 422, "identifiers"),
    (DORAS, 422, "categoryPreferences"),
    (DORAS | {"categoryPreferences": {"marketting": True}}, 422, "marketting"),
    (DORAS | {"categoryPreferences": {"marketing": "canary"}}, 422, "categoryPreferences.marketing"),
    (DORAS | {"categoryPreferences": SOME, "at": LATER}, 422, "lies ahead"),
    (DORAS | {"categoryPreferences": SOME, "version": "0123"}, 422, "version"),
    (DORAS | {"categoryPreferences": SOME, "email": "canary@example.com"}, 422, "email"),
    ({"identifiers": [{"kind": "emial", "value": "canary"}], "categoryPreferences": SOME}, 422, "identifiers.0.kind"),
    ({"identifiers": DORAS["identifiers"] * 21, "categoryPreferences": SOME}, 422, "identifiers"),
]


@pytest.mark.parametrize(("body", "status", "told"), REFUSED)
def test_a_choice_that_cannot_be_understood_is_not_kept(
    asking: Workspace, key: str, body: Any, status: int, told: str
) -> None:
    reply = Api(key).post("/consents/record", body)

    assert (reply.status, Choice.objects.count()) == (status, 0)
    assert told in reply.json["detail"]
    assert b"anary" not in reply.body


def said(preferences: dict[str, bool] | None) -> dict[str, Any]:
    return {"userId": "u1", "context": {} if preferences is None else {"consent": {"categoryPreferences": preferences}}}


EVENTS = [said(None), said({}), said({"marketing": True}), said({"marketing": False})]
WHERE = [["ads", "warehouse"], ["warehouse"], ["ads", "warehouse"], ["warehouse"]]


@pytest.mark.parametrize("ask", [through_hot_path, through_django])
def test_an_ingest_asks_where_events_may_go(asking: Workspace, key: str, ask: Any) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def answered(**body: Any) -> Any:
        return ask("POST", "/v1/workspaces/acme/consents/check", orjson.dumps(body), headers).json

    assert answered(events=EVENTS) == {"allowed": WHERE}
    assert answered(events=EVENTS, destinations=["ads"]) == {"allowed": [["ads"], [], ["ads"], []]}
    assert answered(events=EVENTS, destinations=["ads", "adds"])["reason"] == "unknown-destination"


@pytest.mark.parametrize(
    "body",
    [[], {}, {"events": []}, {"events": [{}] * 5001}, {"events": ["canary"]}, {"events": [{}], "destinations": [7]}],
)
def test_a_question_that_cannot_be_understood_says_how_to_ask(asking: Workspace, key: str, body: Any) -> None:
    reply = Api(key).post("/consents/check", body)

    assert (reply.status, reply.reason, b"canary" in reply.body) == (400, "invalid-body", False)


def test_a_member_may_not_and_a_key_needs_the_scope(
    asking: Workspace, alice: User, bob: User, mallory: User, other: Workspace
) -> None:
    told = DORAS | {"categoryPreferences": SOME}
    asked = [
        person(bob).get("/consent-settings"),
        person(bob).change("/consent-settings", {"in_mask": "drop"}),
        person(bob).get("/consents"),
        person(mallory).get("/consents"),
        person(alice, Scope.MASK).post("/consents/record", told),
        person(alice, Scope.SUPPRESSIONS).post("/consents/withdraw", DORAS),
        person(alice, Scope.SUPPRESSIONS).post("/consents/current", DORAS),
        person(alice, Scope.SUPPRESSIONS).post("/consents/check", {"events": EVENTS}),
    ]

    assert [(reply.status, reply.status == 200 or reply.reason) for reply in asked] == [
        (403, "permission-missing"),
        (403, "permission-missing"),
        (403, "permission-missing"),
        (404, "unknown-workspace"),
        (403, "scope-missing"),
        (403, "scope-missing"),
        (403, "scope-missing"),
        (200, True),
    ]
