"""Events about suppressed people in the masking API."""

import pytest
from django.db import DatabaseError

from privacy_service.subjects import screening
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.suppressions import change_in_mask, suppress
from tests.asking import Reply, through_hot_path
from tests.factories import make_source
from tests.subjects.conftest import DORA
from workspaces.models import User, Workspace

DORAS = b'{"userId": "u9", "traits": {"email": "Dora.Canary@example.com"}}'
OTHERS = b'{"userId":  "u1", "price": 1.50}'

NDJSON = "application/x-ndjson"
JSON = "application/json"


@pytest.fixture
def screened(released_workspace: Workspace, carol: User) -> Workspace:
    """Return acme, where carol sees everything and dora is suppressed."""
    del carol
    suppress(released_workspace, [DORA])
    return released_workspace


def ask(key: str, body: bytes, kind: str = JSON, actor: str = "carol@example.com", source: str = "") -> Reply:
    headers = {"Authorization": f"Bearer {key}", "X-Actor": actor, "Content-Type": kind, "PII-Source": source}
    return through_hot_path("POST", "/v1/workspaces/acme/mask", body, headers)


LEFT_OUT = [
    (JSON, DORAS, b"null", "1"),
    (JSON, OTHERS, OTHERS, None),
    (JSON, b"[" + DORAS + b" ,\n " + OTHERS + b" ]", b"[" + OTHERS + b" ]", "1"),
    (JSON, b"[" + DORAS + b"," + DORAS + b"]", b"[]", "2"),
    (
        JSON,
        b'{"batch":[1],"sentAt": "x,]", "batch" : [' + OTHERS + b", " + DORAS + b'], "n": 1}',
        b'{"batch":[1],"sentAt": "x,]", "batch" : [' + OTHERS + b'], "n": 1}',
        "1",
    ),
    (
        JSON,
        b'{"batch": [' + OTHERS + b'], "context": {"traits": {"email": "dora.canary@example.com"}}}',
        b"null",
        "1",
    ),
    (JSON, DORAS[:-1] + b', "note": "\\ud800"}', b"null", "1"),  # A lone surrogate, which not every reader takes.
    (JSON, b"17", b"17", None),
    (NDJSON, OTHERS + b"\n" + DORAS + b"\r\n" + OTHERS + b"\n", OTHERS + b"\n" + OTHERS + b"\n", "1"),
    (NDJSON, DORAS, b"", "1"),
    (NDJSON, b"no json dora.canary@example.com\n", b"no json dora.canary@example.com\n", None),
    ("text/plain", b"dora.canary@example.com", b"dora.canary@example.com", None),
]


@pytest.mark.parametrize(("kind", "body", "expected", "left_out"), LEFT_OUT)
def test_events_about_suppressed_people_are_left_out_and_all_else_keeps_its_bytes(
    screened: Workspace, key: str, kind: str, body: bytes, expected: bytes, left_out: str | None
) -> None:
    change_in_mask(screened, "drop")

    reply = ask(key, body, kind)

    assert (reply.status, reply.body, reply.headers.get("PII-Suppressed")) == (200, expected, left_out)


def test_somebody_suppressed_in_one_source_is_left_out_of_that_sources_events(screened: Workspace, key: str) -> None:
    eve = Identifier(Kind.USER_ID, "u1")
    suppress(screened, [eve], source_id=make_source(screened, "web").pk)
    make_source(screened, "app")
    change_in_mask(screened, "drop")

    replies = [ask(key, OTHERS, source=source) for source in ("web", "app", "")]

    assert [reply.body for reply in replies] == [b"null", OTHERS, OTHERS]


def test_a_workspace_can_have_them_refused(screened: Workspace, key: str) -> None:
    change_in_mask(screened, "refuse")

    reply = ask(key, b"[" + OTHERS + b"," + DORAS + b"]")

    assert (reply.status, reply.reason, reply.json["events"]) == (422, "subject-suppressed", [1])
    assert b"anary" not in reply.body


def test_unless_a_workspace_asks_for_it_nothing_is_left_out(screened: Workspace, key: str) -> None:
    assert ask(key, DORAS).body == DORAS


def test_what_is_left_is_masked_for_whoever_may_not_see_it(screened: Workspace, bob: User, key: str) -> None:
    change_in_mask(screened, "drop")

    reply = ask(key, b'[{"email": "eve@example.com"},' + DORAS + b"]", actor="bob@example.com")

    assert (reply.status, b"eve" in reply.body, b"anary" in reply.body) == (200, False, False)
    assert reply.headers["PII-Suppressed"] == "1"


def test_a_stranger_is_told_nothing_of_who_is_suppressed(screened: Workspace, mallory: User, key: str) -> None:
    change_in_mask(screened, "refuse")

    replies = [ask(key, body, actor="mallory@example.com") for body in (DORAS, OTHERS)]

    assert [(reply.status, reply.reason) for reply in replies] == [(403, "not-a-member")] * 2


def test_where_it_cannot_be_told_nothing_is_passed_on(
    screened: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_in_mask(screened, "drop")

    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(screening, "suppressed_among", fail)
    reply = ask(key, DORAS)

    assert (reply.status, reply.reason, b"anary" in reply.body) == (503, "unavailable", False)
