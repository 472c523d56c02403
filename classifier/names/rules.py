"""What the words beside a name tell: salutations, introductions, signatures, streets, company endings, honorifics."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from classifier.entities import Entity
from classifier.names import gazetteers
from classifier.names.eastern_addresses import find_eastern_addresses
from classifier.names.evidence import is_telling
from classifier.names.features import folded
from classifier.names.forms import alternatives
from classifier.names.hints import Hint, hints_of, matches
from classifier.names.scripts import find_in_scripts
from classifier.names.streets import find_streets
from classifier.names.tokens import MARKS
from classifier.spans import LIKELY_SCORE, Span

RECOGNIZER = "names-rules"
MOST_NAME_WORDS = 5
# With its dot: `J.`, `Ph.`, `Chr.`; what is longer ends a sentence.
LONGEST_INITIAL = 4

_NAME_WORD = re.compile(rf"[ \u00a0]{{0,2}}((?:[^\W\d_][{MARKS}]*['\u2019.-]?){{1,40}})")
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "do",
        "dos",
        "das",
        "du",
        "del",
        "della",
        "di",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "la",
        "le",
        "bin",
        "ibn",
        "al",
        "el",
        "y",
        "e",
        "zu",
        "zum",
        "af",
        "av",
    ]
)
_HANDLE = re.compile(r"@(?<![\w.@/+-]@)(?=[A-Za-z0-9_]{0,40}[A-Za-z_])[A-Za-z0-9_]{2,40}(?![\w@/]|\.[A-Za-z])")
_TITLE = re.compile(rf"(?<!\w)(?:{alternatives('titles')})\b\.?(?=[ \u00a0])")
_INTRODUCTION = re.compile(rf"(?<!\w)(?:{alternatives('introductions')})[ \u00a0:]", re.IGNORECASE)
# Those after which only a name can stand, even one written small.
_SURE = re.compile(alternatives("sure-introductions"), re.IGNORECASE)
_GREETING = re.compile(rf"(?:^|(?<=[\n\r.!?]))[ \t]{{0,4}}(?:{alternatives('greetings')})(?=[ \u00a0])")
_CLOSING = re.compile(
    rf"(?<!\w)(?:{alternatives('closings')})[,.!]?[ \t]{{0,4}}[\r\n]{{1,4}}[ \t]{{0,4}}", re.IGNORECASE
)
_RELATION = re.compile(rf"(?<!\w)(?:{alternatives('relations')})(?: \(|, | )(?=[^\W\d_a-z])")
_SUFFIX = re.compile(rf"(?<![\w.])(?:{alternatives('companies')})(?!\w)")
# Read from the end: forwards, every letter would be tried as the first one.
_WORDS_BACKWARDS = re.compile(r"\n?(?:[ \u00a0]{1,2}(?:[\w'\u2019&.-]{0,40}[^\W\d_]|&)){1,5}")
# As many characters before the ending of a company as its name may have.
LONGEST_COMPANY = 120


def find_by_rules(text: str) -> Iterator[Span]:
    """Yield what the rules find in a text."""
    if "@" in text:
        yield from (Span(*match.span(), Entity.USERNAME, LIKELY_SCORE, "handle") for match in _HANDLE.finditer(text))
    hints = hints_of(text)
    for hint, rule in _RULES.items() if hints else ():
        if hint in hints:
            yield from rule(text)
    if not text.isascii():
        yield from find_in_scripts(text)
        yield from find_eastern_addresses(text)


def name_end(text: str, start: int) -> int:
    """Return where a run of capitalised words ends that may hold particles; the start where there is none."""
    end, position = start, start
    for _ in range(MOST_NAME_WORDS):
        match = _NAME_WORD.match(text, position)
        if match is None:
            break
        position = match.end()
        if match.group(1)[0].isupper():
            end = position
            if match.group(1)[-1] == "." and len(match.group(1)) > LONGEST_INITIAL:
                # A sentence ends here.
                break
        elif match.group(1).lower() not in _PARTICLES:
            break
    return len(text[:end].rstrip(" .'-\u2019")) if end > start else start


def _announced(text: str, hint: Hint, announcement: re.Pattern[str], is_name: Callable[[str], bool]) -> Iterator[Span]:
    for match in matches(announcement, hint, text):
        yield from _person(text, match.end(), name_end(text, match.end()), is_name)


def _person(text: str, start: int, end: int, is_name: Callable[[str], bool]) -> Iterator[Span]:
    start += len(text[start:end]) - len(text[start:end].lstrip())
    if start < end and is_name(text[start:end]):
        yield Span(start, end, Entity.PERSON, LIKELY_SCORE, RECOGNIZER)


def _any(name: str) -> bool:
    return len(name) > 1


def _is_no_word(name: str) -> bool:
    """Say whether lists know some word of it as a name, or know none of it."""
    words = [folded(word.strip(".'")) for word in name.split()]
    known = [gazetteers.known_of(gazetteers.lists(), word) for word in words]
    if gazetteers.COMMON in known[0] and not _LISTED.issuperset(known[0]):
        return False
    return len(words[0]) > 1 and (
        any(_LISTED & set(each) for each in known) or not any(_WORDS & set(each) for each in known)
    )


def _is_listed(name: str) -> bool:
    """Say whether lists know the first word as a name of people, whatever else it is."""
    first = name.split(maxsplit=1)[0].strip(".'")
    return bool(_LISTED.intersection(gazetteers.lists().get(folded(first), "")))


_LISTED = frozenset((gazetteers.GIVEN, gazetteers.FAMILY))
_WORDS = frozenset((gazetteers.COMMON, gazetteers.TITLE, gazetteers.COMPANY, gazetteers.CALENDAR, gazetteers.STREET))


def _introduced(text: str) -> Iterator[Span]:
    for match in matches(_INTRODUCTION, Hint.INTRODUCTION, text):
        end = name_end(text, match.end())
        if end > match.end():
            yield from _person(text, match.end(), end, _is_no_word)
        elif _SURE.search(match.group()):
            yield from _person(text, match.end(), _small_name_end(text, match.end()), _is_no_word)


def _small_name_end(text: str, start: int) -> int:
    """Return where a name ends that is written small: up to two words that are no everyday words."""
    end = start
    for _ in range(2):
        word = _NAME_WORD.match(text, end)
        if word is None or not _is_no_word(word.group(1)):
            break
        end = word.end()
    return end


def find_companies(text: str) -> Iterator[Span]:
    """Yield the companies whose legal form is named."""
    for match in matches(_SUFFIX, Hint.COMPANY, text):
        before = text[max(0, match.start() - LONGEST_COMPANY) : match.start()]
        backwards = _WORDS_BACKWARDS.match(before[::-1])
        if backwards is None:
            continue
        words = before[-backwards.end() :]
        start = match.start() - len(words) + _first_capital(words)
        if any(map(is_telling, re.findall(r"[^\W\d_]+", text[start : match.start()]))):
            yield Span(start, match.end(), Entity.ORGANIZATION, LIKELY_SCORE, RECOGNIZER)


def _first_capital(words: str) -> int:
    """Return where the run of capitalised words begins that reaches the end."""
    begin = len(words)
    for word in reversed(list(re.finditer(r"\S+", words))):
        if not (word.group()[0].isupper() or word.group() in ("&", "und", "and", "et", "y", "e", "i")):
            break
        begin = word.start() if word.group()[0].isupper() else begin
    return begin


def _announcing(
    hint: Hint, announcement: re.Pattern[str], is_name: Callable[[str], bool]
) -> Callable[[str], Iterator[Span]]:
    return partial(_announced, hint=hint, announcement=announcement, is_name=is_name)


_RULES: dict[Hint, Callable[[str], Iterator[Span]]] = {
    Hint.CLOSING: _announcing(Hint.CLOSING, _CLOSING, _is_no_word),
    Hint.TITLE: _announcing(Hint.TITLE, _TITLE, _any),
    Hint.GREETING: _announcing(Hint.GREETING, _GREETING, _is_no_word),
    Hint.RELATION: _announcing(Hint.RELATION, _RELATION, _is_listed),
    Hint.INTRODUCTION: _introduced,
    Hint.COMPANY: find_companies,
    Hint.STREET: find_streets,
}
