"""The page of the release: an administrator sees how it stands and moves it, with a second one."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from waffle import models as waffle_models

from privacy_service.rollout import release
from privacy_service.rollout.admin.forms import MOST_GUESSES
from privacy_service.rollout.models import PII_ACCESS, Flag, PlannedMove, ReleaseMove, Report, ShadowCount
from privacy_service.rollout.release import is_live_for
from tests.factories import make_user, make_workspace
from tests.rollout.conftest import PASSWORD, good_minute
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)  # Outside a transaction, so that answers are really cached.

LIST = "admin:rollout_flag_changelist"


def browser_of(user: User) -> Client:
    """Return somebody's browser."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(erin: User) -> Client:
    """Return erin's browser."""
    return browser_of(erin)


@pytest.fixture
def page(workspace: Workspace) -> str:
    """Return the address of the page."""
    return reverse("admin:rollout_flag_change", args=[Flag.objects.get(name=PII_ACCESS).pk])


def position() -> str:
    """Return where the release stands."""
    return str(release.state().position)


def post(client: Client, page: str, button: str = "move", **fields: Any) -> str:
    """Press a button of the page and return what it says then."""
    return client.post(page, {button: "yes", **fields}, follow=True).content.decode()


def test_the_page_says_how_the_release_stands(client: Client, page: str, green: None) -> None:
    text = client.get(page).content.decode()

    assert "pii_access: on for internal workspaces and beta testers (1 in all)" in text
    assert "Gates over the last 15 minutes, as 1 process on 1 host counted" in text
    assert text.count("<strong>green</strong>") == 5


def test_a_move_waits_for_another_administrator_who_confirms_it(
    client: Client, page: str, frank: User, green: None
) -> None:
    said = post(client, page, to="dial", percent="25", why="Phase two.")
    code = PlannedMove.objects.get().code
    assert f"Another administrator confirms dial 25 ({code}) here until" in said
    assert ">Confirm</button>" not in client.get(page).content.decode()

    said = post(browser_of(frank), page, "confirm", confirm=code)

    assert "Moved: beta → dial 25. Every process follows within two seconds." in said
    assert position() == "dial 25"


def test_a_second_person_signs_on_the_same_page(client: Client, page: str, frank: User, green: None) -> None:
    post(client, page, to="public", confirmed_by="frank@example.com", password=PASSWORD)

    move = ReleaseMove.objects.first()
    assert move is not None
    assert (position(), move.confirmed_by_id, move.through) == ("public", frank.pk, "admin")


@pytest.mark.parametrize(
    ("email", "password"),
    [("frank@example.com", "a guess"), ("erin@example.com", PASSWORD), ("bob@example.com", PASSWORD)],
)
def test_a_second_person_who_is_none_is_refused(
    client: Client, page: str, frank: User, bob: User, green: None, email: str, password: str
) -> None:
    bob.set_password(PASSWORD)
    bob.save()

    said = post(client, page, to="public", confirmed_by=email, password=password)

    assert "The second person is not another administrator of the release, or the password is wrong." in said
    assert position() == "beta"
    assert password not in said


def test_a_password_is_not_guessed_on_the_page(client: Client, page: str, frank: User, green: None) -> None:
    fields = {"to": "public", "confirmed_by": "frank@example.com"}
    for _ in range(MOST_GUESSES):
        post(client, page, **fields, password="a guess")

    said = post(client, page, **fields, password=PASSWORD)

    assert "Too many wrong passwords" in said
    assert position() == "beta"


def test_a_closed_gate_is_named(client: Client, page: str, frank: User) -> None:
    good_minute(fail_closed=3)

    said = post(client, page, to="public", confirmed_by="frank@example.com", password=PASSWORD)

    assert "fail-closed is red: 3 answers were withheld" in said
    assert position() == "beta"


def test_off_needs_nobody(client: Client, page: str, released_workspace: Workspace) -> None:
    live = [is_live_for(released_workspace)]
    post(client, page, to="off")
    live.append(is_live_for(released_workspace))

    assert live == [True, False]


def test_one_workspace_is_forced(client: Client, page: str, workspace: Workspace, frank: User, green: None) -> None:
    signed = {"confirmed_by": "frank@example.com", "password": PASSWORD}
    post(client, page, to="", slug="acme", setting="on", **signed)
    forced_on = is_live_for(workspace)
    post(client, page, to="", slug="acme", setting="off")

    assert (forced_on, is_live_for(workspace)) == (True, False)
    assert release.state().forced_off == ("acme",)


def test_who_would_change_is_shown_and_nothing_moves(client: Client, page: str, green: None) -> None:
    make_workspace("globex")

    said = post(client, page, "preview", to="public")

    assert "2 would get it:  acme, globex" in said
    assert position() == "beta"


