"""Suppressions over HTTP."""

from typing import Any

import orjson
import pytest

from privacy_service.subjects.identifiers import Kind
from privacy_service.subjects.suppressions import is_suppressed, suppress
from tests.asking import through_django, through_hot_path
from tests.factories import make_source
from tests.managing.conftest import Api, person
from tests.subjects.conftest import DORA
from workspaces.keys import Scope
from workspaces.models import User, Workspace

DORAS = {"identifiers": [{"kind": "email", "value": "Dora.Canary@example.com"}]}


def test_an_owner_suppresses_lists_and_lifts(workspace: Workspace, owner: Api) -> None:
    added = owner.post("/suppressions", DORAS)
    listed = owner.get("/suppressions?kind=email").json["suppressions"]
    during = is_suppressed(workspace.pk, [DORA])
    lifted = owner.post("/suppressions/lift", DORAS)

    assert (added.status, added.json, during) == (200, {"added": 1}, True)
    assert [(one["kind"], sorted(one)) for one in listed] == [("email", ["at", "by_id", "id", "kind"])]
    assert (lifted.json, is_suppressed(workspace.pk, [DORA])) == ({"lifted": 1}, False)


def test_an_ingest_asks_about_many_and_is_answered_in_their_order(workspace: Workspace, key: str) -> None:
    suppress(workspace, [DORA])
    asked = [{"kind": "user_id", "value": str(number)} for number in range(4999)] + DORAS["identifiers"]

    reply = Api(key).post("/suppressions/check", {"identifiers": asked})

    assert (reply.status, reply.json) == (200, {"suppressed": [False] * 4999 + [True]})


def test_an_ingest_of_one_source_asks_about_that_source(workspace: Workspace, key: str) -> None:
    suppress(workspace, [DORA], source_id=make_source(workspace, "web").pk)
    make_source(workspace, "app")

    asked = [{"source": "web"}, {"source": "app"}, {}]
    replies = [Api(key).post("/suppressions/check", DORAS | more) for more in asked]
    wrong = [Api(key).post("/suppressions/check", DORAS | {"source": named}) for named in ("nowhere", 7)]

    assert [reply.json["suppressed"] for reply in replies] == [[True], [False], [False]]
    assert [reply.reason for reply in wrong] == ["unknown-source", "invalid-body"]


@pytest.mark.parametrize("said", ["n/a", "unknown", "-"])
@pytest.mark.parametrize("path", ["/suppressions", "/subject-requests", "/index/people"])
def test_a_phone_without_digits_is_refused_as_the_name_of_nobody(owner: Api, path: str, said: str) -> None:
    nobody = [{"kind": "phone", "value": said}]
    bodies = {
        "/subject-requests": {"wish": "DELETE_ONLY", "identifiers": nobody},
        "/index/people": {"people": [{"destination": "crm", "identifiers": nobody}]},
    }

    reply = owner.post(path, bodies.get(path, {"identifiers": nobody}))

    assert (reply.status, b"names nobody" in reply.body) == (422, True)


def test_the_hot_path_answers_it_as_django_does(workspace: Workspace, key: str) -> None:
    suppress(workspace, [DORA])
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    bodies: list[Any] = [DORAS, {"identifiers": []}]
    replies = [
        ask("POST", "/v1/workspaces/acme/suppressions/check", orjson.dumps(body), headers)
        for ask in (through_hot_path, through_django)
        for body in bodies
    ]

    assert [(reply.status, reply.json.get("suppressed")) for reply in replies] == [(200, [True]), (400, None)] * 2


ONE = {"kind": "email", "value": "canary@example.com"}
REFUSED: list[tuple[Any, str]] = [
    (b"{", "line 1"),
    ([], "identifiers"),
    ({"identifiers": []}, "1 to 5000"),
    ({"identifiers": [ONE] * 5001}, "1 to 5000"),
    ({"identifiers": [ONE, {"kind": "emial", "value": "canary"}]}, "identifiers[1]"),
    ({"identifiers": [{"kind": "email", "value": 17}]}, "identifiers[0]"),
    ({"identifiers": [{"kind": "email", "value": ""}]}, "identifiers[0]"),
    ({"identifiers": ["canary"]}, "identifiers[0]"),
]


@pytest.mark.parametrize(("body", "told"), REFUSED)
def test_a_question_that_cannot_be_understood_says_how_to_ask(
    workspace: Workspace, key: str, body: Any, told: str
) -> None:
    reply = Api(key).post("/suppressions/check", body)

    assert (reply.status, reply.reason) == (400, "invalid-body")
    assert told in reply.json["detail"]
    assert "canary" not in reply.json["detail"]


def test_a_form_that_is_wrong_says_which_field_and_repeats_no_value(workspace: Workspace, owner: Api) -> None:
    reply = owner.post("/suppressions", {"identifiers": [{"kind": "emial", "value": "canary@example.com"}]})

    assert (reply.status, reply.reason) == (422, "invalid-fields")
    assert b"canary" not in reply.body


def test_a_member_may_not_and_a_key_needs_the_scope(
    workspace: Workspace, alice: User, bob: User, mallory: User
) -> None:
    asked = [
        person(bob).post("/suppressions", DORAS),
        person(mallory).post("/suppressions", DORAS),
        person(alice, Scope.MASK).post("/suppressions", DORAS),
        person(alice, Scope.MASK).post("/suppressions/check", DORAS),
    ]

    assert [(reply.status, reply.reason) for reply in asked] == [
        (403, "permission-missing"),
        (404, "unknown-workspace"),
        (403, "scope-missing"),
        (403, "scope-missing"),
    ]
    assert not is_suppressed(workspace.pk, [DORA])


def test_an_owner_chooses_what_the_masking_api_does(workspace: Workspace, owner: Api) -> None:
    before = owner.get("/suppressions/settings").json
    changed = owner("PATCH", "/suppressions/settings", {"in_mask": "drop"}).json
    wrong = owner("PATCH", "/suppressions/settings", {"in_mask": "hide"})

    assert (before, changed, wrong.status) == ({"in_mask": "off"}, {"in_mask": "drop"}, 422)
    assert owner.get("/suppressions/settings").json == {"in_mask": "drop"}


def test_every_kind_of_identifier_is_taken(workspace: Workspace, owner: Api) -> None:
    named = [{"kind": kind, "value": "x1"} for kind in Kind]

    assert owner.post("/suppressions", {"identifiers": named}).json == {"added": len(Kind)}
