"""What the sequence model looks at: the shape of a word, its endings, what lists know of it, and its neighbours.

The training and the model at work both read these functions, so that neither can drift from the other.
"""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

LINE_BREAK = "nl"
# How the line of a word is written, which decides what a capital letter tells.
NORMAL, OPENS, LOWER, UPPER, TITLE = "nslut"
MINIMUM_TITLE_WORDS = 4
SHORT_WORD = 3
LONGEST_NUMBER = 6
LONGEST_WORD = 40
_ENDS_SENTENCE = frozenset('.!?:\u2026\n\u3002\uff01\uff1f\u061f\u0964"\u201c\u2022*>')
_SHAPES = {UPPER: {"XX": "U", "X": "U"}, LOWER: {"x": "l"}, TITLE: {"Xx": "T", "X": "T"}, OPENS: {"Xx": "S", "X": "S"}}
_FOLD = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "\u0131": "i",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "\u2019": "'",
        "\u2010": "-",
        "\u2011": "-",
    }
)
_SCRIPTS = (
    (0x0590, 0x05FF, "cB"), (0x0600, 0x06FF, "cA"), (0x0900, 0x0DFF, "cD"), (0x0E00, 0x0E7F, "cT"),
    (0x10A0, 0x10FF, "cG"), (0x3040, 0x30FF, "cK"), (0x3400, 0x9FFF, "cH"), (0xAC00, 0xD7AF, "cN"),
)  # fmt: skip

# What lists know of a folded word: letters, one a list (see `gazetteers`).
Known = Callable[[str], str]


class Word(NamedTuple):
    """What is true of a word wherever it stands: its class, its own features, those its neighbours see."""

    kind: str
    own: tuple[str, ...]
    near: tuple[str, ...]
    identity: str


def folded(word: str) -> str:
    """Return a word in lower case without accents; other scripts keep their marks."""
    low = word.lower()
    if low.isascii():
        return low
    low = low.translate(_FOLD)
    if low.isascii() or low[0] > "\u024f":
        return low
    return "".join(letter for letter in unicodedata.normalize("NFKD", low) if not unicodedata.combining(letter))


def shape_of(token: str) -> str:
    """Return how a token is written."""
    first = token[0]
    if first.isdigit():
        return f"d{min(len(token), LONGEST_NUMBER)}"
    if not first.isalpha():
        return LINE_BREAK if first in "\r\n" else first if first.isprintable() else "?"
    if not (first.isupper() or first.islower()):
        return _script_of(first)
    return _case_of(token)


def _case_of(token: str) -> str:
    if token.islower():
        return "x"
    if token.isupper():
        return "X" if len(token) == 1 else "XX"
    if token.istitle():
        return "Xx"
    return "XxX" if token[0].isupper() else "xX"


def _script_of(letter: str) -> str:
    code = ord(letter)
    return next((name for first, last, name in _SCRIPTS if first <= code <= last), "c")


def describe(token: str, variant: str, known: Known) -> Word:
    """Return what is true of a token in a line written this way."""
    shape = shape_of(token)
    shape = _SHAPES.get(variant, {}).get(shape, shape)
    if not token[0].isalpha() or len(token) > LONGEST_WORD:
        return _describe_sign(shape)
    low = folded(token)
    lists = known(low)
    kind = f"{shape}/{lists}"
    near = (f"w={low}", f"k={kind}", f"g={lists}")
    return Word(kind, (*near, f"s={shape}", *_affixes(low, shape)), near, low)


def _describe_sign(shape: str) -> Word:
    features = (f"k={shape}",)
    return Word(shape, features, features, "" if shape[0] == "d" else shape)


def _affixes(low: str, shape: str) -> tuple[str, ...]:
    if len(low) <= SHORT_WORD:
        return (f"n={len(low)}",)
    return (f"a={low[-2:]}", f"b={low[-3:]}", f"c={low[-4:]}|{shape}", f"p={low[:3]}")


EDGE = Word("^", ("k=^",), ("k=^",), "^")


def features_of(words: Sequence[Word]) -> list[list[str]]:
    """Return the features of each word of a text, for the training; the model adds up the same by parts."""
    padded = [EDGE, EDGE, *words, EDGE, EDGE]
    return [_features_at(padded, at) for at in range(2, len(padded) - 2)]


def _features_at(words: Sequence[Word], at: int) -> list[str]:
    features = [f"0{name}" for name in words[at].own]
    for place, offset in (("-", -1), ("+", 1), ("<", -2), (">", 2)):
        features += [place + name for name in words[at + offset].near]
    before, here, after = words[at - 1], words[at], words[at + 1]
    # Two neighbours together: by their classes, and by the word that announces what follows.
    features += [f"[{before.kind} {here.kind}", f"]{here.kind} {after.kind}"]
    # A name must not be learned by heart, so the training takes away its identity.
    return [*features, f"{{{before.identity} {here.kind}"] if before.identity else features


def variants_of(tokens: Sequence[str]) -> list[str]:
    """Return for each token how its line is written, and whether it opens a sentence."""
    variants: list[str] = []
    for line, written in lines_of(tokens):
        opening = openings_of(line) if written == NORMAL else frozenset()
        variants += [OPENS if at in opening else written for at in range(len(line))]
    return variants


def lines_of(tokens: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """Yield the lines of a text, each with its break, and how each is written."""
    start = 0
    # A token of white space is a break, as all other space is left out.
    breaks = [at for at, is_break in enumerate(map(str.isspace, tokens), 1) if is_break]
    for end in (*breaks, len(tokens)):
        if start < end:
            line = tokens[start:end]
            yield line, _written(line)
            start = end


def openings_of(line: Sequence[str]) -> frozenset[int]:
    """Return which tokens of a line open a sentence."""
    return frozenset((0, *(at for at, token in enumerate(line[:-1], 1) if token in _ENDS_SENTENCE)))


def _written(line: Sequence[str]) -> str:
    if _is_mixed(line):
        return NORMAL
    words = [token for token in line if token[0].isalpha() and len(token) > 1]
    cased = [word for word in words if word[0].isupper() or word[0].islower()]
    if not cased:
        return NORMAL
    if all(word.islower() for word in cased):
        return LOWER
    if all(word.isupper() for word in cased):
        return UPPER if len(cased) > 1 else NORMAL
    long = [word for word in cased if len(word) > SHORT_WORD]
    is_title = len(long) >= MINIMUM_TITLE_WORDS and all(word[0].isupper() for word in long)
    return TITLE if is_title else NORMAL


def _is_mixed(line: Sequence[str]) -> bool:
    """Say whether a line has a long word written small and a word with a capital: what most lines show soon."""
    return any(len(token) > SHORT_WORD and token[0].islower() and token[0].isalpha() for token in line) and any(
        token[0].isupper() and token[0].isalpha() and len(token) > 1 for token in line
    )
