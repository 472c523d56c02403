"""The pattern engine: one linear-time pass tells which recognizers can match, and only those look closer."""

import re
from collections.abc import Iterable, Sequence

import re2

from classifier.recognizers.base import Recognizer
from classifier.spans import Span

# The set must never run out of states: it would answer "no match" instead of falling back.
SET_MEMORY_BYTES = 32 << 20

_WIDE: dict[int, int | str] = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
_SPACES = dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D), "-")
_QUESTION = {0x3F: "!", 0xFF1F: "!"}
_LOOKALIKES: dict[int, int | str] = {**_WIDE, **_SPACES, **_DASHES, **_QUESTION}
_OTHER_DIGITS = re.compile(r"[^\x00-\x7f\W]")


def fold(text: str) -> bytes:
    """Return one ASCII byte a code point, so that offsets agree and damage does not hide a value.

    Full-width forms, other scripts' digits, odd spaces and dashes become plain; any other
    character becomes `?`, which patterns read as a letter of some alphabet.
    """
    if text.isascii():
        return text.encode("ascii").replace(b"?", b"!")
    plain = text.translate(_LOOKALIKES)
    if not plain.isascii():
        plain = _OTHER_DIGITS.sub(_plain_digit, plain)
    return plain.encode("ascii", "replace")


def _plain_digit(match: re.Match[str]) -> str:
    letter = match.group()
    return str(int(letter)) if letter.isdecimal() else letter


class PatternSet:
    """Many recognizers searched for in one pass."""

    __slots__ = ("_recognizers", "_set")

    def __init__(self, recognizers: Sequence[Recognizer]) -> None:
        """Compile the patterns of all recognizers into one automaton."""
        options = re2.Options()
        options.max_mem = SET_MEMORY_BYTES
        options.encoding = re2.Options.Encoding.LATIN1
        options.log_errors = False
        self._recognizers = tuple(recognizers)
        self._set = re2.Set.SearchSet(options)
        for recognizer in recognizers:
            self._set.Add(recognizer.pattern.encode("ascii"))
        self._set.Compile()

    def find(self, text: str) -> Iterable[Span]:
        """Return what the recognizers find in a text; overlaps are not yet settled."""
        folded, hits = self.match(text)
        return self.spans(text, folded, hits) if hits else ()

    def match(self, text: str) -> tuple[bytes, list[int]]:
        """Return a text folded, and which recognizers can find something in it, by their place in the list."""
        folded = fold(text)
        return folded, self._set.Match(folded) or []

    def spans(self, text: str, folded: bytes, hits: Iterable[int]) -> list[Span]:
        """Return what these recognizers find in a text; overlaps are not yet settled."""
        return [span for hit in sorted(hits) for span in self._recognizers[hit].find(folded, text)]
