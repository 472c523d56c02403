"""The code after the password: asked of who has an authenticator, wanted of some, taken once, and not guessed."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.utils import timezone

from privacy_service.console.entering.guessing import MOST_GUESSES
from tests.console.conftest import Opened
from tests.console.entering.conftest import ACCOUNT, CODE, HOME, SIGN_IN, Told, shown_by, sign_in, turned_on
from workspaces import second_factor
from workspaces.models import RecoveryCode, SecondFactor, User, Workspace


def asked(client: Client, **more: str) -> Client:
    """Give alice's password, so that the code is due."""
    assert sign_in(client, **more) == (302, CODE)
    return client


def given(client: Client, code: str) -> tuple[int, str]:
    """Give a code; return the status and where one is sent."""
    response = client.post(CODE, {"code": code})
    return response.status_code, response.get("Location", "")


def test_a_password_alone_opens_nothing_where_an_authenticator_is_on(alice: User, factor: SecondFactor) -> None:
    client = asked(Client())

    assert not get_user(client).is_authenticated
    assert client.get(HOME)["Location"] == f"{SIGN_IN}?next={HOME}"


def test_the_code_lets_in_under_a_new_session_and_leads_on(alice: User, factor: SecondFactor, told: Told) -> None:
    client = asked(Client(), next=HOME)
    before = client.session.session_key

    assert given(client, shown_by(factor)) == (302, HOME)
    assert get_user(client) == alice
    assert client.session.session_key != before
    assert told() == [("signed-in", {"way": "password", "second_factor": "code"})]


@pytest.mark.parametrize("spelling", ["{} ", "{:.3} {:.3}", "{}-"])
def test_a_code_may_be_typed_as_it_is_shown(alice: User, factor: SecondFactor, spelling: str) -> None:
    code = shown_by(factor)
    typed = f"{code[:3]} {code[3:]}" if spelling.count("{") > 1 else spelling.format(code)

    assert given(asked(Client()), typed)[0] == 302


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_code_of_another_time_is_refused(alice: User, factor: SecondFactor, steps: int, told: Told) -> None:
    client = asked(Client())

    assert given(client, shown_by(factor, steps=steps)) == (400, "")
    assert told() == [("sign-in-failed", {"way": "password", "cause": "code"})]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "१२३४५६", "0" * 400, "-00001"])
def test_what_is_no_code_is_refused(alice: User, factor: SecondFactor, code: str) -> None:
    assert given(asked(Client()), code) == (400, "")


def test_a_code_is_taken_once_and_none_from_before_it(alice: User, factor: SecondFactor) -> None:
    now, earlier = shown_by(factor), shown_by(factor, steps=-1)

    assert given(asked(Client()), now)[0] == 302
    assert given(asked(Client()), now)[0] == 400
    assert given(asked(Client()), earlier)[0] == 400


def test_after_some_wrong_codes_not_even_the_right_one_is_looked_at(
    alice: User, factor: SecondFactor, told: Told
) -> None:
    client = asked(Client())
    for _ in range(MOST_GUESSES):
        given(client, "000000")

    assert given(client, shown_by(factor)) == (400, "")
    assert given(asked(Client()), shown_by(factor)) == (400, "")
    assert [detail["cause"] for _, detail in told()] == ["code"] * MOST_GUESSES + ["too-many-tries"]


def test_a_recovery_code_stands_in_once_and_the_trail_tells_how_many_are_left(alice: User, told: Told) -> None:
    codes = turned_on(alice)[1]
    told_before = len(told())

    assert given(asked(Client()), codes[0].upper()) == (302, "/console/")
    assert given(asked(Client()), codes[0]) == (400, "")
    assert told()[told_before:] == [
        ("recovery-code-used", {"left": second_factor.RECOVERY_CODES - 1}),
        ("signed-in", {"way": "password", "second_factor": "recovery-code"}),
        ("sign-in-failed", {"way": "password", "cause": "code"}),
    ]


def test_recovery_codes_and_the_key_are_stored_so_that_nobody_reads_them(alice: User) -> None:
    factor, codes = turned_on(alice)
    stored = " ".join([*RecoveryCode.objects.values_list("digest", flat=True), factor.sealed_key])

    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    assert second_factor.key_of(factor).hex() not in stored
    assert second_factor.spelled_key(factor) not in stored


def test_whoever_waits_too_long_begins_again(alice: User, factor: SecondFactor) -> None:
    client = asked(Client())
    session = client.session
    session["code_is_due"] = {**session["code_is_due"], "at": (timezone.now() - timedelta(minutes=6)).timestamp()}
    session.save()

    assert given(client, shown_by(factor)) == (302, "/console/")
    assert not get_user(client).is_authenticated


