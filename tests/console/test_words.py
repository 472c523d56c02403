"""Every message of the console is said in every language, with the same names in it."""

import gettext
import re

import pytest
from babel.messages.catalog import Message

from deploy import words

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
