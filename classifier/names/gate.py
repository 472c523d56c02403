"""Which texts are worth reading for names: a test so cheap that ids, codes and times cost nothing."""

import re
from collections.abc import Iterable, Sequence

from classifier.names import gazetteers
from classifier.tiers import Tier

# A text with more words than these is running text; a shorter one must hold something like a name.
MOST_WORDS_OF_A_VALUE = 4
LONGEST_VALUE = 60

_READABLE = re.compile(
    r"[^\W\d_][^\W\d_][,.;:!)'\"]{0,2}\s+[(\"']?[^\W\d_]|[^\W\d_]\.? \d|(?:^|[^\w.@/-])@\w|[^\x00-\x7f]"
)
_NOT_ONE_WORD = re.compile(r"[\s@]|[^\x00-\x7f]")
# Two words, a word with a number, one capitalised word or a handle; a name of a column is none of these.
_SPEAKING = re.compile(
    r"[^\W\d_]{2}[,.;:!)'\"]{0,2}[ \n\r\t]+[(\"']?[^\W\d_]|[^\W\d_A-Z]\.? [0-9]|[^\x00-\x7f]{2}"
    r"|^[^\W\d_a-z][^\W\d_A-Z]+(?:['-][^\W\d_a-z]?[^\W\d_A-Z]+)?$|(?:^|[^0-9A-Za-z.@/_-])@[A-Za-z0-9_]"
)
# What a programme is called by itself or in a request: `Mozilla/5.0 (X11; Linux)`, an address, a path.
_MACHINE = re.compile(r"[A-Za-z]+/\d|[a-z]+://\S*$|/\S*$")


def name_candidates(leaves: Sequence[str], tier: Tier) -> list[int]:
    """Return which leaves read like running text or like a name on its own."""
    return [
        at for at, leaf in enumerate(leaves) if (leaf.istitle() or not is_token(leaf)) and _may_hold_names(leaf, tier)
    ]


def speak(texts: Iterable[str]) -> bool:
    """Say whether any of some texts is more than a bare word in small letters or capitals, as names of columns are."""
    return any(map(_SPEAKING.search, texts))


def is_token(text: str) -> bool:
    """Say whether a text is one plain word, as ids, codes and times are; with a digit in it, no list knows it."""
    return _NOT_ONE_WORD.search(text) is None


def _may_hold_names(text: str, tier: Tier) -> bool:
    words = words_of_value(text)
    if words is None:
        return _MACHINE.match(text) is None and _READABLE.search(text) is not None
    if text.upper() == text.lower():
        return False
    if len(words) == 1:
        return words[0].istitle() and gazetteers.is_known_name(known(words[0]))
    letters = [known(word) for word in words]
    if all(each == gazetteers.COMMON for each in letters):
        return False
    return _is_like_a_name(words, letters) or (tier is Tier.THOROUGH and text[0].isalpha())


def words_of_value(text: str) -> list[str] | None:
    """Return the words of a text that is too short to be running text, None for any other."""
    if len(text) > LONGEST_VALUE or not text.isascii() or "@" in text or "\n" in text:
        return None
    words = text.split(" ")
    return words if len(words) <= MOST_WORDS_OF_A_VALUE else None


def _is_like_a_name(words: list[str], letters: list[str]) -> bool:
    """Say whether a value of few words holds a listed name, or a street, or a company; or nothing that is a word."""
    found = frozenset("".join(letters))
    if gazetteers.COMPANY in found:
        return True
    if gazetteers.STREET in found and (words[0].isdigit() or words[-1].isdigit()):
        return True
    if gazetteers.GIVEN in letters[0] and gazetteers.COMMON not in letters[0]:
        return True
    if any(map(_is_of_people, letters)):
        return True
    return gazetteers.COMMON not in found and all(word.isalpha() and word.istitle() for word in words)


def _is_of_people(letters: str) -> bool:
    """Say whether a word is the name of people and of nothing else: many are those of places too."""
    return not _PEOPLE.isdisjoint(letters) and _NO_PEOPLE.isdisjoint(letters)


def known(word: str) -> str:
    """Return the letters of the lists that hold a word of a value."""
    return gazetteers.lists().get(word.strip(_SIGNS).lower(), "")


_SIGNS = ".,;:!?'\"()"
_PEOPLE = frozenset((gazetteers.GIVEN, gazetteers.FAMILY))
_NO_PEOPLE = frozenset((gazetteers.COMMON, gazetteers.PLACE, gazetteers.REGION))
