"""Signing in: by a password that belongs, for a while, and out again."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from privacy_service.console import entering, sessions
from tests.console.conftest import Opened
from workspaces.models import User

SECRET = "correct-horse-battery"


@pytest.fixture
def alice(alice: User) -> User:
    """Return the owner, who has a password."""
    cache.clear()
    alice.set_password(SECRET)
    alice.save()
    return alice


def sign_in(client: Client, password: str = SECRET, **more: str) -> tuple[int, str]:
    """Try to sign in as alice; return the status and where one is sent."""
    response = client.post("/console/sign-in", {"username": "ALICE@example.com", "password": password, **more})
    return response.status_code, response.get("Location", "")


def test_a_password_that_belongs_opens_the_console(alice: User) -> None:
    client = Client()

    assert sign_in(client) == (302, "/console/")
    assert get_user(client) == alice


def test_it_leads_back_to_the_page_that_was_wanted_and_nowhere_else(alice: User) -> None:
    assert sign_in(Client(), next="/console/w/acme/")[1] == "/console/w/acme/"
    assert sign_in(Client(), next="https://elsewhere.example/")[1] == "/console/"


@pytest.mark.parametrize("password", ["", "wrong", SECRET.upper()])
def test_any_other_does_not(alice: User, password: str) -> None:
    client = Client()

    assert sign_in(client, password) == (200, "")
    assert not get_user(client).is_authenticated


def test_nobody_signs_in_whose_account_is_inactive(alice: User) -> None:
    alice.is_active = False
    alice.save()

    assert sign_in(Client()) == (200, "")


def test_after_some_wrong_passwords_not_even_the_right_one_is_looked_at(alice: User) -> None:
    for _ in range(entering.MOST_GUESSES):
        sign_in(Client(), "wrong")

    assert sign_in(Client()) == (200, "")


def test_a_right_password_ends_the_count(alice: User) -> None:
    for _ in range(2):
        for _ in range(entering.MOST_GUESSES - 1):
            sign_in(Client(), "wrong")

        assert sign_in(Client()) == (302, "/console/")


def test_a_form_from_elsewhere_signs_nobody_in(alice: User) -> None:
    assert sign_in(Client(enforce_csrf_checks=True))[0] == 403


def test_a_link_signs_nobody_out(opened: Opened, alice: User) -> None:
    client = opened(alice)

    assert client.get("/console/sign-out").status_code == 405
    assert client.post("/console/sign-out")["Location"] == "/console/sign-in"
    assert not get_user(client).is_authenticated


@pytest.mark.parametrize(
    ("mark", "ago", "is_over"),
    [
        (sessions.SEEN, timedelta(minutes=29), False),
        (sessions.SEEN, timedelta(minutes=31), True),
        (sessions.BEGAN, timedelta(hours=7), False),
        (sessions.BEGAN, timedelta(hours=9), True),
    ],
)
@pytest.mark.parametrize("page", ["/console/w/acme/", "/admin/"])
def test_a_session_ends_when_it_was_left_alone_or_lasted_too_long(
    opened: Opened, alice: User, page: str, mark: str, ago: timedelta, is_over: bool
) -> None:
    client = opened(alice)
    session = client.session
    session[mark] = (timezone.now() - ago).timestamp()
    session.save()
    client.get(page)

    assert get_user(client).is_authenticated is not is_over


def test_a_page_that_is_opened_keeps_the_session_alive(opened: Opened, alice: User) -> None:
    client = opened(alice)
    session = client.session
    session[sessions.SEEN] = (timezone.now() - timedelta(minutes=20)).timestamp()
    session.save()
    client.get("/console/w/acme/")

    assert timezone.now().timestamp() - client.session[sessions.SEEN] < 60


def test_a_session_that_knows_no_beginning_is_over(opened: Opened, alice: User) -> None:
    client = opened(alice)
    session = client.session
    del session[sessions.BEGAN]
    session.save()

    assert client.get("/console/w/acme/").status_code == 302


def test_the_admin_counts_with_the_console_and_looks_at_no_more_passwords_either(alice: User) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    for _ in range(entering.MOST_GUESSES):
        sign_in(Client(), "wrong")

    refused = Client().post("/admin/login/", {"username": "alice@example.com", "password": SECRET})
    cache.clear()
    taken = Client().post("/admin/login/?next=/admin/", {"username": "alice@example.com", "password": SECRET})

    assert (refused.status_code, taken.status_code) == (200, 302)
    assert b"Too many tries" in refused.content
