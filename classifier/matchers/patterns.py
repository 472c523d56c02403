"""Patterns of owners, on the linear-time engine alone: compiled for lines of UTF-8, refused with a sentence."""

import re
from functools import lru_cache

import re2

from classifier.exceptions import PolicyError

LONGEST_PATTERN_PROGRAM = 5000
MEMORY_BYTES = 8 << 20
# A policy is read again and again with the same patterns.
MOST_CHECKED = 4096
# What the engine has and a search line by line has not: the ends of the whole text, single bytes, flags of lines.
_REFUSED = re.compile(r"(\\[AzC])|\\.|(\(\?[a-zA-Z]*-?[a-zA-Z]*[ms][a-zA-Z]*[-:)])", re.DOTALL)


def compile_lines(pattern: str, *, longest: bool = False, memory: int = MEMORY_BYTES) -> re2._Regexp:
    """Compile a pattern for bytes of UTF-8; `^` and `$` are the ends of a line, and no match crosses one."""
    return re2.compile(of_lines(pattern), line_options(memory, longest=longest))


def of_lines(pattern: str) -> bytes:
    """Return a pattern as it is compiled."""
    return f"(?m:{pattern})".encode()


def line_options(memory: int, *, longest: bool = False) -> re2.Options:
    """Return the options under which no pattern can match a line break, whatever its classes say."""
    options = re2.Options()
    options.never_nl = True
    options.longest_match = longest
    options.max_mem = memory
    options.log_errors = False
    return options


@lru_cache(MOST_CHECKED)
def check_pattern(pattern: str, name: str) -> None:
    """Refuse a pattern that the engine does not know, that is too large, or that matches nothing at all."""
    refused = next((token.group(1) or token.group(2) for token in _REFUSED.finditer(pattern) if token.lastindex), None)
    if refused is not None:
        _refuse(name, f"uses {refused!r}; a search goes line by line: write ^ and $ for the ends")
    try:
        # As it was written first: what closes no bracket of its own must not close ours.
        re2.compile(pattern.encode(), line_options(MEMORY_BYTES))
        compiled = compile_lines(pattern)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        told = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        compiled = None
    if compiled is None:
        _refuse(name, f"is no RE2 pattern ({told[:80]}); look-around and back-references are not supported")
    if compiled.programsize > LONGEST_PATTERN_PROGRAM:
        _refuse(
            name,
            f"compiles to {compiled.programsize:,} steps, of {LONGEST_PATTERN_PROGRAM:,} allowed; shorten its repeats",
        )
    if compiled.search(b"") is not None:
        _refuse(name, "matches the empty text, so that it would match everywhere; ask for one character at least")


def _refuse(name: str, reason: str) -> None:
    message = f"The pattern of matcher {name!r} {reason}."
    raise PolicyError(message)
