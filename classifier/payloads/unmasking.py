"""Turning the tokens of a body back into values: the way back of `mask`, kind by kind."""

import re
from collections import Counter
from collections.abc import Callable, Collection
from urllib.parse import quote_plus, unquote_plus

from classifier.entities import Entity
from classifier.payloads.csv_body import Cell, cells_of, sniff_delimiter, splice
from classifier.payloads.json_body import is_document
from classifier.payloads.json_gaps import GAPS
from classifier.payloads.json_syntax import check_json, read_string, write_string
from classifier.payloads.json_walk import split
from classifier.payloads.types import PayloadKind
from classifier.tiers import Search
from classifier.tokens import PREFIX, TOKEN, Opens

Write = Callable[[str], str]


class Opener:
    """Open the tokens of the entities that are allowed, and count those that opened and those that did not."""

    __slots__ = ("_entities", "_keyring", "counts", "refused")

    def __init__(self, keyring: Opens, entities: Collection[Entity] | None) -> None:
        """Begin to count; None allows every entity."""
        self._keyring = keyring
        self._entities = entities
        self.counts: Counter[Entity] = Counter()
        self.refused = 0

    def opened(self, text: str, write: Write = str) -> str:
        """Return a text with its tokens replaced by their values, written as this place asks."""
        return TOKEN.sub(lambda claim: self._value(claim, write), text) if PREFIX in text else text

    def _value(self, claim: re.Match[str], write: Write) -> str:
        if self._entities is not None and claim.group(1) not in self._entities:
            return claim.group()
        opened = self._keyring.open(claim)
        if opened is None:
            self.refused += 1
            return claim.group()
        entity, value = opened
        self.counts[entity] += 1
        return write(value)


def unmask_body(text: str, kind: PayloadKind, opener: Opener, search: Search) -> str:
    """Return a body of any kind with its tokens opened; everything else keeps its bytes."""
    match kind:
        case PayloadKind.JSON:
            return _unmask_json(text, opener, search)
        case PayloadKind.NDJSON:
            lines = enumerate(text.split("\n"), 1)
            return "\n".join(_unmask_line(line, opener, search, number) for number, line in lines)
        case PayloadKind.CSV:
            return _unmask_csv(text, opener, search)
        case PayloadKind.FORM:
            return _unmask_form(text, opener, search)
        case PayloadKind.TEXT:
            return _unmask_text(text, opener, search)


def _unmask_json(text: str, opener: Opener, search: Search, first_line: int = 1) -> str:
    check_json(text, search.max_depth, first_line=first_line)
    return _unmask_document(text, opener, search)


def _unmask_line(line: str, opener: Opener, search: Search, number: int) -> str:
    return _unmask_json(line, opener, search, number) if line.strip(" \t\r") else line


def _unmask_text(text: str, opener: Opener, search: Search) -> str:
    """Open the tokens of a leaf: a document inside it escapes what stands in its strings."""
    if PREFIX not in text:
        return text
    return _unmask_document(text, opener, search) if is_document(text, search) else opener.opened(text)


def _unmask_document(text: str, opener: Opener, search: Search) -> str:
    if "\\" not in text:
        return opener.opened(text, write_string)
    parts = split(text)
    for at in range(1, len(parts), 2):
        if PREFIX in parts[at]:
            is_key = GAPS[parts[at + 1]][0]
            parts[at] = _unmask_literal(parts[at], opener, search, is_key=is_key)
    return '"'.join(parts)


def _unmask_literal(raw: str, opener: Opener, search: Search, *, is_key: bool) -> str:
    """Open the tokens of a literal; only a value is ever a document itself, as `mask` reads it."""
    inner = "" if is_key or "\\" not in raw else read_string(raw)
    if not is_document(inner, search):
        return opener.opened(raw, write_string)
    plain = _unmask_document(inner, opener, search.inside())
    return raw if plain == inner else write_string(plain)


def _unmask_csv(text: str, opener: Opener, search: Search) -> str:
    delimiter = sniff_delimiter(text)
    cells = [cell for cell in cells_of(text, delimiter) if PREFIX in cell.text]
    edits: list[tuple[Cell, str]] = [(cell, _unmask_text(cell.text, opener, search)) for cell in cells]
    return splice(text, edits, delimiter)


def _unmask_form(text: str, opener: Opener, search: Search) -> str:
    return "&".join(_unmask_pair(raw, opener, search) if PREFIX in raw else raw for raw in text.split("&"))


def _unmask_pair(raw: str, opener: Opener, search: Search) -> str:
    name, equals, value = raw.partition("=")
    decoded = unquote_plus(value, errors="surrogateescape")
    if is_document(decoded, search):
        plain = _unmask_document(decoded, opener, search)
        return opener.opened(name, _quote) + equals + (value if plain == decoded else _quote(plain))
    return opener.opened(name, _quote) + equals + opener.opened(value, _quote)


def _quote(text: str) -> str:
    return quote_plus(text, safe="*", errors="surrogateescape")
