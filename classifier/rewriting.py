"""Texts with their personal data replaced, and where each find stood and now stands; and the way back by a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import re2

from classifier.payloads.located import spans_in_texts
from classifier.policies import Policy
from classifier.spans import Span
from classifier.tiers import Search

# What a find becomes, from the find and what it reads; None leaves it readable.
Write = Callable[[Span, str], str | None]

MEMORY_BYTES = 64 << 20
_BRACKETS = {b"[": b"]", b"<": b">", b"(": b")", b"{": b"}"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One find: where it stood, and where what was written for it now stands."""

    span: Span
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text as its reader may see it, and the pieces of it that were replaced, from first to last."""

    text: str = field(repr=False)
    pieces: tuple[Piece, ...]


def rewrite_texts(texts: Sequence[str], policy: Policy, search: Search, writes: Sequence[Write]) -> list[Rewritten]:
    """Replace what the policy does not keep, in one search over all texts."""
    tables = policy.compiled()
    if tables.own is not None:
        search = replace(search, own=tables.own)
    found = spans_in_texts(texts, search)
    return [
        _rewritten(text, tables.settle(text, spans), write)
        for text, spans, write in zip(texts, found, writes, strict=True)
    ]


def _rewritten(text: str, spans: Sequence[Span], write: Write) -> Rewritten:
    parts: list[str] = []
    pieces: list[Piece] = []
    end = length = 0
    for span in spans:
        written = write(span, text[span.start : span.end])
        if written is None:
            continue
        parts += (text[end : span.start], written)
        length += span.start - end
        pieces.append(Piece(span, length, length + len(written)))
        length += len(written)
        end = span.end
    return Rewritten("".join((*parts, text[end:])), tuple(pieces))


def restore_texts(texts: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Replace each stand-in that stands by itself, the longest first, with its brackets where it has some."""
    known = {_bytes(stand_in): _bytes(value) for stand_in, value in values.items() if stand_in}
    if not known:
        return list(texts)
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # Bytes as they are: a lone surrogate is no UTF-8.
    options.longest_match = True
    options.max_mem = MEMORY_BYTES
    options.log_errors = False
    pattern = re2.compile(b"|".join(map(re2.escape, known)), options)
    return [_restored(_bytes(text), pattern, known).decode("utf-8", "surrogatepass") for text in texts]


def _restored(text: bytes, pattern: "re2._Regexp", known: Mapping[bytes, bytes]) -> bytes:
    parts: list[bytes] = []
    end = 0
    for match in pattern.finditer(text):
        start, stop = match.span()
        if not _stands_alone(text, start, stop):
            continue
        if _BRACKETS.get(text[start - 1 : start]) == text[stop : stop + 1] and end < start:
            start, stop = start - 1, stop + 1
        parts += (text[end:start], known[match.group()])
        end = stop
    return b"".join((*parts, text[end:]))


def _stands_alone(text: bytes, start: int, stop: int) -> bool:
    """Say whether no letter or digit runs on over an edge: `NAME_1` is no part of `NAME_12`."""
    return not (_runs_on(text[start - 1 : start + 1] if start else b"") or _runs_on(text[stop - 1 : stop + 1]))


def _runs_on(edge: bytes) -> bool:
    return len(edge) == 2 and all(byte >= 0x80 or byte == 0x5F or chr(byte).isalnum() for byte in edge)  # noqa: PLR2004


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
