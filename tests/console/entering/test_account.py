"""One's own page: an authenticator turned on, its codes renewed, and turned off."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone

from privacy_service.console.entering.guessing import MOST_GUESSES
from privacy_service.console.entering.pending import Pending, let_in
from privacy_service.console.sessions import BEGAN
from privacy_service.console.tasks import forget_sign_ins
from tests.console.conftest import Opened
from tests.console.entering.conftest import ACCOUNT, HOME, SECRET, Told, shown_by, sign_in, turned_on
from workspaces import second_factor
from workspaces.models import RecoveryCode, SecondFactor, SignIn, User

CODES = re.compile(r"<li>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</li>")


def begun(client: Client, user: User) -> SecondFactor:
    """Begin, and return the authenticator whose first code is waited for."""
    client.post(f"{ACCOUNT}/second-factor/begin")
    waiting = second_factor.begun(user)
    assert waiting
    return waiting


def test_the_key_is_shown_as_a_picture_and_as_text_until_a_first_code_was_seen(opened: Opened, bob: User) -> None:
    client = opened(bob)
    waiting = begun(client, bob)
    page = unescape(client.get(ACCOUNT).content.decode())

    assert "<svg" in page
    assert second_factor.spelled_key(waiting) in page.replace(" ", "")
    assert client.get(HOME).status_code == 200, "Nothing is asked before it is on."
    client.post(f"{ACCOUNT}/second-factor/confirm", {"code": shown_by(waiting)})
    assert second_factor.spelled_key(waiting) not in client.get(ACCOUNT).content.decode().replace(" ", "")


def test_the_picture_says_what_authenticators_read(bob: User) -> None:
    factor = second_factor.begin(bob)
    address = urlsplit(second_factor.address_of(factor))

    assert (address.scheme, address.netloc, address.path) == ("otpauth", "totp", "/privacy-service%3Abob%40example.com")
    assert parse_qs(address.query) == {"secret": [second_factor.spelled_key(factor)], "issuer": ["privacy-service"]}


def test_a_first_code_turns_it_on_and_shows_recovery_codes_once(opened: Opened, bob: User, told: Told) -> None:
    client = opened(bob)
    told_before = len(told())
    waiting = begun(client, bob)
    page = client.post(f"{ACCOUNT}/second-factor/confirm", {"code": shown_by(waiting)}).content.decode()
    again = client.get(ACCOUNT).content.decode()

    assert len(CODES.findall(page)) == second_factor.RECOVERY_CODES
    assert CODES.findall(again) == []
    assert told()[told_before:] == [
        ("second-factor-on", {}),
        ("recovery-codes-made", {"count": second_factor.RECOVERY_CODES}),
    ]


def test_a_wrong_first_code_turns_nothing_on(opened: Opened, bob: User) -> None:
    client = opened(bob)
    begun(client, bob)
    page = client.post(f"{ACCOUNT}/second-factor/confirm", {"code": "000000"}, follow=True).content.decode()

    assert "This code is not valid now" in page
    assert second_factor.factor_of(bob) is None


@pytest.mark.parametrize("step", ["confirm", "codes", "end"])
def test_a_step_that_does_not_fit_says_so(opened: Opened, bob: User, step: str) -> None:
    page = opened(bob).post(f"{ACCOUNT}/second-factor/{step}", {"code": "000000"}, follow=True).content.decode()

    assert "This step does not fit what is on now" in page


def proven(user: User) -> tuple[Client, SecondFactor, list[str]]:
    """Return somebody who is signed in with a code of their authenticator, and it, and the recovery codes."""
    factor, codes = turned_on(user)
    client = Client()
    sign_in(client)
    client.post("/console/sign-in/code", {"code": shown_by(factor)})
    return client, factor, codes


def test_turning_it_off_takes_a_code(alice: User, told: Told) -> None:
    client, factor, _codes = proven(alice)
    told_before = len(told())
    client.post(f"{ACCOUNT}/second-factor/end", {"code": "000000"})
    assert second_factor.factor_of(alice)
    client.post(f"{ACCOUNT}/second-factor/end", {"code": shown_by(factor, steps=1)})

    assert second_factor.factor_of(alice) is None
    assert not RecoveryCode.objects.exists()
    assert told()[told_before:] == [
        ("sign-in-failed", {"way": "account", "cause": "code"}),
        ("second-factor-off", {}),
    ]
    assert sign_in(Client()) == (302, "/console/")


def test_a_second_one_cannot_be_begun_over_the_first(alice: User) -> None:
    client, factor, _codes = proven(alice)
    page = client.post(f"{ACCOUNT}/second-factor/begin", follow=True).content.decode()

    assert "This step does not fit" in page
    assert SecondFactor.objects.get().sealed_key == factor.sealed_key


def test_new_recovery_codes_take_the_place_of_the_old(alice: User) -> None:
    client, factor, codes = proven(alice)
    page = client.post(f"{ACCOUNT}/second-factor/codes", {"code": shown_by(factor, steps=1)}).content.decode()
    fresh = CODES.findall(page)

    assert len(set(fresh) | set(codes)) == 2 * second_factor.RECOVERY_CODES
    sign_in(another := Client())
    assert another.post("/console/sign-in/code", {"code": codes[1]}).status_code == 400
    assert another.post("/console/sign-in/code", {"code": fresh[1]}).status_code == 302


def test_codes_are_guessed_here_no_more_often_than_at_the_door(alice: User) -> None:
    client, factor, _codes = proven(alice)
    for _ in range(MOST_GUESSES):
        client.post(f"{ACCOUNT}/second-factor/end", {"code": "000000"})
    page = client.post(
        f"{ACCOUNT}/second-factor/end", {"code": shown_by(factor, steps=1)}, follow=True
    ).content.decode()

    assert "Too many tries" in page
    assert second_factor.factor_of(alice)


def test_nobody_else_sees_the_page(opened: Opened) -> None:
    assert opened(None).get(ACCOUNT)["Location"] == f"/console/sign-in?next={ACCOUNT}"


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def in_browser(user_agent: str) -> Client:
    """Return a browser of alice's, signed in."""
    client = Client(headers={"User-Agent": user_agent})
    assert sign_in(client)[0] == 302
    return client