@pytest.mark.parametrize("change", ["password", "active"])
def test_a_password_that_was_changed_or_an_account_that_was_closed_meanwhile_lets_nobody_in(
    alice: User, factor: SecondFactor, change: str
) -> None:
    client = asked(Client())
    alice.set_password("another") if change == "password" else setattr(alice, "is_active", False)
    alice.save()
    given(client, shown_by(factor))

    assert not get_user(client).is_authenticated


def test_a_session_from_before_the_authenticator_proves_it_first(opened: Opened, alice: User) -> None:
    client = opened(alice)
    factor = turned_on(alice)[0]
    page = client.get(HOME)
    refused = client.post(f"{ACCOUNT}/second-factor/end", {"code": "000000"})
    live = client.get(f"{HOME}pulse", headers={"HX-Request": "true"})

    assert page["Location"] == f"{CODE}?next=/console/w/acme/"
    assert refused["Location"] == CODE
    assert (live.status_code, live["HX-Redirect"]) == (204, CODE)
    done = client.post(CODE, {"code": shown_by(factor), "next": HOME})
    assert (done["Location"], client.get(HOME).status_code) == (HOME, 200)


def test_an_authenticator_made_anew_is_proven_anew(opened: Opened, alice: User) -> None:
    first, codes = turned_on(alice)
    client = asked(Client())
    given(client, shown_by(first))
    second_factor.turn_off(alice, codes[0])
    turned_on(alice)

    assert client.get(HOME).status_code == 302


@pytest.mark.parametrize(
    ("setting", "is_staff", "is_wanted"),
    [
        ("optional", True, False),
        ("administrators", False, False),
        ("administrators", True, True),
        ("everybody", False, True),
    ],
)
@pytest.mark.parametrize("page", [HOME, "/admin/workspaces/user/"])
def test_the_installation_can_want_a_second_factor(
    opened: Opened, alice: User, settings: object, setting: str, is_staff: bool, is_wanted: bool, page: str
) -> None:
    settings.PRIVACY_SECOND_FACTOR = setting  # type: ignore[attr-defined]
    alice.is_staff = alice.is_superuser = is_staff
    alice.save()
    answer = opened(alice).get(page)

    is_sent = answer.status_code == 302 and answer["Location"] == f"{ACCOUNT}?next={page}"
    assert is_sent is is_wanted


def test_an_owner_wants_it_of_everybody_and_whoever_has_none_turns_one_on_first(
    opened: Opened, alice: User, bob: User, workspace: Workspace, told: Told
) -> None:
    owner, member = opened(alice), opened(bob)
    owner.post(f"{HOME}access/second-factor", {"demand": "yes"})
    sent = member.get(HOME)
    page = member.get(sent["Location"]).content.decode()
    member.post(f"{ACCOUNT}/second-factor/begin")
    waiting = second_factor.begun(bob)
    assert waiting
    done = member.post(f"{ACCOUNT}/second-factor/confirm", {"code": shown_by(waiting)}).content.decode()

    assert sent["Location"] == f"{ACCOUNT}?next={HOME}"
    assert "A second factor is wanted of everybody who opens Acme" in page
    assert f'href="{HOME}"' in done
    assert member.get(HOME).status_code == 200
    assert owner.get(HOME).status_code == 302
    assert told()[0] == ("workspace-changed", {"demands_second_factor": True})


@pytest.mark.parametrize("is_member", [True, False])
def test_what_a_workspace_wants_of_its_people_it_wants_in_the_admin_too(
    opened: Opened, alice: User, mallory: User, workspace: Workspace, is_member: bool
) -> None:
    someone, page = alice if is_member else mallory, f"/admin/workspaces/workspace/{workspace.pk}/change/"
    someone.is_staff = someone.is_superuser = True
    someone.save()
    assert opened(someone).get(page).status_code == 200
    workspace.demands_second_factor = True
    workspace.save()
    answer = opened(someone).get(page)

    assert answer.get("Location", "") == (f"{ACCOUNT}?next={page}" if is_member else "")


def test_under_a_prefix_the_code_is_due_as_anywhere(opened: Opened, alice: User) -> None:
    client = opened(alice)
    turned_on(alice)

    assert client.get(HOME, SCRIPT_NAME="/door").get("Location") == f"{CODE}?next=/door{HOME}"


def test_only_owners_want_it(opened: Opened, carol: User, workspace: Workspace) -> None:
    opened(carol).post(f"{HOME}access/second-factor", {"demand": "yes"})
    workspace.refresh_from_db()

    assert not workspace.demands_second_factor
