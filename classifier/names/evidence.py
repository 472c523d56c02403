"""What a guess of the model must show before it hides anything: in doubt about a plain word, it stays readable."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from classifier.entities import Entity
from classifier.names import gazetteers
from classifier.names.features import folded
from classifier.names.small_words import SERIES, TRADE_WORDS
from classifier.names.tokens import Token
from classifier.spans import LIKELY_SCORE, Span

SHORT_WORD = 3
# A title has more words than these, and so many everyday ones at the least.
LEAST_TITLE_WORDS = 3
FEW_WORDS = 5
# Letters between digits, or digits between letters, twice, or a piece of a UUID: an id, not an address.
_CODE = re.compile(
    r"\d[A-Za-z]+\d+[A-Za-z]|[A-Za-z]\d+[A-Za-z]+\d"
    r"|(?<![\w-])(?=[a-f-]*\d)(?=[\d-]*[a-f])[0-9a-f]{4}(?:-[0-9a-f]{4})*-[0-9a-f]{4}"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
# No part of a name, nor of an address.
_CODE_SIGNS = frozenset('"[]{}=\\<>|')
# `OneToOneField`, but not `McKenzie`.
_CLASS = re.compile(r"(?!Ma?c[A-Z]|De[A-Z]|La[A-Z]|Le[A-Z]|Van[A-Z]|Fitz[A-Z]|Di[A-Z])[A-Z][a-z]+(?:[A-Z][a-z]+)+")
_EVIDENCE = gazetteers.NAMES | {gazetteers.STREET, gazetteers.PINYIN}
_TELLING = frozenset((gazetteers.GIVEN, gazetteers.PLACE, gazetteers.REGION, gazetteers.STREET))
_TRADE = frozenset(TRADE_WORDS.split())
_SERIES = frozenset(SERIES.split())
_PEOPLE = frozenset((gazetteers.GIVEN, gazetteers.FAMILY))
_NO_PEOPLE = frozenset((gazetteers.PLACE, gazetteers.REGION, gazetteers.COMPANY, gazetteers.STREET))
# No house has so long a number, no address so many digits.
LONG_NUMBER, MANY_DIGITS = 7, 14


class Fame(Enum):
    """Name what lists know of a word."""

    LISTED = auto()
    UNKNOWN = auto()
    EVERYDAY = auto()


def is_plausible(tokens: Sequence[Token], entity: Entity) -> bool:
    """Say whether the words that the model took for an entity could be one."""
    words = [token.text for token in tokens if token.text[0].isalpha()]
    is_initials = max(map(len, words), default=0) <= 1 and "".join(words).isascii()
    if is_initials or _is_in_a_programme(tokens):
        return False
    if entity is Entity.PERSON and not _is_like_a_person(tokens):
        return False
    if entity is not Entity.PERSON and not any(map(is_telling, words)):
        return False
    return not _is_code(tokens) and _has_capitals(words)


def lists_speak(tokens: Sequence[Token]) -> bool:
    """Say whether lists speak for a name; where every word has a capital, as in a title, nothing else can."""
    return any(_speaks(_known(token.text)) for token in tokens if token.text[0].isalpha())


def capitals_tell(words: Sequence[str], entity: Entity) -> bool:
    """Say whether a capital is a sign of a name in a line of these words.

    In a title all but the small words have one; the first word of a few has one in `Espresso beans 1 kg`.
    """
    letters = [word for word in words if word[0].isalpha()]
    if (
        entity is Entity.ORGANIZATION
        and len(letters) <= FEW_WORDS
        and not any(word[0].isupper() for word in letters[1:])
    ):
        return False
    long = [word for word in letters if len(word) > SHORT_WORD]
    is_title = len(letters) > LEAST_TITLE_WORDS and all(word[0].isupper() for word in long)
    return not is_title or sum(gazetteers.COMMON in _known(word) for word in letters) < LEAST_TITLE_WORDS


def beside_patterns(guess: Span, text: str, patterns: Sequence[Span]) -> Iterator[Span]:
    """Yield what disjoint spans of patterns leave of a guess, where it still shows a number or a listed name.

    `SSN 123-45-6789` is no place. A person stays whole: a policy may keep what covers the name.
    """
    is_apart = all(span.end <= guess.start or guess.end <= span.start for span in patterns)
    if is_apart or guess.entity is Entity.PERSON or guess.score >= LIKELY_SCORE:
        yield guess
        return
    at = guess.start
    for start, end in (*((span.start, span.end) for span in patterns if span.end > at), (guess.end, guess.end)):
        piece = text[at : min(start, guess.end)]
        if any(map(str.isdigit, piece)) or any(_EVIDENCE.intersection(_known(word)) for word in _WORD.findall(piece)):
            yield Span(at, at + len(piece), guess.entity, guess.score, guess.recognizer)
        at = max(at, min(end, guess.end))


def is_an_end(tokens: Sequence[Token]) -> bool:
    """Say whether the last of some tokens can end a name: no sign, and no small word after a capitalised one."""
    last = tokens[-1].text
    if not last[0].isalnum() or not last.islower():
        return last[0].isalnum()
    return not any(token.text[0].isupper() for token in tokens) or bool(_EVIDENCE.intersection(_known(last)))


def _is_like_a_person(tokens: Sequence[Token]) -> bool:
    """Say whether these may name a person: no digits, and not just an everyday word or the name of a month."""
    is_word = len(tokens) == 1 and _is_no_name(tokens[0].text)
    return not is_word and not any(token.text[0].isdigit() for token in tokens)


def _is_no_name(word: str) -> bool:
    return fame_of(word) is Fame.EVERYDAY or gazetteers.CALENDAR in _known(word)


def _is_in_a_programme(tokens: Sequence[Token]) -> bool:
    """Say whether these stand in a line of code or are the name of a class: `ValueError`, `"UTC", "EST"`, `a[b`."""
    if not _CODE_SIGNS.isdisjoint([token.text for token in tokens]):
        return True
    return all(_CLASS.fullmatch(token.text) and fame_of(token.text) is Fame.UNKNOWN for token in tokens)


def settled_entity(tokens: Sequence[Token], entity: Entity) -> Entity:
    """Return a person where the model says company or place but lists know nothing but people of that name."""
    if entity is Entity.PERSON or any(not token.text[0].isalpha() for token in tokens):
        return entity
    known = [set(_known(token.text)) for token in tokens]
    is_person = all(letters & _PEOPLE and not letters & _NO_PEOPLE for letters in known)
    return Entity.PERSON if is_person else entity


def is_telling(word: str) -> bool:
    """Say whether a word can name a company or a place by itself."""
    return (len(word) >= SHORT_WORD or not word.isascii()) and gazetteers.COMPANY not in _known(word)


def fame_of(word: str) -> Fame:
    """Say what lists know of a word: as a name, as an everyday word alone, or not at all."""
    letters = _known(word)
    if gazetteers.NAMES.intersection(letters):
        return Fame.LISTED
    return Fame.EVERYDAY if letters.strip(gazetteers.PINYIN) else Fame.UNKNOWN


def _is_code(tokens: Sequence[Token]) -> bool:
    """Say whether letters and digits follow each other without a space, as in ids, or are of a series: `RFC 2119`."""
    if "".join([token.text for token in tokens]).isalpha():
        return False
    digits = [len(token.text) for token in tokens if token.text[0].isdigit()]
    if digits and tokens[0].text in _SERIES:
        return True
    if max(digits, default=0) >= LONG_NUMBER or sum(digits) >= MANY_DIGITS:
        return True
    joined = "".join(
        (" " if at and token.start > tokens[at - 1].end else "") + token.text for at, token in enumerate(tokens)
    )
    return _CODE.search(joined) is not None


def _has_capitals(words: Sequence[str]) -> bool:
    """Say whether more words speak for a name, by a capital or by the lists, than are plain."""
    small = [word for word in words if word.islower()]
    if not small:
        return bool(words)
    known = [_known(word) for word in small]
    evident = len(words) - len(small) + sum(map(_speaks, known))
    plain = sum(len(word) > SHORT_WORD and not letters.strip("w") for word, letters in zip(small, known, strict=True))
    return evident > plain or (evident == plain and evident > 0)


def _speaks(letters: str) -> bool:
    """Say whether a word written small is more than an everyday word: a name, a place, a street."""
    found = set(letters)
    return bool(found & _EVIDENCE) and not (gazetteers.COMMON in found and not found & _TELLING)


def _known(word: str) -> str:
    if word in _TRADE:
        return gazetteers.COMMON
    return gazetteers.known_of(gazetteers.lists(), folded(word))
