"""Which texts are worth reading for names: a test so cheap that ids, codes and times cost nothing."""

import re
from collections.abc import Iterator, Sequence

from classifier.names import gazetteers
from classifier.spans import Span
from classifier.tiers import Tier

# A text with more words than these is running text; a shorter one must hold something like a name.
MOST_WORDS_OF_A_VALUE = 4
LONGEST_VALUE = 60

_LETTER = "[A-Za-z?]"
_TWO_WORDS = rf"{_LETTER}{{2}}[,.;:!)'\"]{{0,2}}[ \n\r\t]+[(\"']?{_LETTER}"
_NUMBERED = r"[a-z?]\.? [0-9]"
_ONE_NAME = r"(?:^|\x00)[A-Z?][a-z?]+(?:['-][A-Z?]?[a-z?]+)?(?:$|\x00)"
_HANDLE = r"(?:^|[^0-9A-Za-z.@/_-])@[A-Za-z0-9_]"
_READABLE = re.compile(
    r"[^\W\d_][^\W\d_][,.;:!)'\"]{0,2}\s+[(\"']?[^\W\d_]|[^\W\d_]\.? \d|(?:^|[^\w.@/-])@\w|[^\x00-\x7f]"
)
# What a programme is called by itself or in a request: `Mozilla/5.0 (X11; Linux)`, an address, a path.
_MACHINE = re.compile(r"[A-Za-z]+/\d|[a-z]+://\S*$|/\S*$")


class NameGate:
    """Ride along in the pattern engine's one pass and tell whether any leaf may hold a name."""

    pattern = rf"{_TWO_WORDS}|{_NUMBERED}|{_ONE_NAME}|{_HANDLE}|\?\?"

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Find nothing: that the pattern matches is all there is to tell."""
        del folded, text
        return iter(())


def name_candidates(leaves: Sequence[str], text: str, tier: Tier) -> list[int]:
    """Return which leaves, that make up this text, read like running text or like a name on its own."""
    known_to_be_nobody = _NOBODY[tier]
    # Most leaves are ids, codes and times of one word: how they are written gives them away.
    if text.isascii() and "@" not in text and "\n" not in text:
        open_to = [
            at
            for at, leaf in enumerate(leaves)
            if " " in leaf or (leaf.istitle() and leaf[0].isalpha() and leaf[-1].isalpha())
        ]
    else:
        open_to = [at for at, leaf in enumerate(leaves) if not leaf.isalnum() or leaf.istitle() or not leaf.isascii()]
    return [at for at in open_to if hash(leaves[at]) not in known_to_be_nobody and may_hold_names(leaves[at], tier)]


def may_hold_names(text: str, tier: Tier) -> bool:
    """Say whether a text reads like running text, or like a name on its own; remember values that do not."""
    if _may_hold_names(text, tier):
        return True
    if len(text) <= LONGEST_VALUE and not (text[:1].isdigit() or text[-1:].isdigit()):
        known_to_be_nobody = _NOBODY[tier]
        if len(known_to_be_nobody) >= MOST_REMEMBERED:
            known_to_be_nobody.clear()
        known_to_be_nobody.add(hash(text))
    return False


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
# Values that were met and are nobody's name, which recur in events: `Order completed`. Only their hashes, salted anew
# in each process, are kept: what was taken for nobody by mistake must not stay in memory.
_NOBODY: dict[Tier, set[int]] = {tier: set() for tier in Tier}
MOST_REMEMBERED = 4096
