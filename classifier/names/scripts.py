"""Names in scripts without capitals or spaces, by family names and honorifics."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from classifier.entities import Entity
from classifier.names import gazetteers
from classifier.names.forms import alternatives
from classifier.spans import LIKELY_SCORE, Span

RECOGNIZER = "names-scripts"

# The hundred commonest family names of China, in both ways of writing, and the commonest double ones.
_CHINESE = alternatives("chinese-families")
_CHINESE_NAME = rf"(?:欧阳|司马|上官|诸葛|歐陽|[{_CHINESE}])[\u4e00-\u9fff]"
_CHINESE_HONORIFIC = alternatives("chinese-honorifics")
_JAPANESE = alternatives("japanese-families")
_KOREAN = alternatives("korean-families")
_HAN = "[\u4e00-\u9fff]"
_KANA_HAN = "[\u3040-\u30ff\u4e00-\u9fff]"
_HANGUL = "[\uac00-\ud7af]"
_ARABIC_WORD = "[\u0621-\u0652]{2,14}"
_ARABIC_NAME = rf"{_ARABIC_WORD}(?: (?:(?:بن|ابن|بنت|أبو|ابو|عبد|آل) )?{_ARABIC_WORD})?"
_DEVANAGARI = "[\u0900-\u0963\u0970-\u097f]{2,16}"
_THAI = "[\u0e00-\u0e3a\u0e40-\u0e4e]{2,20}"
_CYRILLIC = "[\u0400-\u042f][\u0430-\u045f\u0491]{0,20}"
_PATRONYMIC = r"[\u0400-\u042f][\u0430-\u045f\u0491]{1,20}(?:ович|евич|овна|евна|йович|ївна)"
_SIGNS = ",.:;!?()'\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u201c\u201d\u300c\u300d"


class Form(NamedTuple):
    """What names look like in a script; some count only where lists know the given name."""

    pattern: re.Pattern[str]
    needs_given: bool = False


def _form(*parts: str, needs_given: bool = False) -> Form:
    return Form(re.compile("".join(parts)), needs_given)


def _any(section: str) -> str:
    return f"(?:{alternatives(section)})"


_AFTER_CHINESE = rf"(?=[\s{_SIGNS}的在和是说于与已要想请]|$)"
_AFTER_JAPANESE = rf"(?=[\s{_SIGNS}はがとのにをです]|$)"
_AFTER_KOREAN = r"(?=입니다|이고|이며|이에요|에게|[은는이가의을를와과\s,.(]|$)"
_KOREAN_NAME = rf"(?<!{_HANGUL})([{_KOREAN}]{_HANGUL}{{2}})"

_FORMS: tuple[tuple[re.Pattern[str], tuple[Form, ...]], ...] = (
    (
        re.compile(_HAN),
        (
            _form(_any("chinese-announcements"), rf" ?({_CHINESE_NAME}{_HAN}?)", _AFTER_CHINESE),
            _form(rf"({_CHINESE_NAME}{_HAN}?|[{_CHINESE}])", _any("chinese-honorifics")),
            _form(rf"(?:^|(?<=[\s{_SIGNS}]))({_CHINESE_NAME}{_HAN}?)(?=[\s{_SIGNS}]|$)", needs_given=True),
            _form(rf"((?:{_JAPANESE})[ \u3000]?{_KANA_HAN}{{0,4}}?)", _any("japanese-honorifics")),
            _form(_any("japanese-announcements"), rf"\s?((?:{_JAPANESE})[ \u3000]?{_HAN}{{0,3}})"),
            _form(rf"((?:{_JAPANESE})[ \u3000]?{_KANA_HAN}{{1,4}}?)", _AFTER_JAPANESE, needs_given=True),
        ),
    ),
    (
        re.compile(_HANGUL),
        (
            _form(
                rf"(?<!{_HANGUL})([{_KOREAN}]{_HANGUL}{{1,2}}?) ?", _any("korean-honorifics"), rf"(?!{_HANGUL}{{2}})"
            ),
            _form(_any("korean-announcements"), rf" ?([{_KOREAN}]{_HANGUL}{{2}})", _AFTER_KOREAN),
            _form(_KOREAN_NAME, _AFTER_KOREAN, needs_given=True),
        ),
    ),
    (
        re.compile("[\u0600-\u06ff]"),
        (_form(r"(?<!\w)", _any("arabic-announcements"), f" ({_ARABIC_NAME})"),),
    ),
    (
        re.compile("[\u0900-\u097f]"),
        (_form(_any("devanagari-announcements"), f" ({_DEVANAGARI}(?: {_DEVANAGARI})?)"),),
    ),
    (re.compile("[\u0e00-\u0e7f]"), (_form(_any("thai-announcements"), f" ?({_THAI}(?: {_THAI})?)"),)),
    (re.compile("[\u0400-\u04ff]"), (_form(rf"((?:{_CYRILLIC} ){{0,2}}{_PATRONYMIC}(?: {_CYRILLIC})?)"),)),
)


def find_in_scripts(text: str) -> Iterator[Span]:
    """Yield the names that a text holds in one of these scripts."""
    for script, forms in _FORMS:
        if script.search(text):
            yield from (span for form in forms for span in _spans(text, form))


def _spans(text: str, form: Form) -> Iterator[Span]:
    for match in form.pattern.finditer(text):
        start, end = match.span(1)
        if not form.needs_given or _has_given(match.group(1)):
            yield Span(start, end, Entity.PERSON, LIKELY_SCORE, RECOGNIZER)


def _has_given(name: str) -> bool:
    """Say whether lists know what follows a family name of one or two characters."""
    known = gazetteers.lists()
    return any(gazetteers.GIVEN in known.get(name[size:].strip(" \u3000"), "") for size in (1, 2))
