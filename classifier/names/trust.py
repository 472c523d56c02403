"""How sure the model must be of a word: by how it is written, what lists know of it, and who else saw a name there."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from classifier.names.evidence import Fame, fame_of
from classifier.names.small_words import PLAIN_WORDS
from classifier.names.wordpiece import Word

# Pieces a word in small letters, on average: English has 1.1, Spanish and German about 2, Polish and Turkish, of
# which the model has seen little, 2.5 and more. The more the words of a text fall apart, the less it knows of them.
KNOWN_PIECES = 1.4
STRANGE_PIECES = 2.4
# Fewer words in small letters than this say little about a language.
MINIMUM_WORDS = 4
# A language so strange is not one that people chat in with the model.
MOST_STRANGE_CHAT = 0.5
# In German, in headlines and in forms a capital tells little.
MANY_CAPITALS = 0.4
NEVER = 2.0
NOT_EVEN_BESIDE = 3.0
# Next to a part of the same name, in a language that the model knows and in one that it does not.
BESIDE, STRANGE_BESIDE = 0.15, 0.7
# The same for a word in small letters beside one with a capital: `Anna shouted`.
SMALL_BESIDE = 0.4
SHORTEST_CHAT, LONGEST_CHAT = 12, 300
MINIMUM_CHAT_WORDS = 2

_PLAIN_WORDS = frozenset(PLAIN_WORDS.split())
# Codes and the names of classes: RFC6960, OneToOneField; but not McKenzie or O'Neill.
_TECHNICAL = re.compile(
    r"(?!Ma?c[A-Z]|De[A-Z]|La[A-Z]|Le[A-Z]|Van[A-Z]|Fitz[A-Z]|Di[A-Z])\w*[a-z][A-Z]\w*|\w*[A-Za-z]\d\w*"
)
# Tags, pictures, raised voices and the short words of people who write as they talk.
_CHAT = re.compile(
    r"(?:^|\s)[#@][^\W\d]|[\u2600-\u27bf\U0001f300-\U0001faff]|[!?]{2,}"
    r"|\bi (?:am|was|think|have|know|just|love|like|can|want|need|got|hope|do|did|would)\b"
    r"|\b(?:u|im|ur|lol|lmao|omg|rt|wtf|pls|plz|dont|cant|gonna|wanna|xd|haha\w*|jaja\w*|kkk+|mdr|ptdr)\b"
)


class Shape(Enum):
    """Name how a word is written, and where."""

    # Within a sentence that is otherwise in small letters, a capital is itself a sign of a name.
    CAPITAL = auto()
    FIRST = auto()
    # Among many capitals, as in titles, forms and German.
    MANY = auto()
    # In small letters, where others have capitals; and where nobody has.
    SMALL = auto()
    BARE = auto()
    # All in capitals, or a code.
    UPPER = auto()
    # Numbers, marks, letters that are neither large nor small.
    SIGN = auto()


class Needs(NamedTuple):
    """What the model must reach: alone, by what lists know of the word; or beside another reader's guess."""

    listed: float
    unknown: float
    everyday: float
    seconded: float
    # Another reader's guess about a word that no list has as a name.
    barely_seconded: float

    def of(self, fame: Fame, *, is_seconded: bool) -> float:
        """Return what is needed of a word."""
        if is_seconded:
            return self.seconded if fame is Fame.LISTED else self.barely_seconded
        return self.unknown if fame is Fame.UNKNOWN else self.listed if fame is Fame.LISTED else self.everyday


FORMAL = {
    Shape.CAPITAL: Needs(0.1, 0.15, 0.1, 0.01, 0.05),
    Shape.FIRST: Needs(0.35, 0.5, 0.95, 0.01, 0.1),
    Shape.MANY: Needs(0.35, 0.5, 0.5, 0.03, 0.1),
    Shape.SMALL: Needs(0.7, 0.9, NEVER, 0.3, 0.7),
    Shape.BARE: Needs(0.35, 0.6, 0.9, 0.03, 0.1),
    Shape.UPPER: Needs(0.8, 0.8, 0.8, 0.05, 0.1),
    Shape.SIGN: Needs(0.35, 0.35, 0.35, 0.03, 0.03),
}
# Whoever chats writes names small and other words large.
CHAT = {
    Shape.CAPITAL: Needs(0.04, 0.04, 0.05, 0.002, 0.003),
    Shape.FIRST: Needs(0.08, 0.08, 0.9, 0.002, 0.01),
    Shape.MANY: Needs(0.2, 0.2, 0.4, 0.003, 0.01),
    Shape.SMALL: Needs(0.25, 0.3, 0.7, 0.003, 0.1),
    Shape.BARE: Needs(0.2, 0.2, 0.7, 0.003, 0.1),
    Shape.UPPER: Needs(0.1, 0.15, 0.5, 0.003, 0.05),
    Shape.SIGN: Needs(0.3, 0.3, 0.3, 0.01, 0.01),
}
# In a language of which the model has seen little.
STRANGE = {
    Shape.CAPITAL: Needs(0.3, 0.3, 0.3, 0.03, 0.05),
    Shape.FIRST: Needs(0.75, 0.95, NEVER, 0.1, 0.3),
    Shape.MANY: Needs(0.85, 0.85, 0.95, 0.03, 0.3),
    Shape.SMALL: Needs(NEVER, NEVER, NEVER, 0.7, 0.9),
    Shape.BARE: Needs(0.85, 0.95, NEVER, 0.1, 0.5),
    Shape.UPPER: Needs(NEVER, NEVER, NEVER, 0.1, 0.3),
    Shape.SIGN: Needs(0.85, 0.85, 0.85, 0.03, 0.03),
}


