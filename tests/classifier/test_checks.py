"""The checks that Django runs before it starts."""

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks

from classifier import apps, field_names
from classifier.recognizers import RECOGNIZERS


def _ids() -> list[str | None]:
    return [message.id for message in run_checks(tags=[apps.TAG])]


def test_the_classifier_is_complete() -> None:
    assert _ids() == []


def test_a_missing_key_is_named(settings: LazySettings) -> None:
    settings.PRIVACY_TOKEN_KEY = "short"

    assert _ids() == ["classifier.E001"]


def test_an_entity_that_nothing_finds_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without = [recognizer for recognizer in RECOGNIZERS if recognizer.entity != "US_SSN"]
    monkeypatch.setattr(apps, "RECOGNIZERS", without)
    names = [row for row in field_names.known_names() if row[1] != "US_SSN"]
    monkeypatch.setattr(field_names, "known_names", lambda: names)

    messages = [message.msg for message in apps.every_entity_is_recognized()]

    assert "Nothing finds US_SSN." in messages
    assert "Nothing finds EMAIL_ADDRESS." not in messages
