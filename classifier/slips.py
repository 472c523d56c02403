"""Letters that a reading machine or a tired eye took for digits: O for 0, l for 1, S for 5, B for 8."""

import re
from collections.abc import Callable, Iterable, Iterator

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, RIGHT, compile_pattern
from classifier.spans import LED_SCORE, Span

_LETTERS = "OoQDIlSsZB"
_DIGITS = bytes.maketrans(b"OoQDIlSsZB", b"0000115528")
# As in a number that is read aloud: groups of digits and letters, at least one letter next to a digit.
_SIGN = rf"[0-9{_LETTERS}]"
_GAP = r"(?:[ ]?[-./+()][ ]?|[ ])?"
_MORE = rf"(?:{_GAP}{_SIGN})"
_MIXED = rf"(?:[0-9]{_GAP}[{_LETTERS}]|[{_LETTERS}]{_GAP}[0-9])"
# At least eight signs, and a letter next to a digit somewhere among them.
_RUN = (
    rf"\+?{_SIGN}(?:{_MORE}{{5,30}}{_GAP}{_MIXED}{_MORE}{{0,30}}|{_MORE}{{2,30}}{_GAP}{_MIXED}{_MORE}{{3,30}})"
    rf"|\+?(?:{_SIGN}{_GAP}){{0,3}}{_MIXED}{_MORE}{{6,30}}"
)
_LETTER = re.compile(rf"[{_LETTERS}]".encode())
_DIGIT = re.compile(rb"[0-9]")
# With more letters than digits it is a word, or a code that has letters of its own.
_LEAST_DIGITS_A_LETTER = 1
_REACH = 48
# What is written without digits, or has letters of its own, is not read anew.
_NOT_OF_DIGITS = frozenset(
    (
        Entity.EMAIL_ADDRESS, Entity.URL, Entity.SECRET, Entity.PASSWORD, Entity.CRYPTO, Entity.VIN, Entity.IBAN_CODE,
        Entity.AGE, Entity.PERSON, Entity.GIVEN_NAME, Entity.FAMILY_NAME, Entity.USERNAME,
    )
)  # fmt: skip


class SlipRecognizer:
    """Read digits where letters stand among them, and believe what a proof or a word before it supports."""

    pattern = rf"{LEFT}({_RUN}){RIGHT}"

    def __init__(self, find: Callable[[str], Iterable[Span]]) -> None:
        """Keep what the text is searched with as it was meant."""
        self._find = find
        self._run = compile_pattern(self.pattern)

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Return what stands where letters were taken for digits."""
        del text
        position = 0
        while (match := self._run.search(folded, position)) is not None:
            start, position = match.span(1)
            value = folded[start:position]
            # Before an at sign it is a part of an address.
            letters = 0 if folded[position : position + 1] == b"@" else len(_LETTER.findall(value))
            if letters and len(_DIGIT.findall(value)) >= _LEAST_DIGITS_A_LETTER * letters:
                yield from self._find_in_run(folded, start, position)

    def _find_in_run(self, folded: bytes, start: int, end: int) -> Iterator[Span]:
        """Search a run as it was meant, with the words before it."""
        first = max(0, start - _REACH, folded.rfind(b"\x00", 0, start) + 1)
        meant = folded[first:start] + folded[start:end].translate(_DIGITS)
        for span in self._find(meant.decode("ascii")):
            is_in_run = span.end > start - first and span.entity not in _NOT_OF_DIGITS
            if is_in_run and span.score >= LED_SCORE:
                yield Span(span.start + first, span.end + first, span.entity, span.score, span.recognizer)
