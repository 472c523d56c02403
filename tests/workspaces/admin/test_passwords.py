"""Each new password is in the trail, whoever sets it and wherever, and never the password itself."""

from io import StringIO
from typing import Any

import orjson
import pytest
from django.contrib.auth.management.commands import changepassword
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from privacy_service.decisions.models import PendingAct
from tests.factories import forget_acts
from tests.workspaces.admin.pages import address, post
from workspaces.acts import Act
from workspaces.models import User

NEW = "correct horse battery"
TWICE = {"password1": NEW, "password2": NEW}


def told() -> list[tuple[str, str, Any]]:
    """Return who set whose password, and what else is told of it."""
    lines = list(PendingAct.objects.order_by("pk").values_list("line", flat=True))
    assert NEW not in "".join(lines)
    acts = [act for act in map(orjson.loads, lines) if act["kind"] == Act.PASSWORD_CHANGED]
    people = {str(user.pk): user.email or "" for user in User.objects.all()}
    return [
        (people.get(act.get("actor_id", ""), ""), people[act["resource_id"]], act["detail"]["is_usable"])
        for act in acts
    ]


@pytest.fixture(autouse=True)
def _only_what_follows(client: Client, bob: User) -> None:
    forget_acts()


def test_an_administrator_sets_somebody_s_password_and_takes_it_away(client: Client, bob: User) -> None:
    where = reverse("admin:auth_user_password_change", args=[bob.pk])
    post(client, where, usable_password="true", **TWICE)
    post(client, where, usable_password="false", **{"unset-password": "yes"})

    assert told() == [
        ("root@example.com", "bob@example.com", True),
        ("root@example.com", "bob@example.com", False),
    ]


def test_a_person_is_added_with_a_password_and_another_without(client: Client) -> None:
    fields = {"external_id": "", "name": ""}
    post(client, address("user", "add"), email="eve@example.com", usable_password="true", **fields, **TWICE)
    post(client, address("user", "add"), email="dan@example.com", usable_password="false", **fields)

    assert told() == [
        ("root@example.com", "eve@example.com", True),
        ("root@example.com", "dan@example.com", False),
    ]


def test_one_s_own_password_is_changed(client: Client) -> None:
    root = User.objects.get(email="root@example.com")
    root.set_password("the old one")
    root.save()
    client.force_login(root)
    forget_acts()

    post(client, reverse("admin:password_change"), old_password="the old one", new_password1=NEW, new_password2=NEW)

    assert told() == [("root@example.com", "root@example.com", True)]


def test_the_commands_tell_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changepassword.getpass, "getpass", lambda **_: NEW)  # type: ignore[attr-defined]
    call_command("changepassword", "bob@example.com", stdout=StringIO())
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NEW)
    call_command("createsuperuser", interactive=False, email="ada@example.com", stdout=StringIO())

    assert told() == [("", "bob@example.com", True), ("", "ada@example.com", True)]


def test_other_changes_of_a_person_and_signing_in_tell_of_no_password(client: Client, bob: User) -> None:
    bob.set_password(NEW)
    bob.save()
    forget_acts()
    bob.name = "Robert"
    bob.save()
    client.logout()
    client.post(reverse("console:sign_in"), {"username": "bob@example.com", "password": NEW})

    assert told() == []
