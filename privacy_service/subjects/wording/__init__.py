"""What is said to the people the data is about; a new language is a file, a line here and one in `Language`."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import override
from django.utils.translation.trans_real import parse_accept_lang_header

from privacy_service.subjects.languages import Language
from privacy_service.subjects.wording.base import NoticeWords, PageWords, PaperWords, Words
from privacy_service.subjects.wording.english import ENGLISH
from privacy_service.subjects.wording.french import FRENCH
from privacy_service.subjects.wording.german import GERMAN
from privacy_service.subjects.wording.spanish import SPANISH

WORDS: Mapping[Language, Words] = {
    Language.ENGLISH: ENGLISH,
    Language.GERMAN: GERMAN,
    Language.SPANISH: SPANISH,
    Language.FRENCH: FRENCH,
}


def words_in(language: str) -> Words:
    """Return the words of a language; English where none is named or it has none."""
    return WORDS[Language(language)] if language in WORDS else ENGLISH


def preferred(accept_language: str) -> Language:
    """Return the first of a browser's languages that there are words in, else English."""
    for tag, _ in parse_accept_lang_header(accept_language[:200]):
        main = tag.partition("-")[0]
        if main in WORDS:
            return Language(main)
    return Language.ENGLISH


def day_in(language: str, moment: datetime) -> str:
    """Return a day as a language writes it, such as `26. November 2026`."""
    with override(language or Language.ENGLISH):
        return date_format(moment, "DATE_FORMAT")


__all__ = ["WORDS", "NoticeWords", "PageWords", "PaperWords", "Words", "day_in", "preferred", "words_in"]
