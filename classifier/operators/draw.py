"""Drawing by a keyed seed, and letters that share no run with the value they stand for."""

import re
import string
from collections.abc import Sequence
from hashlib import shake_256
from typing import TypeVar

from classifier.operators.shape import TELLING

T = TypeVar("T")

RUN = 3
_SCHEME = re.compile(r"^(?:https?|ftp)://")
_WORD = 4
_FIRST_BYTES = 64


class Draw:
    """An endless run of choices, the same for the same seed; a generator of Faker's costs 12 µs to seed."""

    __slots__ = ("_at", "_bytes", "_seed")

    def __init__(self, seed: bytes) -> None:
        """Begin at the seed."""
        self._seed, self._at, self._bytes = seed, 0, b""

    def below(self, limit: int) -> int:
        """Return a number from zero up to but not including the limit."""
        if self._at + _WORD > len(self._bytes):
            self._bytes = shake_256(self._seed).digest(max(_FIRST_BYTES, 2 * len(self._bytes)))
        self._at += _WORD
        return int.from_bytes(self._bytes[self._at - _WORD : self._at], "big") % limit

    def between(self, first: int, last: int) -> int:
        """Return a number in a range, both ends included."""
        return first + self.below(last - first + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of these."""
        return choices[self.below(len(choices))]

    def digits(self, count: int) -> str:
        """Return so many digits."""
        return "".join(str(self.below(10)) for _ in range(count))


def runs_of(text: str) -> frozenset[str]:
    """Return every three letters or digits that stand together in a text; how a URL begins tells nothing."""
    folded = _SCHEME.sub("", text.lower())
    windows = (folded[at : at + RUN] for at in range(len(folded) - RUN + 1))
    return frozenset(window for window in windows if window.isalnum())


def filled(text: str, draw: Draw, avoided: frozenset[str]) -> str:
    """Return a text of the same shape: other digits, other letters, the same separators."""
    written: list[str] = []
    for letter in text:
        written.append(_other(letter, "".join(written[-RUN + 1 :]), draw, avoided) if TELLING.match(letter) else letter)
    return "".join(written)


def with_digits(text: str, digits: str) -> str:
    """Return a text with its letters and digits replaced, in order, by as many digits."""
    supply = iter(digits)
    return "".join(next(supply, "") if letter.isalnum() else letter for letter in text)


def _other(letter: str, before: str, draw: Draw, avoided: frozenset[str]) -> str:
    alphabet = _alphabet_of(letter)
    offset = draw.below(len(alphabet))
    choices = [one for one in alphabet[offset:] + alphabet[:offset] if one != letter]
    return next((one for one in choices if (before + one).lower() not in avoided), choices[0])


def _alphabet_of(letter: str) -> str:
    if letter.isdigit():
        return string.digits
    return string.ascii_uppercase if letter.isupper() else string.ascii_lowercase
