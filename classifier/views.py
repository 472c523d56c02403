"""How a reader would see a text: without invisible characters and with escapes undone, offsets kept."""

import html
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace

from classifier.spans import Span

# Soft hyphens, joiners, marks of direction, variation selectors, tags, halves of pairs: they print nothing.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u20d0-\u20f0\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
INVISIBLE = re.compile(f"[{_UNSEEN}]")
# A class comes first, so that `re` runs over plain text at the speed of a search for it.
_ESCAPE = (
    r"[%&\\=](?:(?<=%)(?:u[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*)"
    r"|(?<=&)(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
    r"|(?<=\\)(?:u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|[nrt])"
    r"|(?<==)(?:40(?=[A-Za-z])|\r?\n))"
)
_ESCAPES = re.compile(_ESCAPE)
_VEILS = re.compile(rf"[{_UNSEEN}]+|(?<=[0-9])[\u0300-\u036f]+|{_ESCAPE}")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_HIGHEST = 0x10FFFF


@dataclass(frozen=True, slots=True)
class View:
    """A text as it reads, and for each of its characters where the original has it."""

    text: str
    starts: "array[int]"
    ends: "array[int]"

    def original(self, span: Span) -> Span:
        """Return where a span of the view stands in the original."""
        return replace(span, start=self.starts[span.start], end=self.ends[span.end - 1])


class VeilGate:
    """Ride along in the pattern engine's one pass and tell whether anything may be escaped in plain ASCII."""

    pattern = r"[%&\\]|=40|=[\r\n]"

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Find nothing: that the pattern matches is all there is to tell."""
        del folded, text
        return iter(())


def view_of(text: str) -> View | None:
    """Return the text as it reads, or None where it reads as it is written."""
    if text.isascii():
        veils = _ESCAPES
        if not _has_signs(text):
            return None
    else:
        veils = _VEILS
    if veils.search(text) is None:
        return None
    return _unveiled(text, veils)


def _has_signs(text: str) -> bool:
    # Spelled out: this is asked of every document.
    return "%" in text or "&" in text or "\\" in text or "=40" in text or "=\n" in text or "=\r" in text


def _unveiled(text: str, veils: re.Pattern[str]) -> View:
    pieces: list[str] = []
    starts, ends = array("q"), array("q")
    for start, end, piece in _pieces(text, veils):
        pieces.append(piece)
        # A decoded character comes from its own share, where the shares are equal, else from the whole.
        share, rest = divmod(end - start, len(piece)) if piece else (1, 0)
        if rest:
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))
        elif piece:
            starts.extend(range(start, end, share))
            ends.extend(range(start + share, end + share, share))
    return View("".join(pieces), starts, ends)


def _pieces(text: str, veils: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    position = 0
    for match in veils.finditer(text):
        yield position, match.start(), text[position : match.start()]
        # Leaves are joined by NUL: none may gain one.
        yield match.start(), match.end(), _decoded(match.group()).replace("\x00", " ")
        position = match.end()
    yield position, len(text), text[position:]


def _decoded(veil: str) -> str:
    match veil[0]:
        case "%" if veil[1] == "u":
            return _character(veil[2:])
        case "%":
            return bytes.fromhex(veil.replace("%", "")).decode("utf-8", "replace")
        case "&":
            return html.unescape(veil)
        case "\\":
            return _LETTERS.get(veil[1]) or _character(veil.strip("\\ux{}"))
        case "=":
            return "@" if veil == "=40" else ""
        case _:
            return ""


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= _HIGHEST else " "
