"""Names in which a reading machine took a letter for a digit: `J0hn Mil1er` reads as John Miller."""

import re
from collections.abc import Iterator
from itertools import product

from classifier.names import gazetteers
from classifier.names.features import folded

# Looked for from the digit, as most texts have few.
_HINT = re.compile(r"[013458](?:(?<=[^\W\d_].)[^\W\d_]|(?<!\w.)(?<=[0158])[^\W\d_]{3}|(?<=[^\W\d_]{3}.)(?!\w))")
_WORD = re.compile(r"(?<![\w@/.:#+$&=-])(?=[^\W\d_]*[013458])[^\W_]{4,16}(?![\w@/#+=-])")
# What each digit may stand for.
_LETTERS = {"0": "o", "1": "li", "3": "e", "4": "a", "5": "s", "8": "b"}
MOST_DIGITS = 2
_NAMES = frozenset((gazetteers.GIVEN, gazetteers.FAMILY, gazetteers.PLACE, gazetteers.REGION))


def as_meant(text: str) -> str:
    """Return a text of the same length in which such words are spelled as lists know them; all others stay."""
    return _WORD.sub(_meant, text) if _HINT.search(text) else text


def _meant(match: re.Match[str]) -> str:
    word = match.group()
    digits = sum(map(str.isdigit, word))
    if digits > MOST_DIGITS or not (word[0].isupper() or word[0].isdigit()) or not set(word) - set("0123456789"):
        return word
    return next((read for read in _readings(word) if _is_name(read)), word)


def _readings(word: str) -> Iterator[str]:
    """Yield the words that this may stand for, in its own capitals."""
    shouts = not any(map(str.islower, word))
    for letters in product(*(_LETTERS.get(sign, sign) for sign in word)):
        read = "".join(letters)
        if read.isalpha():
            yield read.upper() if shouts else read[0].upper() + read[1:]


def _is_name(word: str) -> bool:
    letters = gazetteers.lists().get(folded(word), "")
    return not _NAMES.isdisjoint(letters) and gazetteers.COMMON not in letters
