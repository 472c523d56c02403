"""Phone numbers spelled out, as in what a machine writes down of a call: `five five five, one two three four`."""

from collections.abc import Iterator
from itertools import pairwise

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, RIGHT, PatternRecognizer

# English, Spanish, French, German.
_DIGITS = (
    ("zero", "oh", "cero", "z\u00e9ro", "null"),
    ("one", "uno", "un", "eins"),
    ("two", "dos", "deux", "zwei", "zwo"),
    ("three", "tres", "trois", "drei"),
    ("four", "cuatro", "quatre", "vier"),
    ("five", "cinco", "cinq", "f\u00fcnf"),
    ("six", "seis", "sechs"),
    ("seven", "siete", "sept", "sieben"),
    ("eight", "ocho", "huit", "acht"),
    ("nine", "nueve", "neuf", "neun"),
)
_OF = {word.encode("ascii", "replace").decode(): digit for digit, words in enumerate(_DIGITS) for word in words}
_WORD = "|".join(sorted((word.replace("?", r"\?") for word in _OF), key=len, reverse=True))
_BETWEEN = r"[ ,.-]{1,2}"


def locate(value: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the whole of it, unless somebody merely counts."""
    words = "".join(letter if letter.isalpha() or letter == "?" else " " for letter in value.lower()).split()
    digits = [_OF[word] for word in words]
    steps = {after - before for before, after in pairwise(digits)}
    if len(steps) > 1:
        yield 0, len(value), False


SPOKEN_NUMBER = PatternRecognizer(
    entity=Entity.PHONE_NUMBER,
    name="spoken_number",
    pattern=rf"(?i:{LEFT}((?:{_WORD})(?:{_BETWEEN}(?:{_WORD})){{6,14}}){RIGHT})",
    locate=locate,
)