def listed(client: Client) -> list[str]:
    """Return the sign-ins that the account page lists, by browser."""
    return re.findall(r'<span class="grow"><strong>(.*?)</strong>', client.get(ACCOUNT).content.decode())


def id_elsewhere(client: Client) -> str:
    """Return what the page sends to end the first sign-in elsewhere."""
    found = re.search(r'name="which" value="([0-9a-f-]{36})"', client.get(ACCOUNT).content.decode())
    assert found
    return found[1]


def test_a_sign_in_is_listed_by_its_browser_and_ended_from_another(alice: User, told: Told) -> None:
    at_work, lost = in_browser(FIREFOX), in_browser("curl/8.5.0")
    assert sorted(listed(at_work)) == ["Another program", "Firefox, Linux"]
    page = at_work.post(f"{ACCOUNT}/sign-ins/end", {"which": id_elsewhere(at_work)}, follow=True).content.decode()

    assert "Whoever has a page open there signs in anew." in page
    assert listed(at_work) == ["Firefox, Linux"]
    assert lost.get(HOME).status_code == 302
    assert told()[-1] == ("sign-ins-ended", {"count": 1})
    assert FIREFOX not in str(told())


def test_all_others_are_ended_and_this_one_goes_on(alice: User, told: Told) -> None:
    at_work, *others = (in_browser(FIREFOX) for _ in range(3))
    at_work.post(f"{ACCOUNT}/sign-ins/end", {"which": "others"})

    assert [one.get(HOME).status_code for one in (at_work, *others)] == [200, 302, 302]
    assert told()[-1] == ("sign-ins-ended", {"count": 2})


