"""Requests and the systems that carry them out, over HTTP."""

import csv
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.utils import timezone
from pytest_django import Settings

from privacy_service.subjects import confirming
from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.models import Confirmation, Destination, Receipt, SubjectForm, SubjectRequest
from privacy_service.subjects.suppressions import is_suppressed
from tests.backend import Backend
from tests.factories import make_member, make_source
from tests.managing.conftest import Api, person
from tests.shop import make_destination
from tests.subjects.conftest import DORA
from workspaces.grants import grant
from workspaces.keys import Scope
from workspaces.models import User, Workspace
from workspaces.roles import Role

DORAS = [{"kind": "email", "value": "dora.canary@example.com"}, {"kind": "user_id", "value": "9"}]
SUPPRESS = {"wish": "SUPPRESS_ONLY"}
FORGET = {"wish": "SUPPRESS_WITH_DELETE", "law": "gdpr", "identifiers": DORAS}


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def binder(workspace: Workspace) -> Destination:
    """Return a system of people, which is never done by itself."""
    return make_destination(workspace, "manual", {"steps": "Look."}, slug="binder")


def api_of(backend: Backend, **more: Any) -> dict[str, Any]:
    """Return a system as the owner makes it known."""
    options = {"url": f"{backend.url}/users/{{user_id}}"}
    return {"slug": "crm", "kind": "http", "identifiers": ["user_id"], "options": options} | more


def test_one_call_forgets_somebody_everywhere_and_says_so(workspace: Workspace, owner: Api, backend: Backend) -> None:
    backend.on("/users/9", status=204)
    made = owner.post("/destinations", api_of(backend, secrets={"authorization": "Bearer s3cret"}, region="EU"))
    planned = owner.post("/subject-requests/plan", {"identifiers": DORAS})

    asked = owner.post("/subject-requests", FORGET)
    work(10)
    read = owner.get(f"/subject-requests/{asked.json['id']}")

    assert (made.status, planned.json["destinations"]) == (201, {"crm": "An HTTP API is not asked how much it holds."})
    assert (asked.status, asked.json["state"], asked.headers["Location"].endswith(asked.json["id"])) == (
        201, "in_progress", True,
    )  # fmt: skip
    [receipt] = read.json["receipts"]
    assert (receipt["destination"], receipt["status"], receipt["code"]) == ("crm", "completed", 204)
    assert (read.json["state"], bool(receipt["date_deleted"]), is_suppressed(workspace.pk, [DORA])) == (
        "completed", True, True,
    )  # fmt: skip
    assert backend.asked[0].header("Authorization") == "Bearer s3cret"
    shown = made.body + asked.body + read.body + owner.get("/destinations").body + owner.get("/subject-requests").body
    assert [canary for canary in (b"canary", b"s3cret") if canary in shown] == []


@pytest.mark.parametrize("wish", ["SUPPRESS_WITH_DELETE", "DELETE_ONLY"])
def test_an_owner_begins_what_somebody_asked_on_the_form_and_has_not_confirmed(
    workspace: Workspace, binder: Destination, owner: Api, wish: str
) -> None:
    form = SubjectForm.objects.create(workspace=workspace, is_open=True, wish=wish)
    confirming.ask_on_form(form, DORA.value)

    asked = owner.post("/subject-requests", {"wish": wish, "identifiers": DORAS[:1]})

    state = "completed" if wish == "SUPPRESS_ONLY" else "in_progress"
    assert (asked.status, asked.json["state"], asked.json["proof"]) == (201, state, "owner")
    assert SubjectRequest.objects.count() == 1


def test_an_owner_who_holds_what_was_asked_on_the_form_keeps_it(
    workspace: Workspace, binder: Destination, owner: Api
) -> None:
    form = SubjectForm.objects.create(workspace=workspace, is_open=True)
    confirming.ask_on_form(form, DORA.value)
    held = owner.post("/subject-requests", {"wish": form.wish, "identifiers": DORAS[:1], "hold": True})
    Confirmation.objects.update(created_at=timezone.now() - timedelta(hours=25))

    ended = confirming.end_unconfirmed()

    assert (held.json["state"], ended, SubjectRequest.objects.get().state) == ("pending", 0, "pending")


