"""The release's API: administrators move it with keys of their own; everybody else is told nothing."""

from typing import Any

import pytest

from privacy_service.rollout import release
from privacy_service.rollout.models import PlannedMove, Report
from tests.asking import Reply
from tests.factories import make_key, make_user, make_workspace
from tests.managing.conftest import Api, person
from tests.rollout.conftest import _switch_of_this_test, good_minute
from workspaces.keys import Scope
from workspaces.models import User, Workspace

__all__ = ["_switch_of_this_test"]

pytestmark = pytest.mark.django_db

RELEASE = "/v1/release"


@pytest.fixture
def erin(workspace: Workspace) -> Api:
    """Return the API as an administrator's key opens it."""
    return person(make_user("erin", is_staff=True, is_superuser=True), Scope.RELEASE)


@pytest.fixture
def frank(workspace: Workspace) -> Api:
    """Return the same for another administrator."""
    return person(make_user("frank", is_staff=True, is_superuser=True), Scope.RELEASE)


def move(api: Api, to: str, **more: Any) -> Reply:
    """Ask for a move."""
    return api.post(f"{RELEASE}/moves", {"to": to, **more})


def position() -> str:
    """Return where the release stands."""
    return str(release.state().position)


def test_two_administrators_move_it(erin: Api, frank: Api) -> None:
    good_minute()
    waiting = move(erin, "dial 25", why="Phase two.")
    made = frank.post(f"{RELEASE}/planned/{waiting.json['code']}/confirm", None)

    assert (waiting.status, waiting.json["to"], waiting.json["needs_confirmation"]) == (202, "dial 25", True)
    assert (made.status, made.json["before"], made.json["after"], made.json["why"]) == (
        201,
        "beta",
        "dial 25",
        "Phase two.",
    )
    assert made.json["by_id"] != made.json["confirmed_by_id"]
    assert position() == "dial 25"


def test_nobody_confirms_their_own_move(erin: Api) -> None:
    good_minute()
    code = move(erin, "dial 25").json["code"]

    refused = erin.post(f"{RELEASE}/planned/{code}/confirm", None)

    assert (refused.status, refused.reason) == (409, "release-refused")


def test_a_closed_gate_is_a_problem_that_names_it(erin: Api) -> None:
    good_minute(errors=9)

    refused = move(erin, "public")

    assert (refused.status, refused.reason) == (409, "gates-closed")
    assert "error-rate is red: 9 of 1000" in refused.json["detail"]


def test_off_needs_one_key(erin: Api) -> None:
    made = move(erin, "off")

    assert (made.status, made.json["after"], position()) == (201, "off", "off")


def test_a_move_is_scheduled_listed_and_cancelled(erin: Api, frank: Api) -> None:
    good_minute()
    code = move(erin, "public", at="2126-12-01T09:00:00Z").json["code"]
    frank.post(f"{RELEASE}/planned/{code}/confirm", None)
    listed = erin.get(RELEASE).json["planned"]

    cancelled = frank("DELETE", f"{RELEASE}/planned/{code}")

    assert [(one["code"], one["run_at"]) for one in listed] == [(code, "2126-12-01T09:00:00Z")]
    assert (cancelled.status, PlannedMove.objects.get().outcome) == (200, "cancelled")


def test_the_state_says_stage_overrides_and_gates(erin: Api, workspace: Workspace) -> None:
    good_minute()
    release.override(workspace, setting=False)

    state = erin.get(RELEASE).json

    assert {
        name: state[name] for name in ("stage", "percent", "position", "forced_on", "forced_off", "off_switch")
    } == {
        "stage": "beta",
        "percent": 0.0,
        "position": "beta",
        "forced_on": [],
        "forced_off": ["acme"],
        "off_switch": False,
    }
    assert [gate["state"] for gate in state["gates"]] == ["green"] * 5


def test_a_preview_moves_nothing(erin: Api) -> None:
    make_workspace("globex")

    assert erin.post(f"{RELEASE}/preview", {"to": "public"}).json == {
        "gains": ["acme", "globex"],
        "loses": [],
        "before": 0,
        "after": 2,
    }
    assert position() == "beta"


