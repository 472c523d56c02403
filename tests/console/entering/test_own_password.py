"""One's own password, changed by whoever knows the present one: what it takes, what it ends, and what is told of it."""

from typing import Any

import pytest
from django.test import Client

from privacy_service.console.entering.guessing import MOST_GUESSES, of_passwords
from privacy_service.decisions.models import PendingAct
from tests.console.conftest import Opened
from tests.console.entering.conftest import ACCOUNT, HOME, SECRET, Told, shown_by, sign_in
from tests.console.entering.test_passwords import unreachable
from workspaces.models import SecondFactor, SignIn, User

CODE, PAGE = "/console/sign-in/code", f"{ACCOUNT}/password"
NEW = "canary-of-another-horse"
WRONG = "canary-of-a-wrong-guess"


def in_browser() -> Client:
    """Return a browser in which alice signed in with her password."""
    client = Client()
    assert sign_in(client) == (302, "/console/")
    return client


def changed(client: Client, old: str = SECRET, new: str = NEW, again: str | None = None) -> tuple[int, str]:
    """Send the form; return the status and the page that follows."""
    typed = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    answer = client.post(PAGE, typed, follow=True)
    return answer.status_code, answer.content.decode()


def is_open(client: Client) -> bool:
    """Say whether the console opens there without a new sign-in."""
    return client.get(HOME).status_code == 200


def test_whoever_knows_the_present_password_sets_a_new_one_and_stays_signed_in(alice: User) -> None:
    client = in_browser()
    before = client.session.session_key
    linked = f'href="{PAGE}"' in client.get(ACCOUNT).content.decode()
    status, page = changed(client)

    assert (linked, status) == (True, 200)
    assert "Your password is changed, and every other sign-in of yours has ended." in page
    assert is_open(client)
    assert client.session.session_key != before
    assert (sign_in(Client()), sign_in(Client(), NEW)) == ((200, ""), (302, "/console/"))


def test_every_other_sign_in_ends_with_it(alice: User) -> None:
    here, elsewhere = in_browser(), in_browser()
    changed(here)

    assert (is_open(here), is_open(elsewhere)) == (True, False)
    assert str(SignIn.objects.get(user=alice).pk) == here.session["sign_in"]


def test_one_who_waits_for_the_code_is_let_in_no_more_and_one_who_proved_it_goes_on(
    alice: User, factor: SecondFactor
) -> None:
    waits, here = Client(), Client()
    for client in (waits, here):
        sign_in(client)
    here.post(CODE, {"code": shown_by(factor)})
    changed(here)

    assert is_open(here)
    assert waits.get(CODE)["Location"] == "/console/"
    assert not is_open(waits)


def test_nobody_gets_to_it_before_the_code_that_is_due(opened: Opened, alice: User, factor: SecondFactor) -> None:
    changed(opened(alice))

    alice.refresh_from_db()
    assert alice.check_password(SECRET)


def test_the_trail_tells_who_changed_it_and_what_was_guessed_and_nothing_that_was_typed(
    alice: User, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    client = in_browser()
    pages = [changed(client, WRONG)[1], changed(client, new="canary")[1], changed(client)[1]]

    assert told()[1:] == [
        ("sign-in-failed", {"way": "account", "cause": "password"}),
        ("password-changed", {"is_usable": True}),
    ]
    lines = list(PendingAct.objects.order_by("pk").values_list("line", flat=True))
    assert [line.count(str(alice.pk)) for line in lines[1:]] == [1, 2]  # Who guesses has proven to be nobody.
    assert not any(typed in text for typed in ("canary", SECRET) for text in [*pages, *lines, caplog.text])


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"old": WRONG}, "old", "This is not your present password."),
        ({"old": ""}, "old", "This field is required."),
        ({"new": "canary"}, "new", "This password is too short."),
        ({"new": "password123"}, "new", "This password is too common."),
        ({"new": "alice@example.com"}, "new", "The password is too similar"),
        ({"again": "another-one-than-that"}, "again", "The two password fields"),
    ],
)
def test_what_stands_in_the_way_is_said_beside_it_and_nothing_changes(
    alice: User, typed: dict[str, str], field: str, words: str
) -> None:
    here, elsewhere = in_browser(), in_browser()
    status, page = changed(here, **typed)

    alice.refresh_from_db()
    assert (status, page.count('aria-invalid="true"')) == (400, 1)
    assert "Your password is as it was" in page
    assert f'<span id="{field}-wrong" class="error">{words}' in page
    assert alice.check_password(SECRET)
    assert (is_open(here), is_open(elsewhere)) == (True, True)


@pytest.mark.parametrize(("before", "status"), [(MOST_GUESSES - 1, 200), (MOST_GUESSES, 400)])
def test_the_present_password_is_guessed_no_longer_than_at_the_door(
    opened: Opened, alice: User, before: int, status: int
) -> None:
    client = opened(alice)
    for _ in range(before):
        of_passwords(str(alice.pk)).add()
    answered, page = changed(client)

    assert answered == status
    assert ("Too many tries" in page) is (status == 400)


def test_guesses_here_close_the_door_too_and_are_told_of_once_more(opened: Opened, alice: User, told: Told) -> None:
    client = opened(alice)
    for _ in range(MOST_GUESSES + 3):
        changed(client, WRONG)

    causes = [detail["cause"] for _, detail in told()]
    assert causes == ["password"] * MOST_GUESSES + ["too-many-tries"]
    assert sign_in(Client()) == (200, "")


def test_without_a_count_no_password_is_changed(opened: Opened, alice: User, settings: Any) -> None:
    client = opened(alice)
    settings.CACHES = unreachable()

    assert changed(client)[0] == 400
    alice.refresh_from_db()
    assert alice.check_password(SECRET)


def test_where_passwords_open_nothing_there_is_none_to_change(opened: Opened, alice: User, settings: Any) -> None:
    settings.PRIVACY_PASSWORD_SIGN_IN = False
    client = opened(alice)
    status, page = changed(client)

    alice.refresh_from_db()
    assert PAGE not in client.get(ACCOUNT).content.decode()
    assert status == client.get(PAGE).status_code == 403
    assert "You sign in here without a password" in page
    assert alice.check_password(SECRET)


def test_who_has_no_password_is_offered_no_other(opened: Opened, bob: User) -> None:
    client = opened(bob)

    assert PAGE not in client.get(ACCOUNT).content.decode()
    assert changed(client, "")[0] == client.get(PAGE).status_code == 403
    bob.refresh_from_db()
    assert not bob.has_usable_password()


def test_a_form_from_elsewhere_changes_no_password(opened: Opened, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert changed(client)[0] == 403
    assert opened(None).get(PAGE)["Location"] == f"/console/sign-in?next={PAGE}"


def test_it_speaks_the_readers_language(opened: Opened, alice: User) -> None:
    page = opened(alice).get(PAGE, headers={"Accept-Language": "de"}).content.decode()

    assert "Neues Passwort" in page
    assert "mindestens 8 Zeichen" in page