def test_asking_twice_is_one_request(owner: Api, backend: Backend) -> None:
    backend.on("/users/9", status=503)
    owner.post("/destinations", api_of(backend))

    first, second = owner.post("/subject-requests", FORGET), owner.post("/subject-requests", FORGET)

    assert (first.json["id"], SubjectRequest.objects.count()) == (second.json["id"], 1)


def test_an_owner_names_no_more_people_a_month_than_agreed(binder: Destination, owner: Api, settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_PER_MONTH = 1
    owner.post("/subject-requests", FORGET)

    reply = owner.post("/subject-requests", FORGET | {"wish": "DELETE_ONLY"})

    assert (reply.status, reply.reason, int(reply.headers["Retry-After"]) > 0) == (429, "month-exceeded", True)
    assert owner.get("/subject-requests/usage").json["remaining"] == 0


def test_a_request_can_be_held_started_or_cancelled(binder: Destination, owner: Api) -> None:
    held = owner.post("/subject-requests", FORGET | {"hold": True}).json
    started = owner.post(f"/subject-requests/{held['id']}/start", {}).json
    late = owner.post(f"/subject-requests/{held['id']}/cancel", {})
    other = owner.post("/subject-requests", FORGET | {"hold": True, "wish": "DELETE_ONLY"}).json
    cancelled = owner.post(f"/subject-requests/{other['id']}/cancel", {}).json

    assert [one["state"] for one in (held, started, cancelled)] == ["pending", "in_progress", "cancelled"]
    assert (late.status, late.reason) == (409, "conflict")


def test_what_failed_is_listed_asked_again_or_done_by_hand(owner: Api, backend: Backend) -> None:
    backend.on("/users/9", status=401)
    owner.post("/destinations", api_of(backend))
    owner.post(
        "/destinations", {"slug": "paper", "kind": "manual", "identifiers": ["email"], "options": {"steps": "Look."}}
    )
    request = owner.post("/subject-requests", FORGET).json
    work(10)
    listed = owner.get("/subject-requests?needs_person=true&state=in_progress").json["subject_requests"]
    crm, paper = (f"/subject-requests/{request['id']}/receipts/{one['id']}" for one in listed[0]["receipts"])

    backend.on("/users/9", status=200)
    again, nobody = owner.post(f"{crm}/again", {}), owner.post(f"{paper}/again", {})
    by_hand = owner.post(f"{paper}/done", {"proof": "Ticket 4711"})
    work(10)
    too_late = owner.post(f"{crm}/again", {})

    assert (len(listed), again.status, by_hand.status) == (1, 200, 200)
    assert (nobody.status, nobody.reason) == (409, "conflict")
    assert "done by hand" in nobody.json["detail"]
    assert owner.get(f"/subject-requests/{request['id']}").json["state"] == "completed"
    assert (too_late.status, owner.get("/subject-requests?needs_person=true").json["subject_requests"]) == (409, [])


def test_a_system_that_was_taken_away_is_not_asked_again_but_done_by_hand(owner: Api, backend: Backend) -> None:
    backend.on("/users/9", status=401)
    owner.post("/destinations", api_of(backend))
    request = owner.post("/subject-requests", FORGET).json
    work(10)
    Destination.objects.all().delete()
    [receipt] = owner.get(f"/subject-requests/{request['id']}").json["receipts"]
    path = f"/subject-requests/{request['id']}/receipts/{receipt['id']}"
    again, after = owner.post(f"{path}/again", {}), owner.get(f"/subject-requests/{request['id']}").json["receipts"]

    assert (again.status, again.reason) == (409, "conflict")
    assert again.json["detail"].startswith("This system was taken away, so that it cannot be asked")
    assert after == [receipt]
    assert owner.post(f"{path}/done", {"proof": "Ticket 4711"}).status == 200


def test_the_list_is_narrowed_and_exported_with_the_same_filters(owner: Api, backend: Backend) -> None:
    backend.on("/users/9", status=204)
    owner.post("/destinations", api_of(backend))
    done = owner.post("/subject-requests", FORGET).json["id"]
    work(10)
    held = owner.post("/subject-requests", FORGET | {"hold": True, "law": "ccpa", "wish": "DELETE_ONLY"}).json["id"]

    def found(query: str) -> list[str]:
        return [one["id"] for one in owner.get(f"/subject-requests?{query}").json["subject_requests"]]

    queries = ["state=completed", "status=completed", "law=ccpa", "wish=DELETE_ONLY", "notice=failed"]
    queries += ["since=2020-01-01T00:00Z&ordering=created_at", "until=2020-01-01T00:00Z"]
    exported = owner.get("/subject-requests/export?format=csv")
    lines = [dict(row) for row in csv.DictReader(exported.body.decode().splitlines())]
    narrowed = owner.get("/subject-requests/export?law=ccpa").body.splitlines()

    assert [found(query) for query in queries] == [[done], [done], [held], [held], [], [done, held], []]
    assert exported.headers["Content-Disposition"] == 'attachment; filename="requests-acme.csv"'
    assert [(row["request"], row["destination"], row["status"], row["code"], row["email_sent"]) for row in lines] == [
        (done, "crm", "completed", "204", "no"), (held, "", "", "", "no"),
    ]  # fmt: skip
    assert [orjson.loads(line)["id"] for line in narrowed] == [held]
    assert (b"canary" in exported.body, owner.get("/subject-requests/export?format=xml").status) == (False, 422)


def test_a_cell_of_the_log_is_no_formula(workspace: Workspace, owner: Api) -> None:
    request = SubjectRequest.objects.get(pk=owner.post("/subject-requests", FORGET | SUPPRESS).json["id"])
    Receipt.objects.create(request=request, name="=1+1", problem="@SUM(1)", status="failed")

    [row] = csv.DictReader(owner.get("/subject-requests/export?format=csv").body.decode().splitlines())

    assert (row["destination"], row["problem"]) == ("'=1+1", "'@SUM(1)")


def test_where_no_system_could_forget_anybody_a_deletion_is_refused_and_not_done_at_once(owner: Api) -> None:
    refused = [owner.post("/subject-requests", FORGET | more) for more in ({}, {"hold": True})]
    suppressed = owner.post("/subject-requests", FORGET | SUPPRESS)

    assert [reply.status for reply in refused] == [409, 409]
    assert "no destination" in refused[0].json["detail"]
    assert (suppressed.status, suppressed.json["state"]) == (201, "completed")


def test_a_system_is_tested_changed_and_forgotten(workspace: Workspace, owner: Api, shop: str) -> None:
    options = {"tables": [{"name": "people", "match": {"email": "email"}}]}
    body = {"slug": "shop", "kind": "sql", "identifiers": ["email"], "options": options, "secrets": {"url": shop}}
    made = owner.post("/destinations", body)
    path = f"/destinations/{made.json['id']}"

    works = owner.post(f"{path}/test", {}).json
    changed = owner.change(path, {"options": {"tables": [{"name": "peple", "match": {"email": "email"}}]}})
    fails = owner.post(f"{path}/test", {}).json
    gone = owner("DELETE", path)

    assert (made.json["secrets"], works) == (["url"], {"ok": True, "detail": "It answers, and looks into people."})
    assert (changed.status, fails) == (200, {"ok": False, "detail": "There is no table peple."})
    assert (gone.status, Destination.objects.count()) == (204, 0)


def test_a_system_says_what_it_can_whose_store_it_is_and_whose_data_it_gets(
    workspace: Workspace, owner: Api, backend: Backend
) -> None:
    make_source(workspace, "web")
    calls = {name: {"url": f"{backend.url}/{name}/{{user_id}}"} for name in ("suppress", "unsuppress")}
    options = api_of(backend)["options"]

    made = owner.post("/destinations", api_of(backend, sources=["web"])).json
    changed = owner.change(f"/destinations/{made['id']}", {"options": options | calls, "layer": "archive"}).json
    wrong = owner.post("/destinations", api_of(backend, slug="x", sources=["app"]))

    assert [(one["abilities"], one["layer"], one["sources"]) for one in (made, changed)] == [
        (["delete"], "connected", ["web"]),
        (["delete", "suppress"], "archive", ["web"]),
    ]
    assert (wrong.status, [*wrong.json["errors"]]) == (422, ["sources"])


def test_a_system_that_can_be_told_to_suppress_is_told_and_told_otherwise(owner: Api, backend: Backend) -> None:
    calls = {name: {"url": f"{backend.url}/{name}/{{user_id}}"} for name in ("suppress", "unsuppress")}
    options = api_of(backend)["options"] | calls
    for path in ("/suppress/9", "/unsuppress/9", "/users/9"):
        backend.on(path, status=200)
    owner.post("/destinations", api_of(backend, options=options))
    owner.post("/destinations", api_of(backend, slug="deaf"))

    for wish in ("SUPPRESS_ONLY", "UNSUPPRESS", "SUPPRESS_WITH_DELETE"):
        owner.post("/subject-requests", FORGET | {"wish": wish})
        work(10)

    told = [f"{one.method} {one.path}" for one in backend.asked]
    assert sorted(told) == sorted([
        "POST /suppress/9", "POST /unsuppress/9", "POST /suppress/9", "DELETE /users/9", "DELETE /users/9",
    ])  # fmt: skip
    assert set(SubjectRequest.objects.values_list("state", flat=True)) == {"completed"}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"options": {"url": "https://example.com/"}}, "options.url"),
    ({"options": {}}, "options.url"),
    ({"secrets": {"password": "canary"}}, "secrets.password"),
    ({"kind": "fax"}, "kind"),
    ({"identifiers": []}, "identifiers"),
    ({"contact": "nobody"}, "contact"),
]


