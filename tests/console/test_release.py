"""The release page: for administrators alone, by the rules of the command and the API."""

import re
from typing import Any

import pytest
from django.test import Client

from privacy_service.rollout import moves, release
from privacy_service.rollout.models import PlannedMove, ReleaseMove, Report
from privacy_service.rollout.moves import Wish
from privacy_service.rollout.reports import open_report
from tests.console.conftest import Opened
from tests.factories import make_workspace
from tests.rollout.conftest import good_minute
from workspaces.models import User, Workspace

PAGE = "/console/release"


@pytest.fixture(autouse=True)
def _gates_have_seen_enough(settings: object) -> None:
    """Let the gates be green without a request: what they measure is tested elsewhere."""
    settings.PRIVACY_RELEASE_LEAST_REQUESTS = settings.PRIVACY_RELEASE_LEAST_SAMPLES = 0  # type: ignore[attr-defined]


@pytest.fixture
def second(db: None) -> User:
    """Return another administrator."""
    del db
    return User.objects.create_superuser("second@example.com", "correct-horse-battery")


def said(client: Client, act: str, **fields: str) -> str:
    """Press a button and return the page that follows."""
    return client.post(PAGE, {"act": act, **fields}, follow=True).content.decode()


def position() -> str:
    """Return where the release stands."""
    return str(release.state().position)


def test_members_and_owners_have_no_business_here(opened: Opened, alice: User) -> None:
    assert opened(alice).get(PAGE).status_code == 403
    assert opened(alice).post(PAGE, {"act": "off", "why": "I want"}).status_code == 403
    assert opened(alice).get(PAGE + "/reach?to=beta").status_code == 403
    assert opened(None).get(PAGE).status_code == 302
    assert PAGE not in opened(alice).get("/console/w/acme/").content.decode()


def test_an_administrator_who_belongs_nowhere_is_led_here(opened: Opened, administrator: User) -> None:
    assert opened(administrator).get("/console/")["Location"] == PAGE


@pytest.mark.parametrize(
    ("needed", "requests", "badges", "words"),
    [
        (0, 0, {"not measured yet": 4, "green": 1}, "What is not measured yet holds nothing back"),
        (100, 0, {"not measured yet": 4, "green": 1}, "Holds the release back until enough was measured."),
        (100, 99, {"not measured yet": 0, "too few yet": 4, "green": 1}, "Holds the release back until enough"),
        (100, 100, {"not measured yet": 0, "too few yet": 0, "green": 5}, "100 answers were errors"),
    ],
)
def test_a_gate_is_not_called_green_before_anything_was_measured(
    opened: Opened,
    administrator: User,
    settings: Any,
    needed: int,
    requests: int,
    badges: dict[str, int],
    words: str,
) -> None:
    settings.PRIVACY_RELEASE_LEAST_REQUESTS = settings.PRIVACY_RELEASE_LEAST_SAMPLES = needed
    if requests:
        good_minute(requests=requests, seconds=[requests], sampled=requests)
    page = opened(administrator).get(PAGE).content.decode().split('id="gates"')[1].split("</section>")[0]

    assert {name: len(re.findall(rf'<span class="badge[^"]*">{name}</span>', page)) for name in badges} == badges
    assert words in page


def test_going_wider_takes_a_second_person(
    opened: Opened, workspace: Workspace, administrator: User, second: User
) -> None:
    page = said(opened(administrator), "move", to="dial", percent="25", why="As agreed")
    planned = PlannedMove.objects.get()

    assert "Another administrator confirms this" in page
    assert position() == "beta"
    assert "Confirm</button>" not in page  # Nobody confirms their own.
    assert "asked for this move yourself" in said(opened(administrator), "confirm", code=planned.code)
    assert "Moved:" in said(opened(second), "confirm", code=planned.code)
    assert position() == "dial 25"
    made = ReleaseMove.objects.first()
    assert made is not None
    assert (made.through, made.why, made.confirmed_by_id) == ("console", "As agreed", second.pk)


def test_off_is_one_button_and_needs_nobody(opened: Opened, workspace: Workspace, administrator: User) -> None:
    assert "The release is off for everybody." in said(opened(administrator), "off", why="Wrong masks")
    assert position() == "off"


def test_a_move_is_planned_and_cancelled(opened: Opened, workspace: Workspace, administrator: User) -> None:
    client = opened(administrator)
    said(client, "move", to="dial", percent="50", at="2999-01-01T09:00")
    planned = PlannedMove.objects.get()

    assert f"{planned.run_at:%Y-%m-%d %H:%M}" == "2999-01-01 09:00"
    assert "Cancelled: it will not happen." in said(client, "cancel", code=planned.code)
    assert PlannedMove.objects.get().outcome == PlannedMove.Outcome.CANCELLED


