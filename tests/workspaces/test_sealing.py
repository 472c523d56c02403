"""What is stored sealed opens in its own row, for its own purpose, with the master key of the installation alone."""

import uuid

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import TextField
from pytest_django import Settings

from privacy_service.safety import refuse_lost_keys
from workspaces import data_keys
from workspaces.models import DataKey
from workspaces.sealing import SealBroken, key_id_of, seal, unseal

ROW = uuid.uuid4()
SECRET = "canary-secret-6f1"
NEW_MASTER = "a master key of this installation, long enough"

pytestmark = pytest.mark.django_db


def first_form() -> str:
    """Return the secret as releases without stored keys sealed it, and this one does until there is one."""
    DataKey.objects.all().delete()
    data_keys.forget()
    return seal(SECRET, row=ROW)


def test_a_new_installation_has_a_stored_key_and_each_seal_names_it() -> None:
    stored = seal(SECRET, row=ROW)

    key = DataKey.objects.get()
    assert stored.startswith(f"k1:{key.pk}:")
    assert key_id_of(stored) == key.pk
    assert unseal(stored, row=ROW) == SECRET
    assert SECRET not in f"{stored}{key.wrapped}{data_keys.opened(key)}{data_keys.masters()}"


def test_what_was_sealed_before_there_were_stored_keys_opens_for_good() -> None:
    before = first_form()

    key = data_keys.make_key(DataKey.Use.SECRETS)

    assert key_id_of(before) == ""
    assert unseal(before, row=ROW) == SECRET
    assert key_id_of(seal(SECRET, row=ROW)) == key.pk


@pytest.mark.parametrize("is_first_form", [True, False])
def test_a_seal_opens_in_no_other_row_for_no_other_purpose_and_not_when_changed(*, is_first_form: bool) -> None:
    stored = first_form() if is_first_form else seal(SECRET, row=ROW)
    changed = stored[:-6] + ("A" if stored[-6] != "A" else "B") + stored[-5:]

    for one, row, purpose in [(stored, uuid.uuid4(), "archive keys"), (stored, ROW, "proofs"), (changed, ROW, "")]:
        with pytest.raises(SealBroken, match="does not open"):
            unseal(one, row=row, purpose=purpose)


def test_a_seal_of_a_key_that_is_not_here_says_so() -> None:
    with pytest.raises(SealBroken, match="The key 0a0b0c0d is not in this database"):
        unseal("k1:0a0b0c0d:AAAA", row=ROW)


def test_with_another_master_key_nothing_opens_nothing_is_sealed_and_no_process_starts(settings: Settings) -> None:
    stored = seal(SECRET, row=ROW)
    settings.PRIVACY_TOKEN_KEY = "another installation's key, 0123456789"
    data_keys.forget()

    with pytest.raises(SealBroken, match=r"was wrapped by the master key .* Give the right one"):
        unseal(stored, row=ROW)
    with pytest.raises(SealBroken, match="was wrapped by the master key"):
        seal(SECRET, row=ROW)
    with pytest.raises(ImproperlyConfigured, match="PRIVACY_MASTER_KEY_PREVIOUS until") as told:
        refuse_lost_keys()
    assert "another installation" not in str(told.value)


def test_a_key_whose_row_was_changed_does_not_open() -> None:
    DataKey.objects.update(wrapped="AAAA")

    assert ["was tampered with" in sentence for sentence in data_keys.unfit_keys()] == [True]


@pytest.mark.parametrize("former", ["", "the master key before, which is long enough"])
def test_the_master_key_changes_while_what_the_former_one_wrapped_still_opens(settings: Settings, former: str) -> None:
    settings.PRIVACY_MASTER_KEY = former
    data_keys.make_key(DataKey.Use.SECRETS)
    stored = seal(SECRET, row=ROW)
    settings.PRIVACY_MASTER_KEY, settings.PRIVACY_MASTER_KEY_PREVIOUS = NEW_MASTER, former
    data_keys.forget()
    between = unseal(stored, row=ROW)

    count = data_keys.rewrap()
    settings.PRIVACY_MASTER_KEY_PREVIOUS = ""
    data_keys.forget()

    assert (between, count) == (SECRET, 2)
    assert unseal(stored, row=ROW) == SECRET
    assert {key.master for key in DataKey.objects.all()} == {data_keys.masters()[0].id}
    assert data_keys.rewrap() == 0


def test_where_one_key_does_not_open_none_is_wrapped_anew(settings: Settings) -> None:
    DataKey.objects.create(
        id="0a0b0c0d", use="secrets", wrapped="AAAA", master="00000000", superseded_at="2026-01-01T00Z"
    )
    before = set(DataKey.objects.values_list("wrapped", flat=True))
    settings.PRIVACY_MASTER_KEY = NEW_MASTER

    with pytest.raises(data_keys.KeyNotOpened, match="0a0b0c0d"):
        data_keys.rewrap()

    assert set(DataKey.objects.values_list("wrapped", flat=True)) == before


def test_every_sealed_column_is_listed_by_its_model_so_that_a_rotation_finds_it() -> None:
    unlisted = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, TextField) and field.name.startswith("sealed")
        if field.name not in {sealed.column for sealed in vars(model).get("SEALED", ())}
    ]

    assert unlisted == []
