"""The demo workspace: made once, and its people given new passwords on demand."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from workspaces.models import User

pytestmark = pytest.mark.django_db


def told(**options: object) -> str:
    """Run the command and return what it says."""
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def passwords_in(text: str) -> list[str]:
    """Return the passwords that are shown, the cast's first."""
    return re.findall(r", password (\S+)", text)


def test_a_later_run_says_how_new_passwords_are_given_and_they_open_the_console() -> None:
    first, second = told(alive=True), told(alive=True)
    renewed = told(passwords=True)
    shown = passwords_in(renewed)

    assert ("--passwords" in first, "--passwords" in second, "--passwords" in renewed) == (False, True, False)
    assert (len(passwords_in(first)), passwords_in(second), len(shown)) == (2, [], 2)
    assert set(shown).isdisjoint(passwords_in(first))
    for address, password in zip(("alice@acme.example", "admin@acme.example"), shown, strict=True):
        assert User.objects.get(email=address).check_password(password)
        assert not User.objects.get(email=address).check_password(passwords_in(first)[0])


@pytest.mark.parametrize("is_renewed", [False, True])
def test_the_one_password_of_the_cast_opens_the_console_to_everybody_of_the_demo(is_renewed: bool) -> None:
    said = told(alive=True)
    said = told(passwords=True) if is_renewed else said
    password = passwords_in(said)[0]
    people = User.objects.filter(kind=User.Kind.PERSON).exclude(email="admin@acme.example")

    assert "as alice@acme.example, bob, carol, dora or erin, password" in said
    assert {one.external_id for one in people} == {"alice", "bob", "carol", "dora", "erin", "mallory"}
    assert [one.external_id for one in people if not one.check_password(password)] == []


def test_who_has_no_password_yet_is_not_said_to_sign_in() -> None:
    assert "as alice@acme.example\n" in told()
    assert "as alice@acme.example, bob or carol, password" in told(passwords=True)
