"""Running text cut into tokens: words, numbers, signs and line breaks, with where each stands."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Combining marks that Python's `\w` leaves out: accents, vowel signs of Indic scripts, Arabic and Hebrew points.
MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u093c\u093e-\u094f"
    "\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a4d\u0a81-\u0acd\u0b01-\u0b4d\u0b82-\u0bcd"
    "\u0c01-\u0c4d\u0c82-\u0ccd\u0d02-\u0d4d\u0d82-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u200c\u200d"
)
# Characters that stand for a word or a syllable are tokens of their own; so are kana, which stand between them.
_IDEOGRAPHS = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTER = rf"[^\W\d_{_IDEOGRAPHS}]"
_WORD = rf"{_LETTER}(?:{_LETTER}|[{MARKS}])*"
TOKEN = re.compile(
    rf"https?://[^\s\x00]+|www\.[^\s\x00]+|(?:[ODL]['\u2019](?=[A-Z]))?{_WORD}(?:[-\u2010\u2011]{_WORD})*"
    r"|\d+|[\r\n]\s*|[^\s]"
)
# The same in plain ASCII, in half the time.
_PLAIN_WORD = "[A-Za-z]+(?:-[A-Za-z]+)*"
_PLAIN = re.compile(
    rf"https?://[^\s\x00]+|www\.[^\s\x00]+|[ODL]'(?=[A-Z]){_PLAIN_WORD}|{_PLAIN_WORD}|[0-9]+|[\r\n]\s*|[^\s]"
)


class Token(NamedTuple):
    """A piece of a text and the code points it covers."""

    text: str
    start: int
    end: int


def places_of(text: str) -> Iterator[re.Match[str]]:
    """Yield where the tokens of a text stand, in order."""
    return (_PLAIN if text.isascii() else TOKEN).finditer(text)


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in order."""
    return (Token(match.group(), *match.span()) for match in places_of(text))
