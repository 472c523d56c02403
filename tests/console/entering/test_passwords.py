"""Signing in: by a password that belongs, for a while, and out again."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.test import Client, RequestFactory
from django.utils import timezone

from privacy_service.console import sessions
from privacy_service.console.entering.guessing import MOST_FROM_ONE_ADDRESS, MOST_GUESSES, of_address, of_passwords
from privacy_service.decisions.models import PendingAct
from tests.console.conftest import Opened
from tests.console.entering.conftest import ACCOUNT, HOME, SECRET, SIGN_IN, Told, sign_in
from workspaces.models import User


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
    for _ in range(MOST_GUESSES):
        sign_in(Client(), "wrong")

    assert sign_in(Client()) == (200, "")


@pytest.mark.parametrize(
    "other",
    [
        "\uff41lice@example.com",
        "ALICE\uff20example.com",
        "alice@example\uff0ecom",
        "\U0001d41alice@example.com",
        " alice@example.com\u3000",
        "id-alice",
    ],
)
def test_no_other_spelling_and_no_other_name_of_a_person_has_tries_of_its_own(alice: User, other: str) -> None:
    assert sign_in(Client(), username=other) == (302, "/console/")
    for _ in range(MOST_GUESSES - 2):
        of_passwords(str(alice.pk)).add()
    sign_in(Client(), "wrong")
    sign_in(Client(), "wrong", username=other)

    assert sign_in(Client()) == sign_in(Client(), username=other) == (200, "")


def test_an_empty_password_does_not_end_the_count(alice: User) -> None:
    for _ in range(MOST_GUESSES):
        sign_in(Client(), "wrong")
        sign_in(Client(), "")

    assert sign_in(Client()) == (200, "")


@pytest.mark.parametrize(("before", "is_set"), [(MOST_GUESSES - 1, True), (MOST_GUESSES, False)])
def test_the_old_password_is_guessed_in_the_admin_no_longer_than_at_the_door(
    opened: Opened, alice: User, before: int, is_set: bool
) -> None:
    alice.is_staff = True
    alice.save()
    client = opened(alice)
    for _ in range(before):
        of_passwords(str(alice.pk)).add()
    new = "another-horse-battery"
    typed = {"old_password": SECRET, "new_password1": new, "new_password2": new}
    page = client.get("/admin/password_change/").content.decode()
    answer = client.post("/admin/password_change/", typed)

    alice.refresh_from_db()
    assert 'name="old_password"' in page
    assert alice.check_password(new) is is_set
    assert ("Too many tries" in answer.content.decode()) is not is_set


def test_another_spelling_of_a_wrong_try_is_told_of_the_person(alice: User, told: Told) -> None:
    sign_in(Client(), "wrong", username="\uff21LICE@example.com")

    assert str(alice.pk) in PendingAct.objects.get().line


def test_what_can_be_no_name_is_refused_like_any_other(alice: User) -> None:
    assert sign_in(Client(), username="alice\0@example.com") == (200, "")
    assert sign_in(Client(), username="\uff41" * 400) == (200, "")


def test_an_address_of_many_wrong_tries_is_closed_for_every_name_and_told_of_once(
    alice: User, told: Told, rf: RequestFactory
) -> None:
    for _ in range(MOST_FROM_ONE_ADDRESS - 1):
        of_address(rf.get("/")).add()
    right = sign_in(Client())
    for number in range(4):
        sign_in(Client(), "wrong", username=f"{number}@example.com")

    assert (right, sign_in(Client())) == ((302, "/console/"), (200, ""))
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7")) == (302, "/console/")
    assert [detail.get("cause") for _, detail in told()] == [None, "password", "too-many-tries", None]


@pytest.mark.parametrize(
    ("is_trusted", "one", "other", "is_same"),
    [
        (True, ["192.0.2.1", "198.51.100.1"], ["192.0.2.1", "198.51.100.2"], False),
        (True, ["192.0.2.1", "10.0.0.1, 198.51.100.1"], ["192.0.2.1", "10.0.0.2, 198.51.100.1"], True),
        (True, ["192.0.2.1", "made-up"], ["192.0.2.1", ""], True),
        (False, ["192.0.2.1", "198.51.100.1"], ["192.0.2.1", "198.51.100.2"], True),
        (False, ["192.0.2.1", ""], ["192.0.2.2", ""], False),
        (False, ["::ffff:192.0.2.1", ""], ["192.0.2.1", ""], True),
        (False, ["2001:db8::1", ""], ["2001:db8::ffff:1", ""], True),
        (False, ["2001:db8:0:1::1", ""], ["2001:db8:0:2::1", ""], False),
    ],
)
def test_an_address_is_what_the_proxy_saw_where_it_is_believed_and_a_network_of_ipv6(
    rf: RequestFactory, settings: Any, is_trusted: bool, one: list[str], other: list[str], is_same: bool
) -> None:
    settings.PRIVACY_TRUST_PROXY = is_trusted
    names = [of_address(rf.get("/", REMOTE_ADDR=a, HTTP_X_FORWARDED_FOR=b)).name for a, b in (one, other)]

    assert (names[0] == names[1]) is is_same


def test_a_right_password_ends_the_count(alice: User) -> None:
    for _ in range(2):
        for _ in range(MOST_GUESSES - 1):
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


def test_it_ends_under_a_prefix_too(opened: Opened, alice: User) -> None:
    client = opened(alice)
    session = client.session
    session[sessions.SEEN] = (timezone.now() - timedelta(minutes=31)).timestamp()
    session.save()
    client.get(HOME, SCRIPT_NAME="/door")

    assert not get_user(client).is_authenticated


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


def test_the_admin_has_no_door_of_its_own(opened: Opened, alice: User, bob: User) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    page = opened(None).get("/admin/workspaces/user/", follow=True)
    posted = Client().post("/admin/login/?next=/admin/", {"username": alice.email, "password": SECRET})

    assert page.redirect_chain[-1][0] == f"{SIGN_IN}?next=/admin/workspaces/user/"
    assert posted.status_code == 405
    assert sign_in(Client(), next="/admin/workspaces/user/")[1] == "/admin/workspaces/user/"
    assert Client().get("/admin/login/?next=//elsewhere.example/")["Location"] == f"{SIGN_IN}?next=/console/"


def test_who_is_no_administrator_is_told_so_instead_of_sent_in_circles(opened: Opened, bob: User) -> None:
    refused = opened(bob).get("/admin/", follow=True)

    assert refused.status_code == 403
    assert "for administrators of the installation" in refused.content.decode()


def test_the_trail_tells_who_signed_in_and_what_failed_and_repeats_nothing_that_was_typed(
    alice: User, told: Told
) -> None:
    sign_in(Client(), "hunter2-of-the-canary")
    sign_in(Client())
    Client().post(SIGN_IN, {"username": "canary@elsewhere.example", "password": "hunter2-of-the-canary"})

    assert told() == [
        ("sign-in-failed", {"way": "password", "cause": "password"}),
        ("signed-in", {"way": "password", "second_factor": "none"}),
        ("sign-in-failed", {"way": "password", "cause": "password"}),
    ]
    lines = list(PendingAct.objects.values_list("line", flat=True))
    assert [str(alice.pk) in line for line in lines] == [True, True, False]
    assert not any("canary" in line or "alice@" in line for line in lines)


def test_a_closed_count_is_told_of_once(alice: User, told: Told) -> None:
    for _ in range(MOST_GUESSES + 3):
        sign_in(Client(), "wrong")

    causes = [detail["cause"] for _kind, detail in told()]
    assert causes == ["password"] * MOST_GUESSES + ["too-many-tries"]


def test_signing_in_gives_the_session_a_new_name(alice: User) -> None:
    client = Client()
    client.get(SIGN_IN)
    client.session["planted"] = "yes"
    client.session.save()
    before = client.session.session_key
    sign_in(client)

    assert client.session.session_key != before


def test_signing_out_everywhere_ends_every_session_and_no_later_one(opened: Opened, alice: User, told: Told) -> None:
    here, there = opened(alice), opened(alice)
    told_before = len(told())
    left = here.post(f"{ACCOUNT}/sign-out-everywhere")

    assert left["Location"] == SIGN_IN
    assert (here.get(HOME).status_code, there.get(HOME).status_code) == (302, 302)
    assert opened(alice).get(HOME).status_code == 200
    assert told()[told_before:] == [("signed-out-everywhere", {})]


def test_without_a_count_nobody_signs_in_and_nothing_is_recorded(alice: User, told: Told, settings: object) -> None:
    settings.CACHES = unreachable()  # type: ignore[attr-defined]

    assert sign_in(Client()) == (200, "")
    assert told() == []


def unreachable() -> dict[str, dict[str, object]]:
    """Return caches at an address where nobody answers."""
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    return {name: dict(redis) for name in ("default", "waffle")}