def test_a_move_is_scheduled_and_cancelled(client: Client, page: str, frank: User, green: None) -> None:
    signed = {"confirmed_by": "frank@example.com", "password": PASSWORD}
    post(client, page, to="public", at="2126-12-01 09:00", **signed)
    planned = PlannedMove.objects.get()
    shown = client.get(page).content.decode()
    post(client, page, "cancel", cancel=planned.code)

    assert f"{planned.run_at:%Y-%m-%d %H:%M}" == "2126-12-01 09:00"
    assert "at 2126-12-01 09:00:00 UTC, asked for by erin@example.com, confirmed by frank@example.com" in shown
    assert PlannedMove.objects.get().outcome == "cancelled"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"to": "dial", "percent": "101"}, "101 is not a percentage: give a number from 0 to 100"),
        ({"to": "", "slug": "nowhere", "setting": "off"}, "There is no workspace &#x27;nowhere&#x27;"),
        ({"to": "public", "at": "noon"}, "Write the time as 2026-12-01 09:00."),
    ],
)
def test_what_cannot_be_done_is_said(client: Client, page: str, green: None, fields: Any, complaint: str) -> None:
    assert complaint in post(client, page, **fields)


def test_a_held_release_is_resumed(client: Client, page: str, green: None) -> None:
    release.hold("error-rate is red")
    assert "held:       error-rate is red" in client.get(page).content.decode()

    post(client, page, "resume")

    assert release.state().held == ""


def test_whoever_may_only_look_sees_no_button_and_moves_nothing(page: str, green: None) -> None:
    onlooker = make_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(*_permissions("view_flag"))
    client = browser_of(onlooker)

    shown, refused = client.get(page), client.post(page, {"move": "yes", "to": "off"})

    assert shown.status_code == 200
    assert 'name="move"' not in shown.content.decode()
    assert (refused.status_code, position()) == (403, "beta")


def _permissions(*codenames: str) -> Any:
    from django.contrib.auth.models import Permission  # noqa: PLC0415 - ours has the same name elsewhere.

    return Permission.objects.filter(codename__in=codenames)


def test_the_flag_is_neither_deleted_nor_doubled(client: Client, page: str) -> None:
    flag = Flag.objects.get()
    deletion = client.post(reverse("admin:rollout_flag_delete", args=[flag.pk]), {"post": "yes"})
    second = client.post(reverse("admin:rollout_flag_add"))

    assert (deletion.status_code, second.status_code) == (403, 403)
    assert "delete_selected" not in client.get(reverse(LIST)).content.decode()


def test_a_flag_that_was_lost_is_added_back_and_off(client: Client, page: str) -> None:
    Flag.objects.all().delete()

    client.post(reverse("admin:rollout_flag_add"))

    assert position() == "off"


def test_only_the_flag_that_is_asked_is_listed(client: Client, page: str) -> None:
    Flag.objects.create(name="something-else")

    text = client.get(reverse(LIST)).content.decode()

    assert "something-else" not in text
    assert "on for internal workspaces and beta testers" in text


def test_a_report_is_opened_and_closed_and_never_deleted(client: Client, erin: User, workspace: Workspace) -> None:
    client.post(reverse("admin:rollout_report_add"), {"text": "Totals are stars.", "workspace": workspace.pk})
    report = Report.objects.get()
    change = reverse("admin:rollout_report_change", args=[report.pk])

    client.post(change, {"text": "Changed afterwards", "answer": "Fixed in 1.2."})

    report.refresh_from_db()
    assert (report.text, report.opened_by, report.answer, report.closed_by) == (
        "Totals are stars.",
        erin,
        "Fixed in 1.2.",
        erin,
    )
    assert report.closed_at
    assert client.post(reverse("admin:rollout_report_delete", args=[report.pk]), {"post": "yes"}).status_code == 403


def test_the_history_names_people_in_few_queries(
    client: Client, erin: User, frank: User, page: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        release.turn_off(release.Circumstances(erin, "test", confirmed_by=frank))

    with django_assert_max_num_queries(8):
        text = client.get(reverse("admin:rollout_releasemove_changelist")).content.decode()

    assert text.count("erin@example.com (test)") == 20
    assert text.count("frank@example.com") == 20


def test_what_shadow_counted_is_read_and_not_changed(client: Client, workspace: Workspace) -> None:
    counted = ShadowCount.objects.create(
        workspace_id=workspace.pk, kind="field", name="/user/email", entity="EMAIL_ADDRESS", count=7
    )
    text = client.get(reverse("admin:rollout_shadowcount_changelist")).content.decode()
    changed = client.post(reverse("admin:rollout_shadowcount_change", args=[counted.pk]), {"count": "8"})

    assert "/user/email" in text
    assert "acme" in text
    assert changed.status_code == 403


@pytest.mark.parametrize("model", [waffle_models.Flag, waffle_models.Switch, waffle_models.Sample])
def test_waffle_offers_no_pages_of_its_own(model: Any) -> None:
    assert not admin.site.is_registered(model)