def test_the_history_is_read_page_by_page(erin: Api, workspace: Workspace) -> None:
    for stage in ("off", "shadow", "off"):
        move(erin, stage)
    release.override(workspace, setting=False)

    first = erin.get(f"{RELEASE}/moves?count=2").json
    second = erin.get(f"{RELEASE}/moves?count=2&before={first[-1]['id']}").json
    about_acme = erin.get(f"{RELEASE}/moves?workspace=acme").json

    assert [one["after"] for one in first + second] == ["forced off", "off", "shadow", "off"]
    assert [one["after"] for one in about_acme] == ["forced off"]


def test_reports_stand_in_the_way_until_closed(erin: Api) -> None:
    good_minute()
    opened = erin.post(f"{RELEASE}/reports", {"text": "Totals are stars.", "workspace": "acme"})
    refused = move(erin, "public").reason
    closed = erin.post(f"{RELEASE}/reports/{opened.json['id']}/close", {"answer": "Fixed."})

    assert (opened.status, opened.json["workspace"], refused, closed.status) == (201, "acme", "gates-closed", 200)
    assert closed.json["answer"] == "Fixed."
    assert erin.get(f"{RELEASE}/reports").json == [closed.json]
    assert move(erin, "public").status == 202
    assert Report.objects.filter(closed_at=None).count() == 0


def test_a_held_release_is_resumed(erin: Api) -> None:
    release.hold("error-rate is red")

    assert erin.post(f"{RELEASE}/resume", None).json["after"] == "free"
    assert erin.get(RELEASE).json["held"] == ""


def test_staleness_is_told(erin: Api) -> None:
    stale = erin.get(f"{RELEASE}/stale").json

    assert stale["is_removable"] is False
    assert "privacy_service/rollout" in stale["folders"]


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("moves", {"to": "everywhere"}, "bad-request"),
        ("moves", {"to": "dial 101"}, "bad-request"),
        ("moves", {"to": "override nowhere on"}, "unknown-workspace"),
        ("moves", {}, "invalid-fields"),
        ("moves", {"to": "off", "now": True}, "invalid-fields"),
        ("moves", b"{", "invalid-body"),
        ("planned/NONE-SUCH/confirm", None, "release-refused"),
        ("reports/999/close", {"answer": "?"}, "release-refused"),
        ("reports", {"text": "x", "workspace": "nowhere"}, "unknown-workspace"),
    ],
)
def test_what_cannot_be_done_is_a_problem(erin: Api, path: str, body: Any, reason: str) -> None:
    assert erin.post(f"{RELEASE}/{path}", body).reason == reason


PATHS = [
    ("GET", ""),
    ("GET", "/moves"),
    ("POST", "/moves"),
    ("POST", "/preview"),
    ("POST", "/planned/AAAA-AAAA/confirm"),
    ("DELETE", "/planned/AAAA-AAAA"),
    ("POST", "/resume"),
    ("GET", "/reports"),
    ("POST", "/reports"),
    ("POST", "/reports/1/close"),
    ("GET", "/stale"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_nobody_else_gets_in(workspace: Workspace, alice: User, method: str, path: str) -> None:
    staff = make_user("staff", is_staff=True)
    keys = {
        "an owner of a workspace": person(alice, Scope.RELEASE),
        "an administrator of something else": person(staff, Scope.RELEASE),
        "a backend": Api(make_key(name="everything")),
        "a backend that names an administrator": Api(make_key(name="names"), actor="erin@example.com"),
        "an administrator's key for something else": person(
            make_user("grace", is_staff=True, is_superuser=True), Scope.MASK
        ),
        "no key": Api("psk_none"),
    }

    refused = {
        who: api(method, RELEASE + path, {"to": "off"} if method == "POST" else None) for who, api in keys.items()
    }

    assert {who: (reply.status, reply.reason) for who, reply in refused.items()} == {
        "an owner of a workspace": (403, "forbidden"),
        "an administrator of something else": (403, "forbidden"),
        "a backend": (403, "forbidden"),
        "a backend that names an administrator": (403, "forbidden"),
        "an administrator's key for something else": (403, "scope-missing"),
        "no key": (401, "key-refused"),
    }
    assert position() == "beta"
