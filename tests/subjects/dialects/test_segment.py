"""Segment's Public API for regulations, asked as its clients do: with a bearer token and no reader."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.utils import timezone
from pytest_django import Settings

from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.dialects.segment import wording
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.models import Destination, Receipt, Regulation, RegulationPart, SubjectRequest, Wish
from privacy_service.subjects.models.destinations import Layer
from privacy_service.subjects.regulations import making
from privacy_service.subjects.regulations.making import unfold
from privacy_service.subjects.regulations.standing import Standing, overall
from privacy_service.subjects.suppressions import is_suppressed
from tests.asking import Reply, through_django
from tests.backend import Backend
from tests.factories import make_key, make_source
from tests.managing.conftest import Api
from tests.shop import make_destination
from workspaces.grants import add_member, grant
from workspaces.keys import Scope, create_service_account, issue_key
from workspaces.models import User, Workspace
from workspaces.roles import Role

Segment = Any  # A function that asks.
IDS = ["canary-1", "canary-2", "canary-3"]


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def segment(workspace: Workspace) -> Segment:
    """Return the API as a client of Segment's asks it: its service account is a privacy admin of acme."""
    account = create_service_account("dsr", workspace=workspace)
    grant(add_member(workspace, account.user), Role.PRIVACY_ADMIN)
    key = issue_key(account.user, scopes=[Scope.SUBJECTS])[1]

    def ask(method: str, path: str, body: Any = None, key: str = key) -> Reply:
        content = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Accept": "application/json"}
        return through_django(method, path, content, headers)

    return ask


def regulation(wish: str, *ids: str, kind: str = "USER_ID") -> dict[str, Any]:
    return {"regulationType": wish, "subjectType": kind, "subjectIds": ids or IDS}


def make_api(workspace: Workspace, backend: Backend, slug: str, **fields: Any) -> Destination:
    """Return a system of three people."""
    made = make_destination(workspace, "http", {"url": f"{backend.url}/{slug}/{{user_id}}"}, slug=slug)
    for number in (1, 2, 3):
        backend.on(f"/{slug}/canary-{number}", status=200)
    Destination.objects.filter(pk=made.pk).update(**fields)
    return made


def user(name: str) -> list[Identifier]:
    return [Identifier(Kind.USER_ID, name)]


def test_people_are_deleted_suppressed_and_told_apart_by_system(
    workspace: Workspace, segment: Segment, backend: Backend
) -> None:
    make_api(workspace, backend, "crm")
    make_api(workspace, backend, "ads", identifiers=["email"])

    made = segment("POST", "/regulations", regulation("SUPPRESS_WITH_DELETE"))
    regulate_id = made.json["data"]["regulateId"]
    before = segment("GET", f"/regulations/{regulate_id}").json["data"]["regulation"]
    at_once = is_suppressed(workspace.pk, user("canary-2"))
    unfold(10)
    during = segment("GET", f"/regulations/{regulate_id}").json["data"]["regulation"]
    work(10)
    after = segment("GET", f"/regulations/{regulate_id}").json["data"]["regulation"]

    assert (made.status, [*made.json], at_once) == (200, ["data"], True)
    assert [one["overallStatus"] for one in (before, during, after)] == [
        "INITIALIZED", "INITIALIZED", "PARTIAL_SUCCESS",
    ]  # fmt: skip
    [stream] = after["streamStatus"]
    assert [(one["name"], one["status"], one["errString"]) for one in stream["destinationStatus"]] == [
        ("ads", "NOT_SUPPORTED", "It knows people by email, and the request names none of these."),
        ("crm", "FINISHED", ""),
    ]
    assert (after["workspaceId"], after["id"], "finishedAt" in after) == (str(workspace.pk), regulate_id, True)
    assert {one.path for one in backend.asked} == {f"/crm/{one}" for one in IDS}
    assert RegulationPart.objects.count() == 0


