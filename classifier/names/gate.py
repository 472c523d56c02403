"""Which texts are worth reading for names: a test so cheap that ids, codes and times cost nothing."""

import re
from collections.abc import Iterator

from classifier.names import gazetteers
from classifier.names.features import folded
from classifier.spans import Span
from classifier.tiers import Tier

# A text with more words than these is running text; a shorter one must hold something like a name.
MOST_WORDS_OF_A_VALUE = 4
LONGEST_SINGLE_NAME = 40

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
_SINGLE = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)?")
_WORD = re.compile(r"[^\W\d_]+")


class NameGate:
    """Ride along in the pattern engine's one pass and tell whether any leaf may hold a name."""

    pattern = rf"{_TWO_WORDS}|{_NUMBERED}|{_ONE_NAME}|{_HANDLE}|\?\?"

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Find nothing: that the pattern matches is all there is to tell."""
        del folded, text
        return iter(())


def may_hold_names(text: str, tier: Tier) -> bool:
    """Say whether a text reads like running text, or like a name on its own."""
    if _SINGLE.fullmatch(text, 0, LONGEST_SINGLE_NAME):
        return not text.isupper() and not text.islower() and gazetteers.is_known_name(_known(text))
    if not _READABLE.search(text) or _MACHINE.match(text):
        return False
    words = _WORD.findall(text, 0, 200)
    if len(words) > MOST_WORDS_OF_A_VALUE or "@" in text or any(map(str.isdigit, text)) or not text.isascii():
        return True
    return tier is Tier.THOROUGH or _is_like_a_name(words)


def _is_like_a_name(words: list[str]) -> bool:
    """Say whether a value of few words holds a listed name, or none that everybody uses."""
    known = [_known(word) for word in words]
    return any(gazetteers.NAMES.intersection(letters) for letters in known) or not any(
        gazetteers.COMMON in letters for letters in known
    )


def _known(word: str) -> str:
    return gazetteers.known_of(gazetteers.lists(), folded(word))
