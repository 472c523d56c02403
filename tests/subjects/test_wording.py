"""What is said to people, in each language."""

import string
from dataclasses import astuple, fields
from datetime import UTC, datetime

import pytest

from privacy_service.subjects.languages import Language
from privacy_service.subjects.wording import WORDS, day_in, preferred, words_in
from privacy_service.subjects.wording.base import ArchiveWords, NoticeWords, PageWords, PaperWords

PREFERENCES = [
    ("", "en"),
    ("de", "de"),
    ("de-AT,de;q=0.9,en;q=0.8", "de"),
    ("it,fr;q=0.5,es;q=0.7", "es"),
    ("ES-mx", "es"),
    ("zh-CN,zh", "en"),
    ("*", "en"),
    ("de;q=nonsense,<script>", "en"),
    ("x" * 10_000, "en"),
]


@pytest.mark.parametrize(("header", "language"), PREFERENCES)
def test_a_browser_gets_the_first_of_its_languages_that_is_spoken(header: str, language: str) -> None:
    assert preferred(header) == language


def test_every_language_has_words_and_another_one_english() -> None:
    assert (set(WORDS), words_in("xx"), words_in("")) == (
        set(Language),
        WORDS[Language.ENGLISH],
        WORDS[Language.ENGLISH],
    )


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("language", Language)
def test_nothing_is_left_in_english_or_loses_what_stands_in_it(language: Language) -> None:
    """Words with places to fill keep each of them; no longer text is the same as in English."""
    for part, kind in (("page", PageWords), ("notice", NoticeWords), ("paper", PaperWords), ("archive", ArchiveWords)):
        ours, english = getattr(WORDS[language], part), getattr(WORDS[Language.ENGLISH], part)
        for field in fields(kind):
            said, original = getattr(ours, field.name), getattr(english, field.name)
            assert places(said) == places(original), field.name
            assert language is Language.ENGLISH or len(original) < 15 or said != original, field.name
        assert all(astuple(ours))


DAYS = [
    ("en", "Nov. 26, 2026"),
    ("de", "26. November 2026"),
    ("es", "26 de noviembre de 2026"),
    ("fr", "26 novembre 2026"),
]


@pytest.mark.parametrize(("language", "written"), DAYS)
def test_days_are_written_as_people_write_them(language: str, written: str) -> None:
    assert day_in(language, datetime(2026, 11, 26, 23, tzinfo=UTC)) == written