TYPES: list[tuple[str, list[str], bool]] = [
    ("SUPPRESS_ONLY", [], True),
    ("UNSUPPRESS", [], False),
    ("DELETE_INTERNAL", ["archive", "shop"], False),
    ("SUPPRESS_WITH_DELETE_INTERNAL", ["archive", "shop"], True),
    ("DELETE_ONLY", ["archive", "crm", "shop"], False),
    ("SUPPRESS_WITH_DELETE", ["archive", "crm", "shop"], True),
    ("DELETE_ARCHIVE_ONLY", ["archive"], False),
]


@pytest.mark.parametrize(("wish", "reached", "suppresses"), TYPES)
def test_each_of_the_seven_types_reaches_its_own_stores(
    workspace: Workspace, segment: Segment, backend: Backend, wish: str, reached: list[str], suppresses: bool
) -> None:
    for slug, layer in (("shop", Layer.INTERNAL), ("archive", Layer.ARCHIVE), ("crm", Layer.CONNECTED)):
        make_api(workspace, backend, slug, layer=layer)
    source = make_source(workspace, "web")
    path = f"/regulations/sources/{source.pk}" if wish == "DELETE_ARCHIVE_ONLY" else "/regulations"

    made = segment("POST", path, regulation(wish))
    unfold(10)
    work(10)

    shown = segment("GET", f"/regulations/{made.json['data']['regulateId']}").json["data"]["regulation"]
    assert sorted(set(Receipt.objects.values_list("name", flat=True))) == reached
    assert (shown["overallStatus"], is_suppressed(workspace.pk, user("canary-1"))) == ("FINISHED", suppresses)


def test_a_source_has_regulations_and_suppressions_of_its_own(
    workspace: Workspace, segment: Segment, backend: Backend
) -> None:
    web, app = make_source(workspace, "web"), make_source(workspace, "app")
    make_api(workspace, backend, "crm", sources=[str(web.pk)])
    make_api(workspace, backend, "shop", sources=[str(app.pk)])

    made = segment("POST", "/regulations/sources/web", regulation("SUPPRESS_WITH_DELETE", "canary-1"))
    unfold(10)
    work(10)

    of_web, of_app = (
        segment("GET", f"/regulations/sources/{one.pk}").json["data"]["regulations"] for one in (web, app)
    )
    shown = segment("GET", f"/regulations/{made.json['data']['regulateId']}").json["data"]["regulation"]
    person = user("canary-1")
    assert [len(of_web), of_app, segment("GET", "/regulations").json["data"]["regulations"]] == [1, [], []]
    assert (shown["streamStatus"][0]["id"], [one.path for one in backend.asked]) == (str(web.pk), ["/crm/canary-1"])
    assert [is_suppressed(workspace.pk, person, one) for one in (web.pk, app.pk, None)] == [True, False, False]

    segment("POST", "/regulations/sources/web", regulation("UNSUPPRESS", "canary-1"))
    assert not is_suppressed(workspace.pk, person, web.pk)


def test_what_the_workspace_suppresses_no_source_takes_in_again(workspace: Workspace, segment: Segment) -> None:
    make_source(workspace, "web")
    segment("POST", "/regulations", regulation("SUPPRESS_ONLY"))

    reply = segment("POST", "/regulations/sources/web", regulation("UNSUPPRESS"))

    assert (reply.status, reply.json["errors"][0]["type"]) == (409, "conflict")
    assert reply.json["errors"][0]["message"].startswith("3 of these are suppressed in the whole workspace")
    assert is_suppressed(workspace.pk, user("canary-1"))


