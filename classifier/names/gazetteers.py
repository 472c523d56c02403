"""What lists know of a word: whether it is known as a name, a place, a title, or simply as a word."""

import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files

# One letter a list; a word of several lists has several.
GIVEN, FAMILY, PLACE, REGION = "g", "f", "c", "k"
COMMON, TITLE, COMPANY, STREET, CALENDAR, PINYIN = "w", "t", "o", "r", "m", "p"
NAMES = frozenset(GIVEN + FAMILY + PLACE + REGION)
_NOT_NAMES = frozenset(COMMON + TITLE + COMPANY + STREET + CALENDAR)

# Chinese names in Latin letters are one to three syllables, far too many to list.
_SYLLABLE = (
    r"(?:(?:[bpmfdtnlgkhjqxzcsryw]|[zcs]h)?(?:a[io]?|ang?|e[ir]?|eng?|i[ae]?|iang?|iao|ing?|iong|iu|ong|ou|u[aeio]?|"
    r"uang?|uai|un|ve?))"
)
_PINYIN = re.compile(rf"{_SYLLABLE}{{1,2}}")
LONGEST_PINYIN = 12
# Endings of the cases that a letter or a contract puts names in, and those of the name itself.
_ENDINGS = (
    ("skiego", ("ski",)), ("skiemu", ("ski",)), ("skim", ("ski",)), ("skiej", ("ska",)), ("ckiego", ("cki",)),
    ("ckiemu", ("cki",)), ("ckim", ("cki",)), ("ckiej", ("cka",)), ("dzkiego", ("dzki",)), ("dzkiej", ("dzka",)),
    ("owi", ("", "o")), ("iem", ("", "i")), ("em", ("", "o", "a")), ("a", ("", "o")), ("y", ("a",)), ("i", ("a", "ia")),
)  # fmt: skip
_ANY_ENDING = tuple(ending for ending, _ in _ENDINGS)
SHORTEST_STEM = 4
_PEOPLE = frozenset(GIVEN + FAMILY)


def read_data(name: str) -> str:
    """Return the text of a data file, whose first line is the digest of the rest; a damaged file is an error."""
    packed = files("classifier.names").joinpath("data", name).read_bytes()
    digest, _, text = gzip.decompress(packed).decode("utf-8").partition("\n")
    if digest != hashlib.sha256(text.encode("utf-8")).hexdigest():
        message = f"The data file {name} is damaged."
        raise ValueError(message)
    return text


@cache
def lists() -> dict[str, str]:
    """Return for each listed word the letters of its lists."""
    known: dict[str, str] = {}
    for line in read_data("lists.txt.gz").splitlines():
        letters, _, words = line.partition("\t")
        known.update(dict.fromkeys(words.split(" "), letters))
    return known


def known_of(table: dict[str, str], word: str) -> str:
    """Return the letters of the lists that hold a folded word, or the halves of a double name."""
    letters = table.get(word, "") or _known_of_stem(table, word)
    if letters or not word.isascii():
        return letters
    if "-" in word:
        return "".join(sorted({letter for half in word.split("-") for letter in table.get(half, "")} & NAMES))
    is_pinyin = len(word) <= LONGEST_PINYIN and _PINYIN.fullmatch(word) is not None
    return PINYIN if is_pinyin else ""


def _known_of_stem(table: dict[str, str], word: str) -> str:
    """Return the people's lists of the name that a Polish ending was put to: `kowalskiego`, `tomaszem`, `joanny`."""
    if not word.endswith(_ANY_ENDING):
        return ""
    for ending, bases in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            stem = word[: -len(ending)]
            found = {letter for base in bases for letter in table.get(stem + base, "")}
            if COMMON not in found and found & _PEOPLE:
                return "".join(sorted(found & _PEOPLE))
    return ""


def is_known_name(letters: str) -> bool:
    """Say whether a word is listed as a name and as nothing else."""
    found = set(letters)
    return bool(found & NAMES) and not found & _NOT_NAMES