@pytest.mark.parametrize(("wrong", "field"), REFUSED)
def test_a_system_that_cannot_be_says_which_field(
    workspace: Workspace, owner: Api, backend: Backend, wrong: dict[str, Any], field: str
) -> None:
    reply = owner.post("/destinations", api_of(backend, **wrong))

    assert (reply.status, reply.reason, [*reply.json["errors"]]) == (422, "invalid-fields", [field])
    assert b"canary" not in reply.body


def test_a_privacy_admin_may_and_others_may_not(
    workspace: Workspace, binder: Destination, alice: User, bob: User, mallory: User
) -> None:
    dana = make_member(workspace, "dana")
    grant(dana, Role.PRIVACY_ADMIN)
    allowed = person(dana.user).post("/subject-requests", FORGET | {"hold": True})
    replies = [person(user).post("/subject-requests", FORGET) for user in (bob, mallory)]
    replies.append(person(alice, Scope.READ).post("/subject-requests", FORGET))

    assert [(reply.status, reply.reason) for reply in replies] == [
        (403, "permission-missing"), (404, "unknown-workspace"), (403, "scope-missing"),
    ]  # fmt: skip
    assert (allowed.status, SubjectRequest.objects.count()) == (201, 1)


def test_nothing_of_another_workspace_is_there(
    workspace: Workspace, owner: Api, other: Workspace, backend: Backend
) -> None:
    oscar = person(User.objects.get(email="oscar@example.com")).within("other")
    destination = oscar.post("/destinations", api_of(backend)).json["id"]
    request = oscar.post("/subject-requests", FORGET | {"hold": True}).json["id"]

    replies = [
        owner.get(f"/subject-requests/{request}"),
        owner.post(f"/subject-requests/{request}/start", {}),
        owner.post(f"/subject-requests/{request}/cancel", {}),
        owner.get(f"/destinations/{destination}"),
        owner.post(f"/destinations/{destination}/test", {}),
        owner("DELETE", f"/destinations/{destination}"),
    ]

    assert [(reply.status, reply.reason) for reply in replies] == [(404, "no-such-resource")] * 6


def test_secrets_stay_with_the_host_that_they_are_for(owner: Api, backend: Backend) -> None:
    made = owner.post("/destinations", api_of(backend, secrets={"authorization": "Bearer s3cret"}))
    path, options = f"/destinations/{made.json['id']}", made.json["options"]
    elsewhere = {**options, "url": options["url"].replace("127.0.0.1", "evil.example")}

    moved = owner.change(path, {"options": elsewhere})
    within = owner.change(path, {"options": {**options, "url": options["url"] + "?all=1"}})
    known = owner.change(path, {"options": elsewhere, "secrets": {"authorization": "Bearer other"}})

    assert (moved.status, list(moved.json["errors"])) == (422, ["secrets"])
    assert (within.status, known.status) == (200, 200)