def test_the_same_again_is_the_same_regulation_and_somebody_in_two_is_asked_about_once(
    workspace: Workspace, segment: Segment, backend: Backend
) -> None:
    make_api(workspace, backend, "crm")
    body = regulation("DELETE_ONLY", "canary-1", "canary-2", "canary-1")
    again = regulation("DELETE_ONLY", "canary-2", "canary-1")

    ids = [segment("POST", "/regulations", one).json["data"]["regulateId"] for one in (body, again)]
    other = segment("POST", "/regulations", regulation("DELETE_ONLY", "canary-2", "canary-3"))
    unfold(10)
    work(10)

    assert (ids[0] == ids[1], other.status, SubjectRequest.objects.count(), len(backend.asked)) == (True, 200, 3, 3)
    assert {one["status"] for one in segment("GET", "/regulations").json["data"]["regulations"]} == {"FINISHED"}


def test_lists_are_filtered_paged_and_name_nobody(workspace: Workspace, segment: Segment) -> None:
    for number in range(5):
        segment("POST", "/regulations", regulation("SUPPRESS_ONLY", f"canary-{number}"))
    segment("POST", "/regulations", regulation("DELETE_ONLY"))
    unfold(10)

    first = segment("GET", "/regulations?pagination[count]=4").json["data"]
    second = segment("GET", f"/regulations?pagination.count=4&pagination.cursor={first['pagination']['next']}")
    begun = segment("GET", "/regulations?pagination=" + '{"cursor":"MA==","count":"4"}').json["data"]
    spelled = [
        segment("GET", f"/regulations?{query}").json["data"]["regulations"]
        for query in (
            "regulationTypes=DELETE_ONLY",
            "regulationTypes[0]=DELETE_ONLY&regulationTypes[1]=UNSUPPRESS",
            'regulationTypes=["DELETE_ONLY"]',
            "regulationTypes=DELETE_ONLY&regulationTypes=UNSUPPRESS",
            "status=FINISHED&regulationTypes.0=DELETE_ONLY,UNSUPPRESS",
        )
    ]

    row = first["regulations"][0]
    assert (sorted(row), len(row["subjects"])) == (
        ["createdAt", "finishedAt", "id", "regulationType", "status", "subjectType", "subjects"], 3,
    )  # fmt: skip
    assert (len(first["regulations"]), len(second.json["data"]["regulations"]), begun["regulations"]) == (
        4, 2, first["regulations"],
    )  # fmt: skip
    assert (first["pagination"]["current"], first["pagination"]["totalEntries"]) == ("MA==", 6)
    assert [[one["regulationType"] for one in each] for each in spelled] == [["DELETE_ONLY"]] * 5
    listed = segment("GET", "/suppressions?pagination[count]=3").json["data"]
    assert [(one["subjectType"], len(one["subjectIds"])) for one in listed["suppressed"]] == [("USER_ID", 3)]
    assert "canary" not in f"{first}{second.body!r}{listed}"


def test_what_is_older_than_ninety_days_is_not_there(workspace: Workspace, segment: Segment) -> None:
    made = segment("POST", "/regulations", regulation("SUPPRESS_ONLY")).json["data"]["regulateId"]
    Regulation.objects.update(created_at=timezone.now() - timedelta(days=91))

    reply = segment("GET", f"/regulations/{made}")

    assert (reply.status, [*reply.json], reply.json["errors"][0]["type"]) == (404, ["errors"], "not-found")
    assert segment("GET", "/regulations").json["data"]["regulations"] == []


REFUSED: list[tuple[Any, int, str, str]] = [
    (b"{", 422, "input-validation", ""),
    ([], 422, "input-validation", ""),
    (regulation("FORGET"), 422, "input-validation", "regulationType"),
    (regulation("DELETE_ARCHIVE_ONLY"), 422, "input-validation", "regulationType"),
    (regulation("ACCESS"), 422, "input-validation", "regulationType"),
    (regulation("DELETE_ONLY", kind="OBJECT_ID"), 422, "input-validation", "subjectType"),
    (regulation("DELETE_ONLY", kind="ANONYMOUS_ID"), 422, "input-validation", "subjectType"),
    (regulation("DELETE_ONLY") | {"subjectIds": []}, 422, "input-validation", "subjectIds"),
    (regulation("DELETE_ONLY", *map(str, range(5001))), 422, "input-validation", "subjectIds"),
    (regulation("DELETE_ONLY", "canary", ""), 422, "input-validation", "subjectIds[1]"),
    (regulation("DELETE_ONLY", "canary" * 200), 422, "input-validation", "subjectIds[0]"),
    (regulation("DELETE_ONLY", "x" * 4_200_000), 413, "payload-too-large", ""),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "kind", "field"), REFUSED)
