"""Every message of the console is said in every language, with the same names in it."""

import gettext
import re
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Message

from classifier import ENTITIES
from deploy import words
from privacy_service.console.kinds import DESCRIPTIONS, kind_name
from privacy_service.console.national import NATIONAL_IDS
from tests.console.conftest import Opened
from tests.console.test_frame import address, names_of_pages
from tests.factories import make_policy
from workspaces.models import User

PLACES = re.compile(r"%\(\w+\)[sd]")


def texts(value: object) -> tuple[str, ...]:
    """Return a message as its one or two texts."""
    return tuple(value) if isinstance(value, tuple | list) else (str(value or ""),)


def translated(locale: str) -> dict[str, Message]:
    """Return each message of a language by its English text."""
    return {texts(one.id)[0]: one for one in words.read(locale) if one.id}


@pytest.mark.parametrize("locale", words.LOCALES)
def test_no_message_is_missing_and_none_is_left_over(locale: str) -> None:
    said = {texts(one.id)[0] for one in words.messages() if one.id}
    known = {english for english, one in translated(locale).items() if all(texts(one.string))}

    assert known == said


@pytest.mark.parametrize("locale", words.LOCALES)
def test_a_translation_names_what_the_message_names(locale: str) -> None:
    wrong = [
        english
        for english, one in translated(locale).items()
        if any(sorted(set(PLACES.findall(text))) != sorted(set(PLACES.findall(english))) for text in texts(one.string))
    ]

    assert wrong == []


@pytest.mark.parametrize("locale", words.LOCALES)
def test_what_is_compiled_is_what_is_written(locale: str) -> None:
    with words.path_of(locale, "mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for english, one in translated(locale).items():
        if isinstance(one.id, str):
            assert compiled.gettext(english) == one.string
        else:
            single, many = texts(one.id)
            assert tuple(compiled.ngettext(single, many, count) for count in (1, 2)) == texts(one.string)


class Shown(HTMLParser):
    """Collects what a reader of a page sees and hears; what stands as code is the service's own."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._in_code = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at what stands in attributes."""
        self._in_code += tag in {"code", "style", "script"}
        self.texts |= {
            value for name, value in attrs if value and name in {"title", "aria-label", "placeholder", "alt"}
        }

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._in_code -= tag in {"code", "style", "script"}

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if not self._in_code:
            self.texts.add(" ".join(data.split()))


def test_no_page_says_in_english_what_has_a_translation(alice: User, opened: Opened) -> None:
    locale = "de"  # What says a message in one language says it in all; each page takes its time.
    make_policy(alice.memberships.get().workspace, {"US_SSN": "shape"})
    client = opened(alice)
    english = {text for text, one in translated(locale).items() if text not in texts(one.string)}
    said = {}
    for name in names_of_pages():
        page = client.get(f"{address(name)}?kinds=all", headers={"Accept-Language": locale}).content.decode()
        said[name] = Shown(page).texts & english

    assert {name: found for name, found in said.items() if found} == {}


def test_each_kind_says_in_every_language_what_it_is() -> None:
    said = {entity: str(text) for entity, text in {**DESCRIPTIONS, **NATIONAL_IDS}.items()}

    assert said == {one: info.description for one, info in ENTITIES.items()}
    assert {one for one in NATIONAL_IDS if not re.match("[A-Z]{2}_", one)} == set()


@pytest.mark.parametrize(
    ("entity", "name"),
    [
        ("PL_PESEL", "PL PESEL"),
        ("DE_TAX_NUMBER", "DE Tax number"),
        ("SE_PERSONNUMMER", "SE Personnummer"),
        ("IP_ADDRESS", "IP address"),
        ("VIN", "VIN"),
        ("DATE_OF_BIRTH", "Date of birth"),
    ],
)
def test_kinds_are_written_as_people_write_them(entity: str, name: str) -> None:
    assert kind_name(entity) == name
