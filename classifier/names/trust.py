"""How sure the model must be of a word, by how the word is written and how well the model knows the language."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

from classifier.names.small_words import PLAIN_WORDS
from classifier.names.wordpiece import Word

# Pieces a word in small letters, on average: English has 1.1, Spanish and German about 2, Polish and Turkish, of
# which the model has seen little, 2.5 and more. The more the words of a text fall apart, the less it knows of them.
KNOWN_PIECES = 1.4
STRANGE_PIECES = 2.4
# Fewer words in small letters than this say little about a language.
MINIMUM_WORDS = 4
# In German, in headlines and in forms a capital tells little.
MANY_CAPITALS = 0.4
NEVER = 2.0
# Abbreviations, codes and the names of classes: UTC, RFC6960, OneToOneField; but not McKenzie or O'Neill.
TECHNICAL_THRESHOLD = 0.8
_TECHNICAL = re.compile(
    r"(?!Ma?c[A-Z]|De[A-Z]|La[A-Z]|Le[A-Z]|Van[A-Z]|Fitz[A-Z]|Di[A-Z])\w*[a-z][A-Z]\w*|\w*[A-Za-z]\d\w*"
)

_PLAIN_WORDS = frozenset(PLAIN_WORDS.split())


@dataclass(frozen=True, slots=True)
class Trust:
    """What the model must reach for each way of writing a word."""

    # Within a sentence that is otherwise in small letters, a capital is itself a sign of a name.
    capital: float
    first: float
    usual: float
    # Who writes capitals would give a name one; who begins a text without may not.
    small: float
    careless: float
    # Next to a part of the same name.
    beside: float

    @classmethod
    def between(cls, known: Self, strange: Self, strangeness: float) -> Self:
        """Return what lies between a language the model knows and one it does not."""
        ends = [(getattr(known, field.name), getattr(strange, field.name)) for field in fields(cls)]
        return cls(*(low + (high - low) * strangeness for low, high in ends))


KNOWN = Trust(capital=0.1, first=0.2, usual=0.35, small=0.7, careless=0.4, beside=0.15)
STRANGE = Trust(capital=0.3, first=0.75, usual=0.85, small=1.1, careless=0.99, beside=0.7)


def thresholds(text: str, words: Sequence[Word], spelled: Sequence[str]) -> tuple[list[float], float]:
    """Return what each word must reach, and what is enough beside a part of a name."""
    trust = Trust.between(KNOWN, STRANGE, _strangeness(words, spelled))
    initials = [word[0] for word in spelled if word[0].isalpha()]
    capitals = sum(map(str.isupper, initials))
    if not capitals:
        trust = replace(trust, small=trust.usual)
    elif initials[0].islower():
        trust = replace(trust, small=trust.careless)
    if capitals > MANY_CAPITALS * len(initials):
        trust = replace(trust, capital=trust.usual, first=trust.usual)
    shouts = sum(map(str.isupper, spelled)) > MANY_CAPITALS * len(initials)
    openings = _openings(text, words)
    needed = [
        NEVER if word.lower() in _PLAIN_WORDS else _needed(word, trust, opens=opens, shouts=shouts)
        for word, opens in zip(spelled, openings, strict=True)
    ]
    return needed, trust.beside


def _needed(word: str, trust: Trust, *, opens: bool, shouts: bool) -> float:
    if word[0].islower():
        return trust.small
    if _TECHNICAL.fullmatch(word) or (word.isupper() and len(word) > 1 and not shouts):
        return max(trust.usual, TECHNICAL_THRESHOLD)
    if not word[0].isupper() or (word.isupper() and len(word) > 1):
        return trust.usual
    return trust.first if opens else trust.capital


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
