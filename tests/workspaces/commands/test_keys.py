"""What an operator reads when they run `manage.py keys`."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from tests.factories import make_key
from tests.workspaces.test_rotating import systems
from workspaces import data_keys
from workspaces.models import ApiKey, DataKey

__all__ = ["systems"]  # A fixture.


def run(*arguments: str) -> str:
    """Return what the command writes."""
    out = StringIO()
    call_command("keys", *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.usefixtures("systems")
def test_status_says_what_each_key_has_sealed_and_what_is_due() -> None:
    key = DataKey.objects.get().pk

    told = run("status")

    assert f"{key}  present      0 days           2 values  wrapped by {data_keys.masters()[0].id}" in told
    assert "subjects_destination.sealed: " in told
    assert "Due: 1 values are older than stored keys: run `manage.py keys rotate`." in told
    assert "canary" not in told


@pytest.mark.usefixtures("systems")
def test_a_rotation_says_what_it_does_and_status_then_knows_of_nothing_due() -> None:
    foretold = run("rotate", "--dry-run")
    before = DataKey.objects.get()

    told = run("rotate")

    present = DataKey.objects.get(superseded_at=None)
    assert foretold == "           3  subjects_destination.sealed would be sealed anew\n"
    assert told.splitlines() == [
        f"The key {present.pk} seals from now on.",
        "           3  subjects_destination.sealed",
        f"The former key {before.pk} seals nothing any more; beat takes it away in an hour.",
    ]
    assert json.loads(run("status", "--json"))["values"] == {"subjects_destination.sealed": {present.pk: 3}}
    assert run("rotate", "--resume") == told[told.index("The former") :]


def test_a_new_master_key_wraps_every_key(db: None, settings: Settings) -> None:
    settings.PRIVACY_MASTER_KEY = "a master key of this installation, long enough"
    master = data_keys.masters()[0].id

    due = run("status")
    foretold = run("rotate", "master", "--dry-run")
    done = run("rotate", "master")

    assert "Due: Keys are wrapped by a former master key: run `manage.py keys rotate master`." in due
    assert foretold == f"1 keys would be wrapped by the master key {master}.\n"
    assert done == f"1 keys are wrapped by the master key {master} now.\n"
    assert run("status").endswith("Nothing is due.\n")


@pytest.mark.parametrize("arguments", [("rotate",), ("rotate", "master"), ("rotate", "--dry-run"), ("status",)])
def test_with_the_wrong_master_key_nothing_is_changed(db: None, settings: Settings, arguments: tuple[str, ...]) -> None:
    before = list(DataKey.objects.values())
    settings.PRIVACY_TOKEN_KEY = "another installation's key, 0123456789"

    with pytest.raises(CommandError) as error:
        run(*arguments)

    assert error.value.returncode == 3
    assert list(DataKey.objects.values()) == before


@pytest.mark.usefixtures("workspace")
def test_old_keys_of_callers_are_due() -> None:
    make_key()
    ApiKey.objects.update(created_at=timezone.now() - timedelta(days=400))

    told = run("status")

    assert f"Due: The API key {ApiKey.objects.get().prefix}… is 400 days old: rotate it, with an overlap." in told
