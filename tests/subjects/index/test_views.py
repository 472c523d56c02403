"""The index over HTTP."""

from typing import Any

import pytest

from privacy_service.managing.models import KeptAnswer
from privacy_service.subjects.models import IndexEntry
from tests.factories import make_member
from tests.managing.conftest import Api, person
from tests.shop import make_destination
from workspaces.grants import grant
from workspaces.keys import Scope
from workspaces.models import User, Workspace
from workspaces.roles import Role

MAIL = {"kind": "email", "value": "Dora.Canary@example.com"}
USER = {"kind": "user_id", "value": "9"}


@pytest.fixture
def filed(workspace: Workspace, owner: Api) -> Api:
    """Return the owner's API of a workspace whose CRM knows dora."""
    make_destination(workspace, "manual", {"steps": "Look."}, slug="crm")
    people = [{"destination": "crm", "own_id": "0036900", "identifiers": [MAIL, USER]}]
    added = owner.post("/index/people", {"people": people})
    assert (added.status, added.json) == (200, {"entries": 1})
    return owner


def test_where_somebody_is_is_told_and_who_they_are_only_to_who_may_see_it(workspace: Workspace, filed: Api) -> None:
    found = filed.post("/index/find", {"identifiers": [{"kind": "email", "value": "dora.canary@EXAMPLE.com"}]})
    asked = {"identifiers": [USER], "with_identifiers": True}
    dana = make_member(workspace, "dana")
    grant(dana, Role.PRIVACY_ADMIN)
    refused, shown = person(dana.user).post("/index/find", asked), filed.post("/index/find", asked)
    nobody = filed.post("/index/find", {"identifiers": [{"kind": "user_id", "value": "canary"}]})

    [place] = found.json["places"]
    assert {name: place[name] for name in ("source", "kinds")} == {"source": "crm", "kinds": ["user_id", "email"]}
    assert (found.json["found"], found.json["left_out"], "identifiers" in place) == ({"user_id": 1}, {}, False)
    assert "canary" not in found.body.decode().lower()
    assert (refused.status, refused.reason) == (403, "permission-missing")
    assert shown.json["places"][0]["identifiers"] == [MAIL, USER]
    assert nobody.json == {"places": [], "found": {}, "left_out": {}}


def test_what_was_shown_is_not_kept_for_a_repeated_request(filed: Api) -> None:
    asked = {"identifiers": [USER], "with_identifiers": True}

    shown = filed.post("/index/find", asked, Idempotency_Key="once")

    assert shown.json["places"][0]["identifiers"] == [MAIL, USER]
    assert not KeptAnswer.objects.filter(body__icontains="canary").exists()


def test_an_owner_sees_what_is_known_from_where_and_takes_somebody_out(filed: Api) -> None:
    settings = filed("PATCH", "/index", {"from_events": True})
    before = filed.get("/index").json
    removed = filed.post("/index/people/remove", {"identifiers": [MAIL]})

    assert settings.json == {"from_events": True}
    assert (before["from_events"], before["sources"]["crm"]["people"]) == (True, 1)
    assert (removed.json, IndexEntry.objects.count()) == ({"removed": 1}, 0)


def test_five_thousand_people_are_added_in_one_call(filed: Api) -> None:
    people = [
        {"destination": "crm", "identifiers": [{"kind": "user_id", "value": f"u{number}"}]} for number in range(5000)
    ]

    assert filed.post("/index/people", {"people": people}).json == {"entries": 5000}
    assert filed.post("/index/people", {"people": [*people, people[0]]}).status == 422


def test_a_plan_and_a_request_say_what_the_index_added(filed: Api) -> None:
    plan = filed.post("/subject-requests/plan", {"identifiers": [MAIL]})
    request = filed.post("/subject-requests", {"wish": "SUPPRESS_ONLY", "identifiers": [MAIL]})

    assert plan.json["index"] == {"found": {"user_id": 1}}
    assert (request.status, request.json["index"]) == (201, {"found": {"user_id": 1}})


def test_a_scan_is_started_and_followed(workspace: Workspace, owner: Api, shop: str) -> None:
    tables = {"tables": [{"name": "people", "match": {"user_id": "id"}}]}
    make_destination(workspace, "sql", tables, slug="shop", url=shop)

    begun = owner.post("/index/scans", {"destination": "shop"})
    again = owner.post("/index/scans", {"destination": "shop"})

    assert (begun.status, begun.json["state"], begun.json["destination"]) == (201, "waiting", "shop")
    assert (again.status, again.reason) == (409, "conflict")
    assert owner.get(f"/index/scans/{begun.json['id']}").json["people"] == 0
    assert [one["id"] for one in owner.get("/index/scans?state=waiting").json["scans"]] == [begun.json["id"]]


REFUSED: list[tuple[str, Any, str]] = [
    ("/index/find", {"identifiers": []}, "identifiers"),
    ("/index/find", {"identifiers": [USER], "shows": True}, "shows"),
    ("/index/people", {"people": [{"destination": "gone", "identifiers": [USER]}]}, "destination"),
    ("/index/people", {"people": [{"destination": "crm", "identifiers": [{"kind": "x", "value": "canary"}]}]}, "kind"),
    ("/index/scans", {"destination": "gone"}, "destination"),
]


@pytest.mark.parametrize(("path", "body", "told"), REFUSED)
def test_what_cannot_be_is_refused_with_its_place_and_no_value(filed: Api, path: str, body: Any, told: str) -> None:
    reply = filed.post(path, body)

    assert reply.status == 422
    assert told in reply.body.decode()
    assert "canary" not in reply.body.decode()


def test_members_without_the_right_and_keys_without_the_scope_are_refused(filed: Api, bob: User, alice: User) -> None:
    for api in (person(bob), person(alice, Scope.MASK)):
        assert api.post("/index/find", {"identifiers": [USER]}).status in {401, 403}