def thresholds(
    text: str, words: Sequence[Word], spelled: Sequence[str], seconded: Sequence[object]
) -> tuple[list[float], list[float]]:
    """Return what each word must reach alone, and what is enough beside a part of a name."""
    strangeness = _strangeness(words, spelled)
    known = CHAT if strangeness < MOST_STRANGE_CHAT and is_chat(text) else FORMAL
    shapes = list(_shapes(text, words, spelled))
    needed = [
        _needed(word, known[shape], STRANGE[shape], strangeness, is_seconded=second is not None)
        for word, shape, second in zip(spelled, shapes, seconded, strict=True)
    ]
    beside = BESIDE + (STRANGE_BESIDE - BESIDE) * strangeness
    small = beside if known is CHAT else max(beside, SMALL_BESIDE)
    besides = [
        need if need == NOT_EVEN_BESIDE else small if shape is Shape.SMALL else beside
        for need, shape in zip(needed, shapes, strict=True)
    ]
    return needed, besides


def _needed(word: str, known: Needs, strange: Needs, strangeness: float, *, is_seconded: bool) -> float:
    if word.lower() in _PLAIN_WORDS:
        return NOT_EVEN_BESIDE
    fame = fame_of(word)
    low, high = (needs.of(fame, is_seconded=is_seconded) for needs in (known, strange))
    return low + (high - low) * strangeness


def _shapes(text: str, words: Sequence[Word], spelled: Sequence[str]) -> Iterator[Shape]:
    """Yield how each word is written."""
    initials = [word[0] for word in spelled if word[0].isalpha()]
    few = MANY_CAPITALS * len(initials)
    capitals = sum(map(str.isupper, initials))
    small = Shape.SMALL if capitals else Shape.BARE
    shouts = sum(map(str.isupper, spelled)) > few
    for word, opens in zip(spelled, _openings(text, words), strict=True):
        if word[0].islower():
            yield small
        elif _TECHNICAL.fullmatch(word) or (word.isupper() and len(word) > 1 and not shouts):
            yield Shape.UPPER
        elif not word[0].isupper():
            yield Shape.SIGN
        elif capitals > few or (word.isupper() and len(word) > 1):
            yield Shape.MANY
        else:
            yield Shape.FIRST if opens else Shape.CAPITAL


def is_chat(text: str) -> bool:
    """Say whether a text reads like one that somebody typed to friends: short, careless or merry, without an end."""
    if not SHORTEST_CHAT < len(text) < LONGEST_CHAT:
        return False
    return (
        text[0].islower()
        or (text[-1].isalpha() and text.count(" ") >= MINIMUM_CHAT_WORDS)
        or _CHAT.search(text) is not None
    )


def _strangeness(words: Sequence[Word], spelled: Sequence[str]) -> float:
    """Say from 0 to 1 how much the words of a text fall apart."""
    pieces = [len(word.ids) for word, letters in zip(words, spelled, strict=True) if letters[0].islower()]
    if not pieces:
        return 0.0
    mean = sum(pieces) / len(pieces)
    strangeness = min(1.0, max(0.0, (mean - KNOWN_PIECES) / (STRANGE_PIECES - KNOWN_PIECES)))
    return strangeness * min(1.0, len(pieces) / MINIMUM_WORDS)


def _openings(text: str, words: Sequence[Word]) -> Iterator[bool]:
    """Say of each word whether it begins a sentence or a line."""
    end = 0
    for word in words:
        yield end == 0 or text[end - 1] in ".!?:" or "\n" in text[end : word.start]
        end = word.end
