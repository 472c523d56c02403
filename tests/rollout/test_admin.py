"""An administrator turns the release flag, with the settings that count and no others."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from waffle import models as waffle_models

from privacy_service.rollout import release
from privacy_service.rollout.models import PII_ACCESS, Flag
from privacy_service.rollout.release import is_live_for
from tests.factories import make_workspace
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)  # Outside a transaction, so that answers are really cached.

LIST = "admin:rollout_flag_changelist"


@pytest.fixture
def client(transactional_db: None) -> Client:
    """Return the administrator's browser."""
    del transactional_db
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


@pytest.fixture
def flag(transactional_db: None, workspace: Workspace) -> Flag:
    """Return the flag, which is on for nobody."""
    del transactional_db, workspace
    stored: Flag = Flag.objects.get(name=PII_ACCESS)
    return stored


def page_of(flag: Flag) -> str:
    return reverse("admin:rollout_flag_change", args=[flag.pk])


def save(client: Client, flag: Flag, **changed: Any) -> Any:
    fields = {"everyone": "", "percent": "0", "salt": flag.salt, "note": ""}
    return client.post(page_of(flag), fields | changed)


def test_forcing_a_workspace_on_and_off_takes_effect_at_once(client: Client, workspace: Workspace, flag: Flag) -> None:
    answers = [is_live_for(workspace)]
    save(client, flag, workspaces=[workspace.pk])
    answers.append(is_live_for(workspace))
    save(client, flag, everyone="true", excluded_workspaces=[workspace.pk])
    answers.append(is_live_for(workspace))

    assert answers == [False, True, False]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"everyone": "true"}, "public"),
        ({"everyone": "false"}, "off"),
        (
            {"percent": "12.5"},
            "dial 12.5",
        ),
        ({"percent": "100"}, "dial 100"),
    ],
)
def test_the_dial_is_turned(client: Client, flag: Flag, fields: dict[str, str], expected: str) -> None:
    save(client, flag, **fields)

    assert str(release.state().position) == expected


def test_the_stored_answer_is_shown(client: Client, flag: Flag) -> None:
    release.turn_off()

    page = client.get(page_of(flag)).content.decode()

    assert '<option value="false" selected>Nobody</option>' in page


def test_a_workspace_forced_on_and_off_at_once_is_refused(client: Client, workspace: Workspace, flag: Flag) -> None:
    both = [workspace.pk]

    page = save(
        client, flag, workspaces=[*both, make_workspace("globex").pk], excluded_workspaces=both
    ).content.decode()

    assert "Forced on and forced off at once: acme. Take each out of one of the two lists." in page
    assert not is_live_for(workspace)


def test_a_share_beyond_all_is_refused(client: Client, flag: Flag) -> None:
    page = save(client, flag, percent="101").content.decode()

    assert "Ensure this value is less than or equal to 100." in page


def test_the_form_asks_what_counts_and_nothing_else(client: Client, flag: Flag) -> None:
    form = client.get(page_of(flag)).context["adminform"].form

    assert list(form.fields) == ["everyone", "percent", "workspaces", "excluded_workspaces", "salt", "note"]


def test_no_page_of_the_flag_loads_every_workspace(client: Client, flag: Flag) -> None:
    make_workspace("umbrella-corporation")

    page = client.get(page_of(flag)).content.decode()

    assert "umbrella-corporation" not in page


def test_the_flag_is_neither_deleted_nor_doubled(client: Client, flag: Flag) -> None:
    deletion = client.post(reverse("admin:rollout_flag_delete", args=[flag.pk]), {"post": "yes"})
    second = client.post(reverse("admin:rollout_flag_add"), {"everyone": "", "salt": "x"})

    assert (deletion.status_code, second.status_code) == (403, 403)
    assert "delete_selected" not in client.get(reverse(LIST)).content.decode()
    assert list(Flag.objects.values_list("name", flat=True)) == [PII_ACCESS]


def test_a_flag_that_was_lost_is_added_back(client: Client, flag: Flag) -> None:
    flag.delete()

    client.post(reverse("admin:rollout_flag_add"), {"everyone": "", "percent": "5", "salt": "pii_access", "note": ""})

    assert str(release.state().position) == "dial 5"


def test_only_the_flag_that_is_asked_is_listed(client: Client, flag: Flag) -> None:
    Flag.objects.create(name="something-else")

    page = client.get(reverse(LIST)).content.decode()

    assert "something-else" not in page
    assert "0 % of workspaces, and those forced on" in page


@pytest.mark.parametrize("model", [waffle_models.Flag, waffle_models.Switch, waffle_models.Sample])
def test_waffle_offers_no_pages_of_its_own(model: Any) -> None:
    assert not admin.site.is_registered(model)