def test_what_cannot_be_taken_says_so_in_segments_words(
    segment: Segment, body: Any, status: int, kind: str, field: str, settings: Settings
) -> None:
    settings.PRIVACY_BODY_LIMIT_BYTES = 10 * 1024 * 1024

    reply = segment("POST", "/regulations", body)

    [error] = reply.json["errors"]
    assert (reply.status, error["type"], error.get("field", "")) == (status, kind, field)
    assert ("canary" in str(reply.body), Regulation.objects.count()) == (False, 0)


def test_whoever_may_not_is_told_what_is_missing(
    workspace: Workspace, segment: Segment, alice: User, mallory: User
) -> None:
    keys = {
        "": 401,
        make_key(workspace, name="no-member"): 403,
        make_key(workspace, name="scopes", scopes=(Scope.MASK,)): 403,
        issue_key(alice, scopes=tuple(Scope))[1]: 403,  # A person's key belongs to no workspace.
    }

    replies = {key: segment("POST", "/regulations", regulation("DELETE_ONLY"), key=key) for key in keys}

    assert {key: reply.status for key, reply in replies.items()} == keys
    assert all([*reply.json] == ["errors"] for reply in replies.values())
    assert segment("PUT", "/regulations", regulation("DELETE_ONLY")).status == 405
    assert Regulation.objects.count() == 0


def test_a_source_or_regulation_of_another_workspace_is_not_there(segment: Segment, other: Workspace) -> None:
    theirs = make_source(other, "theirs")
    regulated = making.regulate(other, Wish.SUPPRESS_ONLY, user("canary"), subject_type="USER_ID")

    replies = [
        segment("GET", f"/regulations/{regulated.pk}"),
        segment("GET", f"/regulations/sources/{theirs.pk}"),
        segment("POST", f"/regulations/sources/{theirs.pk}", regulation("DELETE_ONLY")),
        segment("POST", "/regulations/sources/theirs", regulation("DELETE_ONLY")),
    ]

    assert [reply.status for reply in replies] == [404] * 4
    assert segment("GET", "/suppressions").json["data"]["suppressed"] == []


def test_a_count_of_thousands_of_digits_is_refused_as_any_other(segment: Segment) -> None:
    assert segment("GET", f"/regulations?pagination.count={'9' * 5000}").status == 422