def test_nobody_ends_somebody_else_s_sign_in_or_their_own_by_this_button(
    alice: User, bob: User, opened: Opened, told: Told
) -> None:
    hers, his = in_browser(FIREFOX), opened(bob)
    his.get(ACCOUNT)
    of_hers, of_his = (SignIn.objects.get(user=user).pk for user in (alice, bob))
    for which in (of_hers, of_his, "nonsense", ""):
        page = his.post(f"{ACCOUNT}/sign-ins/end", {"which": which}, follow=True).content.decode()
        assert "There was nothing to end" in page

    assert (hers.get(HOME).status_code, his.get(HOME).status_code) == (200, 200)
    assert "sign-ins-ended" not in str(told())


def test_a_new_password_ends_all_other_sign_ins(alice: User) -> None:
    alice.is_staff = True
    alice.save()
    here, elsewhere = in_browser(FIREFOX), in_browser(FIREFOX)
    new = {"new_password1": "another long secret", "new_password2": "another long secret"}
    changed = here.post("/admin/password_change/", {"old_password": SECRET, **new})

    assert changed.status_code == 302
    assert (here.get(HOME).status_code, elsewhere.get(HOME).status_code) == (200, 302)
    assert listed(here) == ["Firefox, Linux"]


def test_whoever_signs_out_leaves_the_list(alice: User) -> None:
    here, elsewhere = in_browser(FIREFOX), in_browser(FIREFOX)
    elsewhere.post("/console/sign-out")

    assert len(listed(here)) == 1


def from_before(client: Client) -> Client:
    """Have a browser be one that was signed in before sign-ins had names."""
    session = client.session
    SignIn.objects.filter(pk=session.pop("sign_in")).delete()
    session.save()
    return client


def test_a_session_from_before_sign_ins_were_listed_goes_on(alice: User) -> None:
    client = from_before(in_browser(FIREFOX))

    assert client.get(HOME).status_code == 200
    assert listed(client) == ["Firefox, Linux"]


def test_all_others_are_ended_with_those_that_are_not_listed(alice: User, told: Told) -> None:
    here, elsewhere = in_browser(FIREFOX), from_before(in_browser(FIREFOX))
    began = here.session[BEGAN]
    here.post(f"{ACCOUNT}/sign-ins/end", {"which": "others"})

    assert (elsewhere.get(HOME).status_code, here.get(HOME).status_code) == (302, 200)
    assert here.session[BEGAN] == began, "It lasts no longer for it."
    assert told()[-1] == ("sign-ins-ended", {"count": 0})
    here.post(f"{ACCOUNT}/sign-out-everywhere")
    assert here.get(HOME).status_code == 302


@pytest.mark.parametrize("name", ["garbage", "", None, 5, ["a"], {"a": 1}])
def test_a_session_that_names_no_sign_in_is_over(alice: User, name: object) -> None:
    client = in_browser(FIREFOX)
    session = client.session
    session["sign_in"] = name
    session.save()

    assert client.get(HOME).status_code == 302


def test_whoever_takes_over_a_browser_ends_the_sign_in_that_was_there(alice: User, bob: User) -> None:
    request = RequestFactory().get("/", headers={"User-Agent": FIREFOX})
    request.session, request.user = SessionStore(), AnonymousUser()
    left = []
    for user in (alice, alice, bob):
        let_in(request, Pending(user, "openid", ""), proven="provider")
        left.append(list(SignIn.objects.values_list("user", flat=True)))

    assert left == [[alice.pk], [alice.pk], [bob.pk]]
    assert str(SignIn.objects.get().pk) == request.session["sign_in"]


def test_what_is_left_of_sign_ins_goes_once_they_are_over(alice: User, bob: User, opened: Opened) -> None:
    alive, closed = in_browser(FIREFOX), opened(bob)
    closed.get(ACCOUNT)
    over = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE + 1)
    SignIn.objects.filter(user=bob).update(began_at=over)
    Session.objects.filter(pk=closed.session.session_key).update(expire_date=over)
    forget_sign_ins()

    assert list(SignIn.objects.values_list("user", flat=True)) == [alice.pk]
    assert [one.pk for one in Session.objects.all()] == [alive.session.session_key]
    assert "console.forget_sign_ins" in {order["task"] for order in settings.CELERY_BEAT_SCHEDULE.values()}