def test_one_workspace_is_forced(opened: Opened, workspace: Workspace, administrator: User, second: User) -> None:
    said(opened(administrator), "move", to="override", slug="acme", setting="on")
    said(opened(second), "confirm", code=PlannedMove.objects.get().code)

    assert release.state().forced_on == ("acme",)
    said(opened(administrator), "move", to="override", slug="acme", setting="off")
    assert release.state().forced_off == ("acme",)


def test_a_report_closes_the_gates_until_it_is_settled(
    opened: Opened, workspace: Workspace, administrator: User
) -> None:
    client = opened(administrator)
    said(client, "report", text="A name was readable", slug="acme")

    assert "The release does not go wider" in said(client, "move", to="public")
    assert "Closed." in said(client, "close", number=str(Report.objects.get().pk), answer="It was a street")
    assert "Another administrator confirms" in said(client, "move", to="public")


def test_a_held_release_goes_on(opened: Opened, workspace: Workspace, administrator: User) -> None:
    release.hold("p95 is red")
    client = opened(administrator)

    assert "Held: nothing goes wider." in client.get(PAGE).content.decode()
    assert "may go wider again" in said(client, "resume")
    assert release.state().held == ""


@pytest.mark.parametrize(
    ("act", "fields", "words"),
    [
        ("move", {"to": ""}, "Say where the release goes"),
        ("move", {"to": "dial", "percent": "101"}, "is not a percentage"),
        ("move", {"to": "override", "slug": "nowhere", "setting": "on"}, "There is no workspace"),
        ("move", {"to": "override", "slug": " ", "setting": "on"}, "Name the workspace that is to be forced."),
        ("move", {"to": "beta", "at": "soon"}, "Write the moment as"),
        ("move", {"to": "beta", "at": "2020-01-01T00:00"}, "This time has passed"),
        ("confirm", {"code": "XXXX-XXXX"}, "No move waits under this code"),
        ("cancel", {"code": ""}, "No move waits under this code"),
        ("report", {"text": " "}, "Say what is wrong"),
        ("close", {"number": "x", "answer": "so"}, "Say how it was settled"),
        ("close", {"number": "99", "answer": "so"}, "notice-error"),
        ("fly", {}, "There is no such button here."),
    ],
)
def test_what_cannot_be_done_is_said(
    opened: Opened, workspace: Workspace, administrator: User, act: str, fields: dict[str, str], words: str
) -> None:
    before = position()

    assert words in said(opened(administrator), act, **fields)
    assert position() == before


def test_the_reach_of_a_move_is_shown_before_it_is_made(
    opened: Opened, workspace: Workspace, administrator: User
) -> None:
    make_workspace("other")
    client = opened(administrator)
    page = client.get(PAGE + "/reach?to=public").content.decode()

    assert "2 would get it" in page
    assert "acme, other" in page
    assert "goes wider" in page
    assert "is not a percentage" in client.get(PAGE + "/reach?to=dial&percent=x").content.decode()
    assert position() == "beta"


def test_choosing_one_workspace_is_no_mistake_before_it_is_named(
    opened: Opened, workspace: Workspace, administrator: User
) -> None:
    client = opened(administrator)
    before = client.get(PAGE + "/reach?to=override&slug=&setting=on").content.decode()

    assert "Name the workspace, and see here" in before
    assert "notice-error" not in before
    assert "1 would get it" in client.get(PAGE + "/reach?to=override&slug=acme&setting=on").content.decode()
    assert "There is no workspace" in client.get(PAGE + "/reach?to=override&slug=nix&setting=on").content.decode()


def test_the_second_person_sees_whom_a_move_would_reach(
    opened: Opened, workspace: Workspace, administrator: User, second: User
) -> None:
    passing = make_workspace("passing")
    said(opened(administrator), "move", to="public")
    said(opened(administrator), "move", to="override", slug="passing", setting="on")
    waiting = opened(second).get(PAGE).content.decode().split('id="planned"')[1].split("</section>")[0]

    assert waiting.count("Confirm</button>") == 2
    assert "acme, passing" in waiting
    assert ("2 would get it" in waiting, "1 would get it" in waiting) == (True, True)
    passing.delete()
    assert "There is no workspace" in opened(second).get(PAGE).content.decode()


def test_what_is_open_stands_on_the_page(opened: Opened, workspace: Workspace, administrator: User) -> None:
    open_report("A name was readable", by=administrator)
    moves.off(Wish(administrator, "test", "Because"))
    page = opened(administrator).get(PAGE).content.decode()

    assert "A name was readable" in page
    assert "Because" in page
    assert len(page) < 150_000