def test_a_months_people_and_a_minutes_calls_have_an_end_and_are_told(
    workspace: Workspace, segment: Segment, owner: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRIVACY_SUBJECTS_PER_MONTH = 4
    first = segment("POST", "/regulations", regulation("SUPPRESS_ONLY"))
    over = segment("POST", "/regulations", regulation("SUPPRESS_ONLY", "4", "5"))
    unfold(10)
    used = owner.get("/subject-requests/usage").json
    settings.PRIVACY_SUBJECTS_PER_MONTH = 0
    monkeypatch.setattr(wording, "MOST_A_MINUTE", 1)
    busy = segment("POST", "/regulations", regulation("SUPPRESS_ONLY", "6"))
    of_others = segment("POST", "/regulations", regulation("DELETE_ONLY", "6"))

    assert [reply.status for reply in (first, over, busy, of_others)] == [200, 429, 429, 200]
    assert {name: used[name] for name in ("used", "limit", "remaining")} == {"used": 3, "limit": 4, "remaining": 1}
    assert (first.headers["X-RateLimit-Consumed"], first.headers["X-RateLimit-Remaining"]) == ("1", "599")
    assert first.headers["X-RateLimit-Reset"].endswith("GMT")
    for reply in (over, busy):
        [error] = reply.json["errors"]
        assert (error["type"], error["message"], error["data"]["remainingPoints"]) == (
            "RequestError", "Too many requests", 0,
        )  # fmt: skip
        assert error["data"]["msBeforeNext"] > 0


def test_people_that_no_key_opens_any_more_make_it_invalid(workspace: Workspace, segment: Segment) -> None:
    made = segment("POST", "/regulations", regulation("DELETE_ONLY")).json["data"]["regulateId"]
    RegulationPart.objects.update(sealed="AAAA")

    unfold(10)

    shown = segment("GET", f"/regulations/{made}").json["data"]["regulation"]
    assert (shown["overallStatus"], SubjectRequest.objects.count()) == ("INVALID", 0)


def test_ids_lie_encrypted_until_they_are_requests(workspace: Workspace, segment: Segment) -> None:
    ids = [f"canary-{number}" for number in range(250)]
    segment("POST", "/regulations", regulation("DELETE_ONLY", *ids))

    parts = list(RegulationPart.objects.order_by("created_at"))
    opened = unfold(0), unfold(60)

    assert ([part.count for part in parts], "canary" in str([part.sealed for part in parts])) == ([100, 100, 50], False)
    assert (opened, SubjectRequest.objects.count()) == ((0, 3), 250)


S = Standing
OVERALL: list[tuple[str, list[Standing], Standing]] = [
    ("DELETE_ONLY", [], S.FINISHED),
    ("DELETE_ONLY", [S.FINISHED, S.FINISHED], S.FINISHED),
    ("DELETE_ONLY", [S.NOT_SUPPORTED], S.NOT_SUPPORTED),
    ("SUPPRESS_WITH_DELETE", [S.NOT_SUPPORTED], S.PARTIAL_SUCCESS),
    ("DELETE_ONLY", [S.FINISHED, S.NOT_SUPPORTED], S.PARTIAL_SUCCESS),
    ("DELETE_ONLY", [S.FINISHED, S.FAILED], S.PARTIAL_SUCCESS),
    ("DELETE_ONLY", [S.FAILED, S.NOT_SUPPORTED], S.FAILED),
    ("DELETE_ONLY", [S.FAILED], S.FAILED),
    ("DELETE_ONLY", [S.INVALID], S.INVALID),
    ("DELETE_ONLY", [S.FINISHED, S.INITIALIZED], S.RUNNING),
    ("DELETE_ONLY", [S.FAILED, S.RUNNING], S.RUNNING),
    ("SUPPRESS_WITH_DELETE", [S.INITIALIZED, S.INITIALIZED], S.INITIALIZED),
]


@pytest.mark.parametrize(("wish", "each", "word"), OVERALL)
def test_one_word_stands_over_all_systems(wish: str, each: list[Standing], word: Standing) -> None:
    assert overall(Wish(wish), each, is_opened=True) == word


def test_what_failed_and_what_was_taken_away_is_told_of_each_system(
    workspace: Workspace, segment: Segment, backend: Backend
) -> None:
    gone = make_api(workspace, backend, "gone")
    make_api(workspace, backend, "crm")
    backend.on("/crm/canary-1", status=401)
    made = segment("POST", "/regulations", regulation("DELETE_ONLY", "canary-1")).json["data"]["regulateId"]
    unfold(10)
    gone.delete()
    work(10)

    shown = segment("GET", f"/regulations/{made}").json["data"]["regulation"]

    systems = {one["name"]: (one["status"], one["errString"]) for one in shown["streamStatus"][0]["destinationStatus"]}
    assert systems == {
        "crm": ("FAILED", "It answered 401."),
        "gone": ("INVALID", "It was taken away before it had answered."),
    }
    assert (shown["overallStatus"], "finishedAt" in shown) == ("FAILED", False)
