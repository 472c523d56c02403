"""Texts with their personal data replaced, and where each find stood and now stands; and the way back by a table."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import re2

from classifier.exceptions import LeakFound
from classifier.leaks import Hider
from classifier.payloads.located import spans_in_texts
from classifier.payloads.proven import Origin, proven_left
from classifier.payloads.types import PayloadKind
from classifier.policies import CompiledPolicy, Policy
from classifier.spans import Span
from classifier.tiers import Search, Tier

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
    """Replace what the policy does not keep, in one search over all texts; raise LeakFound where that is looked for."""
    tables = policy.compiled()
    if tables.own is not None:
        search = replace(search, own=tables.own)
    found = spans_in_texts(texts, search)
    noting = [_Noting(tables, write) for write in writes] if policy.leak_check else []
    done = [
        _rewritten(text, tables.settle(text, spans), write)
        for text, spans, write in zip(texts, found, noting or writes, strict=True)
    ]
    left: Counter[str] = Counter()
    for text, one, noted in zip(texts, done, noting, strict=False):
        left += noted.left_in(text, one.text, replace(search, tier=Tier.PATTERNS))
    if left:
        raise LeakFound(left)
    return done


class _Noting:
    """What writes for the finds of one text, and notes what it was asked to hide, for a second look."""

    def __init__(self, tables: CompiledPolicy, write: Write) -> None:
        self._tables, self._write = tables, write
        self._watch = tables.new_watch()
        self._shown: set[str] = set()

    def __call__(self, span: Span, value: str) -> str | None:
        """Return what stands for a find, or None where it stays readable."""
        written = self._write(span, value)
        if written is None:
            self._shown.add(value)
        else:
            self._watch.note(Hider(span.entity, self._tables.operators[span.entity]), value, written)
        return written

    def left_in(self, before: str, after: str, search: Search) -> Counter[str]:
        """Count what was to be hidden and can be read in the text all the same, by kind."""
        left = self._watch.left_in(before, after, PayloadKind.TEXT)
        return left | proven_left(Origin(before, PayloadKind.TEXT, self._shown), after, search, self._tables)


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
