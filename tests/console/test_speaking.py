"""What the service says of itself comes in the reader's language, and the lists of it are whole and true."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from privacy_service.console.speaking import ACTS, RIGHTS, SENTENCES, act_name, in_words
from privacy_service.decisions.models import DECISION
from privacy_service.exceptions import Forbidden, LastOwner
from tests.console.conftest import Opened
from workspaces.acts import Act
from workspaces.models import User
from workspaces.permissions import Permission

ROOT = Path(__file__).resolve().parents[2]


def code() -> str:
    """Return all code beside the console's own list."""
    files = [*(ROOT / "workspaces").rglob("*.py"), *(ROOT / "privacy_service").rglob("*.py")]
    own = ROOT / "privacy_service" / "console" / "speaking.py"
    return "".join(path.read_text(encoding="utf-8") for path in files if path != own)


def test_every_act_and_every_right_has_a_name() -> None:
    assert set(ACTS) == {DECISION, *Act}
    assert set(RIGHTS) == set(Permission)


def test_a_sentence_that_is_translated_is_one_that_the_service_says() -> None:
    written = code()

    assert [one for one in SENTENCES if one not in written] == []


@pytest.mark.parametrize(("language", "name"), [("en", "member added"), ("de", "Mitglied aufgenommen")])
def test_an_act_is_named_in_the_readers_language(language: str, name: str) -> None:
    with translation.override(language):
        assert act_name("member-added") == name
        assert act_name("not-known-yet") == "not known yet"


def test_a_refusal_is_said_in_the_readers_language_and_one_that_nobody_translated_as_it_is() -> None:
    with translation.override("de"):
        assert in_words(LastOwner()) == "Machen Sie erst jemand anderen zum Eigentümer."
        assert in_words(Forbidden("Something new.")) == "Something new."


def test_a_page_that_is_not_theirs_says_so_in_their_language(opened: Opened, bob: User) -> None:
    page = opened(bob).get("/console/w/acme/audit", headers={"Accept-Language": "es"}).content.decode()

    assert re.search("miembros con este permiso: leer el registro de auditoría", page)
