"""Where the elements of a JSON list of objects end."""

import re

import numpy as np
from numpy.typing import NDArray

_LIST_OF_OBJECTS = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+\[[ \t\r\n]*+\{")
_BLANK = b" \t\r\n"
_QUOTE, _BACKSLASH, _COMMA = b'"\\,'
_OPENING, _CLOSING = tuple(b"[{"), tuple(b"]}")

# White space between two elements that is longer than this is no place for a cut.
_FAR = 1 << 10

Places = NDArray[np.intp]


def is_list_of_objects(head: bytes) -> bool:
    """Say whether a document that begins so is a list whose elements can be read by themselves."""
    return _LIST_OF_OBJECTS.match(head) is not None


def end_of_elements(data: bytes) -> int:
    """Return where the last element ends that a comma follows, the comma included.

    The bytes begin with the list, or after a comma of it. What is no JSON gives any place: masking it will say so.
    """
    commas = _commas(data)[::-1]
    return next((int(at) + 1 for at in commas if data[max(0, at - _FAR) : at].rstrip(_BLANK).endswith(b"}")), 0)


def count_elements(data: bytes) -> int:
    """Return how many elements these bytes of a list hold."""
    inner = data.strip(_BLANK).removeprefix(b"\xef\xbb\xbf").strip(_BLANK)
    is_closed = inner.endswith(b",") or inner[:_FAR].translate(None, _BLANK) in {b"[]", b"]"}
    return len(_commas(data)) + (not is_closed)


def _commas(data: bytes) -> Places:
    """Return where the commas stand between the elements of the list."""
    signs = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(np.isin(signs, (*_OPENING, *_CLOSING, _COMMA)))
    marks = marks[np.searchsorted(_quotes(signs), marks) % 2 == 0]  # Those outside strings.
    kinds = signs[marks]
    depth = np.cumsum(np.isin(kinds, _OPENING).astype(np.int32) - np.isin(kinds, _CLOSING).astype(np.int32))
    level = 1 if data[:_FAR].removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK).startswith(b"[") else 0
    commas: Places = marks[(kinds == _COMMA) & (depth == level)]
    return commas


def _quotes(signs: NDArray[np.uint8]) -> Places:
    """Return the quotes that open or close a string: those without an odd number of backslashes before them."""
    quotes = np.flatnonzero(signs == _QUOTE)
    is_real = np.ones(len(quotes), dtype=bool)
    asked, step = np.arange(len(quotes)), 1
    while len(asked := asked[(quotes[asked] >= step)]):
        asked = asked[signs[quotes[asked] - step] == _BACKSLASH]
        is_real[asked] = ~is_real[asked]
        step += 1
    return quotes[is_real]
