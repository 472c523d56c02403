"""A second factor helped out of: by an administrator, or at the command line where none can sign in."""

import logging
from io import StringIO

import pytest
from django.contrib.auth.models import Permission as PermissionRow
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import TOTP

from tests.factories import make_user
from workspaces import second_factor
from workspaces.exceptions import CodeRefused
from workspaces.models import SecondFactor, User


def turned_on(user: User) -> list[str]:
    """Turn an authenticator on for somebody, and return the recovery codes."""
    factor = second_factor.begin(user)
    return second_factor.confirm(user, f"{TOTP(second_factor.key_of(factor)).token():06}")


def off(person: str) -> str:
    """Turn it off at the command line, and return what is printed."""
    printed = StringIO()
    call_command("second_factor", "off", person, stdout=printed)
    return printed.getvalue()


@pytest.mark.parametrize("name", ["BOB@example.com", "id-bob"])
def test_the_command_line_turns_it_off_and_ends_every_sign_in(bob: User, name: str) -> None:
    turned_on(bob)
    client = Client()
    client.force_login(bob)

    assert "The person signs in with their password now" in off(name)
    assert second_factor.factor_of(bob) is None
    assert client.get("/console/account").status_code == 302


def test_the_command_line_says_what_is_not_there(bob: User) -> None:
    with pytest.raises(CommandError, match="Nobody has this e-mail"):
        off("nobody@example.com")
    with pytest.raises(CommandError, match="has no second factor"):
        off("id-bob")


def test_an_administrator_turns_it_off_but_not_a_superusers(db: None) -> None:
    helper = make_user("helper", is_staff=True)
    boss, bob = make_user("boss", is_staff=True, is_superuser=True), make_user("bob")
    helper.user_permissions.add(*PermissionRow.objects.filter(codename__in=("view_user", "change_user")))
    turned_on(boss)
    turned_on(bob)
    client = Client()
    client.force_login(helper)
    asked = {"action": "reset_second_factor", "_selected_action": [str(boss.pk), str(bob.pk)]}
    page = client.post("/admin/workspaces/user/", asked, follow=True).content.decode()

    assert "1 turned off" in page
    assert (second_factor.factor_of(bob), bool(second_factor.factor_of(boss))) == (None, True)


def test_a_key_that_does_not_open_refuses_codes_and_leaves_recovery_codes(
    bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    codes = turned_on(bob)
    SecondFactor.objects.update(sealed_key="AAAA")

    with pytest.raises(CodeRefused), caplog.at_level(logging.ERROR):
        second_factor.prove(bob, "123456")
    assert "does not open" in caplog.text
    assert second_factor.prove(bob, codes[0]) == "recovery-code"


def test_what_was_begun_long_ago_is_not_confirmed(bob: User) -> None:
    factor = second_factor.begin(bob)
    SecondFactor.objects.update(made_at=factor.made_at - second_factor._BEGUN)

    with pytest.raises(CodeRefused, match="Begin again"):
        second_factor.confirm(bob, f"{TOTP(second_factor.key_of(factor)).token():06}")
