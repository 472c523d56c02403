"""Events in the masking API whose people have not agreed to where they go."""

import orjson
import pytest
from django.db import DatabaseError
from django.utils import timezone

from privacy_service.consent import screening
from privacy_service.consent.choices import Circumstances, keep
from privacy_service.consent.models import ConsentSettings, Way
from privacy_service.subjects import suppressions
from tests.asking import Reply, through_hot_path
from tests.consent.conftest import DORA, make_settings
from workspaces.models import User, Workspace

NDJSON, JSON = "application/x-ndjson", "application/json"


def event(user: str, **preferences: bool) -> bytes:
    return orjson.dumps({"userId": user, "context": {"consent": {"categoryPreferences": preferences}}})


YES, NO, SILENT = event("u1", marketing=True), event("canary-2", marketing=False), b'{"userId":  "canary-3"}'
EMPTY = event("canary-4")


@pytest.fixture
def screened(released_workspace: Workspace, carol: User) -> Workspace:
    """Return acme, where carol sees everything and ads need agreement to marketing."""
    del carol
    suppressions.forget()
    make_settings(released_workspace, in_mask="drop")
    return released_workspace


def ask(key: str, body: bytes, destination: str = "ads", kind: str = JSON) -> Reply:
    headers = {"Authorization": f"Bearer {key}", "X-Actor": "carol@example.com", "Content-Type": kind}
    return through_hot_path(
        "POST", "/v1/workspaces/acme/mask", body, headers | ({"PII-Destination": destination} if destination else {})
    )


def change(workspace: Workspace, **fields: object) -> None:
    settings = ConsentSettings.objects.get(workspace=workspace)
    for name, value in fields.items():
        setattr(settings, name, value)
    settings.save()


LEFT_OUT = [
    (JSON, NO, b"null", "1"),
    (JSON, YES, YES, None),
    (JSON, SILENT, SILENT, None),
    (JSON, b"[" + NO + b", " + YES + b"," + EMPTY + b"]", b"[" + YES + b"]", "2"),
    (JSON, b'{"batch": [' + NO + b"," + YES + b'], "n": 1}', b'{"batch": [' + YES + b'], "n": 1}', "1"),
    (
        JSON,  # What a batch says holds for all of its events, where they say nothing else.
        b'{"context": {"consent": {"categoryPreferences": {}}}, "batch": [' + SILENT + b"," + YES + b"]}",
        b'{"context": {"consent": {"categoryPreferences": {}}}, "batch": [' + YES + b"]}",
        "1",
    ),
    (NDJSON, YES + b"\n" + NO + b"\n" + SILENT + b"\n", YES + b"\n" + SILENT + b"\n", "1"),
    ("text/plain", b"canary", b"canary", None),
]


@pytest.mark.parametrize(("kind", "body", "expected", "left_out"), LEFT_OUT)
def test_what_its_person_has_not_agreed_to_is_left_out(
    screened: Workspace, key: str, kind: str, body: bytes, expected: bytes, left_out: str | None
) -> None:
    reply = ask(key, body, kind=kind)

    assert (reply.status, reply.body, reply.headers.get("PII-Consent-Missing")) == (200, expected, left_out)


def test_a_destination_that_needs_nothing_gets_everything_and_one_that_nobody_knows_nothing(
    screened: Workspace, key: str
) -> None:
    free, unknown, unnamed = (ask(key, NO, destination) for destination in ("warehouse", "adds", ""))

    assert (free.body, unnamed.body) == (NO, NO)
    assert (unknown.status, unknown.reason, b"canary" in unknown.body) == (404, "unknown-destination", False)


def test_an_owner_can_say_what_calls_need_that_name_no_destination(screened: Workspace, key: str) -> None:
    change(screened, needed=["marketing"])

    assert (ask(key, NO, "").body, ask(key, YES, "").body) == (b"null", YES)


def test_a_workspace_can_have_them_refused(screened: Workspace, key: str) -> None:
    change(screened, in_mask="refuse")

    reply = ask(key, b"[" + YES + b"," + NO + b"]")

    assert (reply.status, reply.reason, reply.json["events"]) == (422, "consent-missing", [1])
    assert b"canary" not in reply.body


def test_unless_a_workspace_asks_for_it_nothing_is_left_out(screened: Workspace, key: str) -> None:
    change(screened, in_mask="off")

    assert ask(key, NO).body == NO


def test_an_event_that_says_nothing_can_mean_what_is_on_record_or_no(screened: Workspace, key: str) -> None:
    hers = b'{"anonymousId": "dora-canary"}'
    body = b"[" + hers + b"," + SILENT + b"," + YES + b"]"
    change(screened, unsaid="recorded")
    before = ask(key, body)
    keep(screened, [DORA], {"marketing": True}, Circumstances(Way.BANNER, timezone.now()))
    agreed = ask(key, body)
    change(screened, unsaid="block")

    assert (before.json, agreed.json) == ([orjson.loads(YES)], [orjson.loads(hers), orjson.loads(YES)])
    assert ask(key, body).json == [orjson.loads(YES)]


@pytest.mark.parametrize("kind", ["text/plain", "text/csv"])
def test_where_silence_means_no_a_body_that_cannot_speak_is_refused(screened: Workspace, key: str, kind: str) -> None:
    change(screened, unsaid="block")

    reply = ask(key, b"name\ncanary\n", kind=kind)

    assert (reply.status, reply.reason, b"canary" in reply.body) == (422, "consent-missing", False)


def test_where_it_cannot_be_told_nothing_is_passed_on(
    screened: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(screening, "rules_of", fail)
    reply = ask(key, SILENT)

    assert (reply.status, reply.reason, b"canary" in reply.body) == (503, "unavailable", False)
