"""Patterns made smaller, so that an automaton needs few states to rule them out for values of one kind."""

import re
from collections.abc import Callable
from functools import cache

from classifier.recognizers.base import NEVER

# A group, an escape, a count or a class; a single sign.
_PIECE = re.compile(
    r"\(\?[a-zA-Z]*:|\\x[0-9a-fA-F]{2}|\\.|\{[0-9,]+\}|\[\^?\]?(?:\\.|[^\]\\])*\]|[^()|^$*+?.{}]", re.DOTALL
)
_NO_SIGN = ("(", "{", r"\b", r"\B")


def with_any_digits(pattern: str) -> str:
    """Return a pattern that matches a text with its digits made zeros wherever this one matches the text."""

    def blind(sign: str) -> str:
        if sign.isdigit():
            return "0"
        return f"(?:0|{sign})" if _is_any_of(sign, "123456789") else sign

    return _with_signs(pattern, blind)


def within(pattern: str, alphabet: str) -> str:
    """Return a pattern that matches the same texts of these letters and no others; the engine drops what is dead."""
    either_case = "".join(sorted({*alphabet, *alphabet.upper(), *alphabet.lower()}))
    return _with_signs(pattern, lambda sign: sign if _is_any_of(sign, either_case) else NEVER)


def _with_signs(pattern: str, change: Callable[[str], str]) -> str:
    """Return a pattern with its signs changed: what stands for one character of a text."""
    return _PIECE.sub(lambda piece: piece[0] if piece[0].startswith(_NO_SIGN) else change(piece[0]), pattern)


@cache
def _is_any_of(sign: str, letters: str) -> bool:
    """Say whether a sign of a pattern can stand for one of these letters."""
    compiled = re.compile(sign if len(sign) > 1 else re.escape(sign))
    return any(map(compiled.fullmatch, letters))
