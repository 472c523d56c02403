"""A payload as one reader gets it, cut into pieces: what is personal in it, and whether it was hidden or left readable.

What hides replaces spans of a leaf and leaves the rest as it was, so the rest tells where each span now stands. Where
that is not certain the whole leaf counts as hidden: the page may colour too much, never too little.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from classifier import Finding, PayloadKind

Found = Mapping[str, Sequence[Finding]]  # By the pointer of the leaf.

_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of what is shown; with a finding where they are, or stand for, something personal."""

    text: str
    finding: Finding | None = None
    is_hidden: bool = False

    @property
    def is_personal(self) -> bool:
        """Say whether they are to be coloured."""
        return self.finding is not None or self.is_hidden


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value before and after, and what was found in it."""

    before: str
    after: str
    findings: Sequence[Finding] = ()

    def pieces(self) -> list[Piece]:
        """Return what is shown of it."""
        if not self.findings:
            return [Piece(self.after, is_hidden=self.after != self.before)]
        return self._aligned() or [self.whole()]

    def whole(self) -> Piece:
        """Return it as one piece; something was found in it."""
        strongest = max(self.findings, key=lambda one: one.score)
        return Piece(self.after, strongest, is_hidden=self.after != self.before)

    def _aligned(self) -> list[Piece]:
        """Follow the text between the findings through what became of the leaf; empty where it cannot be followed."""
        ends = [0, *(one.end for one in self.findings)]
        starts = [*(one.start for one in self.findings), len(self.before)]
        between = [self.before[end:start] for end, start in zip(ends, starts, strict=True)]
        if not self.after.startswith(between[0]):
            return []
        pieces, at = [Piece(between[0])], len(between[0])
        for place, (finding, follows) in enumerate(zip(self.findings, between[1:], strict=True)):
            is_last = place == len(self.findings) - 1
            stop = self._stop(follows, at, is_last=is_last)
            if stop < at:
                return []
            read = self.before[finding.start : finding.end]
            pieces += [Piece(self.after[at:stop], finding, is_hidden=self.after[at:stop] != read), Piece(follows)]
            at = stop + len(follows)
        return [one for one in pieces if one.text or one.finding]

    def _stop(self, follows: str, at: int, *, is_last: bool) -> int:
        """Return where a finding's text ends, or -1."""
        if is_last:
            return len(self.after) - len(follows) if self.after.endswith(follows) else -1
        return self.after.find(follows, at) if follows else -1


def found_in(findings: Iterable[Finding]) -> Found:
    """Return findings by their leaf, in the order of the text."""
    by_leaf: dict[str, list[Finding]] = {}
    for one in findings:
        by_leaf.setdefault(one.path, []).append(one)
    return {path: sorted(here, key=lambda one: one.start) for path, here in by_leaf.items()}


def lines_of(kind: PayloadKind, before: str, after: str, found: Found) -> list[Piece]:
    """Return a text, a JSON document or its lines as pieces."""
    if kind is PayloadKind.JSON:
        return list(_value(orjson.loads(before), orjson.loads(after), "", found, "\n"))
    if kind is PayloadKind.NDJSON:
        return list(_documents(before, after, found))
    return Leaf(before, after, found.get("", ())).pieces()


def rows_of(before: str, after: str, found: Found) -> list[list[list[Piece]]] | None:
    """Return the cells of a table as pieces; None where before and after are not of one shape."""
    first = before.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    old, new = (list(csv.reader(io.StringIO(text), delimiter=delimiter)) for text in (before, after))
    if [len(row) for row in old] != [len(row) for row in new]:
        return None
    return [
        [
            Leaf(cell, became, found.get(f"/{row}/{column}", ())).pieces()
            for column, (cell, became) in enumerate(zip(*cells, strict=True))
        ]
        for row, cells in enumerate(zip(old, new, strict=True))
    ]


def _documents(before: str, after: str, found: Found) -> Iterator[Piece]:
    lines = zip(before.splitlines(), after.splitlines(), strict=False)
    for number, (old, new) in enumerate((old, new) for old, new in lines if old.strip()):
        yield from _value(orjson.loads(old), orjson.loads(new), f"/{number}", found, " ")
        yield Piece("\n")


def _value(old: Any, new: Any, path: str, found: Found, break_: str) -> Iterator[Piece]:
    """Yield a value and all below it; `break_` is what stands before each member, and grows with the depth."""
    if isinstance(old, dict) and isinstance(new, dict) and len(old) == len(new):
        yield from _members(old, new, path, found, break_)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        yield from _elements(old, new, path, found, break_)
    elif isinstance(old, str) and isinstance(new, str):
        yield Piece('"')
        for piece in Leaf(old, new, found.get(path, ())).pieces():
            yield Piece(_escaped(piece.text), piece.finding, is_hidden=piece.is_hidden)
        yield Piece('"')
    else:
        leaf = Leaf(_written(old), _written(new), found.get(path, ()))
        yield from [leaf.whole()] if leaf.findings else leaf.pieces()  # A number is one piece.


def _members(old: dict[str, Any], new: dict[str, Any], path: str, found: Found, break_: str) -> Iterator[Piece]:
    deeper = _deeper(break_)
    yield Piece("{")
    for number, ((name, below), (became, then)) in enumerate(zip(old.items(), new.items(), strict=True)):
        yield Piece(("," if number else "") + deeper)
        yield Piece(_written(became), is_hidden=name != became)
        yield Piece(": ")
        yield from _value(below, then, f"{path}/{name.replace('~', '~0').replace('/', '~1')}", found, deeper)
    yield Piece(break_ + "}" if old else "}")


def _elements(old: list[Any], new: list[Any], path: str, found: Found, break_: str) -> Iterator[Piece]:
    deeper = _deeper(break_)
    yield Piece("[")
    for number, (below, then) in enumerate(zip(old, new, strict=True)):
        yield Piece(("," if number else "") + deeper)
        yield from _value(below, then, f"{path}/{number}", found, deeper)
    yield Piece(break_ + "]" if old else "]")


def _deeper(break_: str) -> str:
    return break_ + _INDENT if "\n" in break_ else break_


def _escaped(text: str) -> str:
    return _written(text)[1:-1]


def _written(value: Any) -> str:
    return orjson.dumps(value).decode()
