"""Rotations: all is sealed anew while others read and write, what broke off goes on, and a key goes when unused."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from privacy_service.inventory import alerts
from privacy_service.inventory.models import InventorySettings
from privacy_service.subjects.models import Destination
from workspaces import data_keys, rotating, sealing
from workspaces.models import DataKey, Workspace
from workspaces.sealing import key_id_of
from workspaces.tasks import finish_rotations

SECRETS = {"token": "canary-token-2b7"}


@pytest.fixture
def systems(workspace: Workspace) -> list[Destination]:
    """Return three systems with secrets: one sealed before there were stored keys, two with the first one."""
    DataKey.objects.all().delete()
    data_keys.forget()
    made = [make_system(workspace, "old")]
    data_keys.make_key(DataKey.Use.SECRETS)
    return [*made, make_system(workspace, "first"), make_system(workspace, "second")]


def make_system(workspace: Workspace, slug: str) -> Destination:
    """Return a system with a secret."""
    system = Destination(pk=uuid.uuid4(), workspace=workspace, slug=slug, kind="http", options={})
    system.keep_secrets(SECRETS)
    system.save()
    return system


def keys_of(systems: list[Destination]) -> list[str]:
    """Return which key has sealed the secrets of each."""
    for system in systems:
        system.refresh_from_db()
    return [key_id_of(system.sealed) for system in systems]


def later() -> object:
    """Return a time at which a key that was superseded now may go."""
    return timezone.now() + rotating.RETIRE_AFTER + timedelta(seconds=1)


def test_all_that_is_stored_is_sealed_with_the_new_key_and_opens(systems: list[Destination]) -> None:
    key = rotating.begin()
    done = {str(one.column): (one.done, one.broken) for one in rotating.seal_anew() if one.total}

    assert done == {"subjects_destination.sealed": (3, 0)}
    assert keys_of(systems) == [key.pk] * 3
    assert [system.secrets for system in systems] == [SECRETS] * 3


def test_a_seal_bound_to_another_field_than_the_primary_key_is_found_too(workspace: Workspace) -> None:
    settings = InventorySettings(workspace=workspace)
    alerts.keep_secret(settings, "canary-alert-secret-9a1")
    settings.save()
    key = rotating.begin()

    rotating.seal_anew()

    settings.refresh_from_db()
    assert key_id_of(settings.sealed) == key.pk


def test_one_that_was_broken_off_goes_on_where_it_was(
    systems: list[Destination], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "_BATCH", 1)
    key = rotating.begin()

    def break_off(progress: rotating.Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotating.seal_anew(break_off)
    left = [one for one in rotating.seal_anew() if one.total]

    assert [(one.total, one.done) for one in left] == [(2, 2)]
    assert keys_of(systems) == [key.pk] * 3


def test_what_does_not_open_stays_as_it_is_and_holds_up_nothing(systems: list[Destination]) -> None:
    Destination.objects.filter(pk=systems[1].pk).update(sealed="AAAA")
    key = rotating.begin()

    done = [(one.done, one.broken) for one in rotating.seal_anew() if one.total]

    assert done == [(2, 1)]
    assert keys_of(systems) == [key.pk, "", key.pk]


def test_what_somebody_changes_meanwhile_is_not_set_back(
    systems: list[Destination], monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = {"token": "canary-newer-3c8"}
    rotating.begin()

    def meanwhile(stored: str, *, row: uuid.UUID, purpose: str) -> str:
        systems[0].keep_secrets(newer)
        systems[0].save()
        return sealing.unseal(stored, row=row, purpose=purpose)

    monkeypatch.setattr(rotating, "unseal", meanwhile)
    rotating.seal_anew()

    systems[0].refresh_from_db()
    assert systems[0].secrets == newer


def test_a_former_key_goes_once_nothing_uses_it_and_nobody_can_be_about_to(systems: list[Destination]) -> None:
    former = DataKey.objects.get()
    rotating.begin()
    used = rotating.retire(later)
    rotating.seal_anew()

    at_once = rotating.retire()
    gone = rotating.retire(later)

    former.refresh_from_db()
    assert (used, at_once, gone) == ([], [], [former])
    assert (former.wrapped, former.retired_at is not None) == ("", True)
    with pytest.raises(data_keys.KeyNotOpened, match="was retired on"):
        data_keys.key_of(former.pk)
    assert [system.secrets for system in refreshed(systems)] == [SECRETS] * 3


def refreshed(systems: list[Destination]) -> list[Destination]:
    """Return them as they are stored now."""
    keys_of(systems)
    return systems


def test_beat_brings_a_rotation_to_its_end(systems: list[Destination]) -> None:
    former = DataKey.objects.get()
    rotating.begin()
    DataKey.objects.filter(pk=former.pk).update(superseded_at=timezone.now() - timedelta(hours=2))

    finish_rotations()

    former.refresh_from_db()
    assert former.retired_at is not None
    assert former.pk not in keys_of(systems)


def test_a_process_that_knows_the_former_key_opens_what_the_new_one_sealed(
    systems: list[Destination], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = data_keys._Known()
    monkeypatch.setattr(data_keys, "_known", elsewhere)
    former = data_keys.present_key(DataKey.Use.SECRETS)
    monkeypatch.setattr(data_keys, "_known", data_keys._Known())
    rotating.begin()
    rotating.seal_anew()

    monkeypatch.setattr(data_keys, "_known", elsewhere)

    assert data_keys.present_key(DataKey.Use.SECRETS) == former
    assert [system.secrets for system in refreshed(systems)] == [SECRETS] * 3
