"""The grammar of JSON (RFC 8259): what msgspec refuses is checked here, with line and column."""

import json
import re
from functools import lru_cache

import msgspec
import orjson

from classifier.exceptions import InvalidEncoding, InvalidPayload, TooDeep

BYTE_ORDER_MARK = "\ufeff"

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_SCALAR = re.compile(r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)(?![0-9A-Za-z_.+-])")


def decode_utf8(payload: bytes) -> str:
    """Return the text of a body, or say at which byte it stops being UTF-8."""
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start
    # Raised out here: the error just caught holds the whole body.
    raise InvalidEncoding(offset)


def check_json(text: str, max_depth: int, *, first_line: int = 1) -> None:
    """Refuse what is not JSON."""
    if not is_plain_json(text):
        _Checker(text, max_depth, first_line).check()


def is_plain_json(text: str) -> bool:
    """Say whether a text is JSON, without lone surrogates, a byte order mark or very deep nesting.

    Nothing is made of it, which takes a fifth of the time that its values would.
    """
    try:
        _SKIPPING.decode(text)
    except (ValueError, msgspec.DecodeError, RecursionError):
        return False
    return True


_SKIPPING = msgspec.json.Decoder(msgspec.Raw)


def read_string(raw: str) -> str:
    """Return the text of a string literal, given without its quotes."""
    return str(json.loads(f'"{raw}"', strict=False)) if "\\" in raw else raw


def write_string(text: str) -> str:
    """Return a text as the inside of a string literal."""
    try:
        return orjson.dumps(text).decode()[1:-1]
    except TypeError:
        # A lone surrogate can only be written as an escape.
        return json.dumps(text)[1:-1]


# For texts that a policy holds, not for what stands in bodies: it remembers them.
write_constant = lru_cache(1024)(write_string)


class _Checker:
    """Walk a text by the grammar, without recursion."""

    def __init__(self, text: str, max_depth: int, first_line: int) -> None:
        self._text = text
        self._max_depth = max_depth
        self._first_line = first_line
        self._at = 0
        self._closers: list[str] = []

    def check(self) -> None:
        """Raise unless the text is one JSON value."""
        self._at = 1 if self._text.startswith(BYTE_ORDER_MARK) else 0
        while self._value():
            pass
        self._space()
        if self._at != len(self._text):
            self._fail("Unexpected text after the JSON value")

    def _value(self) -> bool:
        """Read one value or opening bracket; say whether another value must follow."""
        self._space()
        letter = self._text[self._at : self._at + 1]
        if letter in ("{", "["):
            return self._open(letter)
        pattern = _STRING if letter == '"' else _SCALAR
        if not self._take(pattern):
            self._fail("Expected a JSON value" if letter else "Unexpected end of the body")
        return self._after_value()

    def _open(self, letter: str) -> bool:
        self._closers.append("}" if letter == "{" else "]")
        if len(self._closers) > self._max_depth:
            raise TooDeep(self._max_depth)
        self._at += 1
        self._space()
        if self._text.startswith(self._closers[-1], self._at):
            return self._after_value()
        return letter == "[" or self._key()

    def _after_value(self) -> bool:
        """Close what ends here; say whether a comma announces another value."""
        self._space()
        while self._closers and self._text.startswith(self._closers[-1], self._at):
            self._closers.pop()
            self._at += 1
            self._space()
        if not self._closers:
            return False
        self._expect(",")
        return self._closers[-1] == "]" or self._key()

    def _key(self) -> bool:
        self._space()
        if not self._take(_STRING):
            self._fail("Expected a string as the name of a member")
        self._space()
        self._expect(":")
        return True

    def _expect(self, letter: str) -> None:
        if not self._text.startswith(letter, self._at):
            self._fail(f"Expected '{letter}'" if self._at < len(self._text) else "Unexpected end of the body")
        self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return match is not None

    def _space(self) -> None:
        self._take(_SPACE)

    def _fail(self, message: str) -> None:
        line = self._text.count("\n", 0, self._at)
        column = self._at - (self._text.rfind("\n", 0, self._at) + 1) + 1
        raise InvalidPayload(message, self._first_line + line, column)
