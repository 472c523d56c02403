"""The pattern engine: one linear-time pass tells which recognizers can match, and only those look closer."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

import re2

from classifier.recognizers.base import Recognizer
from classifier.spans import Span

# A set must never run out of states: it would answer "no match" instead of falling back.
SET_MEMORY_BYTES = 32 << 20
# So many sets share the patterns. One alone needs a state for each way in which fifty patterns may be half-way at once,
# and builds new ones all the time: on values that do not repeat, four sets take a fifth of its time (see ADR 14).
SETS = 4

# Not part of any text, as `fold` knows no such byte; it proves that the engine is able to answer at all.
_CANARY = b"\xff\xfe\xfd"

_WIDE: dict[int, int | str] = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
# Bold, italic and other mathematical letters read as plain ones.
_MATHEMATICAL = {
    code: plain for code in range(0x1D400, 0x1D7CE) if (plain := unicodedata.normalize("NFKC", chr(code))).isascii()
}
# Small, raised, lowered and circled ones too.
_ORNATE = {
    code: plain
    for code in (0xB2, 0xB3, 0xB9, *range(0x2070, 0x209D), *range(0x2460, 0x24EB), *range(0xFE50, 0xFE6C))
    if len(plain := unicodedata.normalize("NFKC", chr(code))) == 1 and plain.isascii()
}
_SPACES = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_LINES = dict.fromkeys((0x85, 0x2028, 0x2029), "\n")
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2043, 0x2212, 0x2E3A, 0x2E3B, 0xFE58, 0xFE63, 0xFF0D), "-")
_DOTS = dict.fromkeys((0xB7, 0x2024, 0x2027, 0x22C5, 0x30FB, 0x3002, 0xFE52, 0xFF0E, 0xFF61), ".")
_SLASHES = dict.fromkeys((0x2044, 0x2215, 0x29F8), "/")
_QUESTION = {0x3F: "!", 0xFF1F: "!"}
_LOOKALIKES: dict[int, int | str] = {
    **_ORNATE, **_MATHEMATICAL, **_WIDE, **_SPACES, **_LINES, **_DASHES, **_DOTS, **_SLASHES, **_QUESTION,
}  # fmt: skip
_OTHER_DIGITS = re.compile(r"[^\x00-\x7f\D]")


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
    return str(int(match.group()))


class Sets:
    """Many patterns, dealt out to a few automata, each of which reads a text in one pass."""

    __slots__ = ("_sets",)

    def __init__(self, patterns: Sequence[str], count: int = SETS) -> None:
        """Compile the patterns."""
        dealt = [range(first, len(patterns), count) for first in range(count)]
        self._sets = [(_compiled([patterns[at] for at in places]), places) for places in dealt]

    def match(self, folded: bytes) -> list[int]:
        """Return which patterns match, by their place in the list."""
        return [places[hit] for match, places in self._sets for hit in match(folded)]


def _compiled(patterns: Sequence[str]) -> Callable[[bytes], list[int]]:
    options = re2.Options()
    options.max_mem = SET_MEMORY_BYTES
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    compiled = re2.Set.SearchSet(options)
    for pattern in patterns:
        compiled.Add(pattern.encode("ascii"))
    compiled.Add(_CANARY)
    compiled.Compile()
    # The package's own `Match` wraps this one, at half the time of a short search.
    match: Callable[[bytes], list[int]] = compiled._set.Match  # noqa: SLF001 - see above.
    if match(_CANARY) != [len(patterns)]:
        message = "The pattern engine has too little memory for its patterns."
        raise MemoryError(message)
    return match


class PatternSet:
    """Many recognizers searched for in one pass."""

    __slots__ = ("_recognizers", "_sets")

    def __init__(self, recognizers: Sequence[Recognizer]) -> None:
        """Compile the patterns of all recognizers."""
        self._recognizers = tuple(recognizers)
        self._sets = Sets([recognizer.pattern for recognizer in recognizers])

    def find(self, text: str) -> Iterable[Span]:
        """Return what the recognizers find in a text; overlaps are not yet settled."""
        folded = fold(text)
        hits = self.match(folded)
        return self.spans(text, folded, hits) if hits else ()

    def match(self, folded: bytes) -> list[int]:
        """Return which recognizers can find something in a folded text, by their place in the list."""
        return self._sets.match(folded)

    def spans(self, text: str, folded: bytes, hits: Iterable[int]) -> list[Span]:
        """Return what these recognizers find in a text; overlaps are not yet settled."""
        return [span for hit in sorted(hits) for span in self._recognizers[hit].find(folded, text)]
