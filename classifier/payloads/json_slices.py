"""A large document cut between the elements of its list, so that each is masked as a small document is."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from classifier.keys import KeyTable, Rule
from classifier.payloads.json_gaps import GAPS
from classifier.payloads.json_syntax import is_plain_json
from classifier.payloads.json_table_reader import is_of_columns
from classifier.payloads.json_walk import split

# A smaller document is masked as a whole; of small elements, so many characters go together.
LARGE = 4 << 10
SLICE = 512
# Where the next element seems to begin within a string or deeper, so many others are tried.
TRIES = 4
LONGEST_NAME = 64

_NAME = rf'"[^"\\]{{1,{LONGEST_NAME}}}+"'
_PAIR = rf'{_NAME}\s*+:\s*+(?:"[^"\\]{{0,200}}+"|-?[0-9][0-9.eE+-]{{0,40}}+|true|false|null)\s*+,\s*+'
# What stands before the elements: `[`, or `{"total": 2, "data": {"events": [`.
_HEAD = re.compile(rf"\s*+(?:\{{\s*+(?:{_PAIR}){{0,32}}{_NAME}\s*+:\s*+){{0,8}}\[\s*+(?=\{{)")
_FIRST_NAME = re.compile(rf"\{{\s*+{_NAME}\s*+:")

MaskElements = Callable[[str, KeyTable, Rule, int], str]


class _Place(NamedTuple):
    """What holds for the elements of a list: the tables they follow, and how deep they lie."""

    table: KeyTable
    rule: Rule
    depth: int


def mask_slices(text: str, table: KeyTable, mask_elements: MaskElements, mask_rest: Callable[[str], str]) -> str | None:
    """Return the document masked, or None where it cannot be cut, be it that it is none.

    Each slice is read as elements of their own, which proves that it was cut where one ends; what stands before and
    behind is read as a document without them.
    """
    head = _HEAD.match(text)
    if head is None or _leads_to_columns(head.group()):
        return None
    place = _place_in(head.group(), table)
    pieces: list[str] = []
    end = head.end()
    for elements, stop, after in _slices(text, end):
        pieces += (mask_elements(elements, *place)[1:-1], text[stop:after])
        end = after
    if not pieces:
        return None
    rest = mask_rest(head.group() + text[end:])
    at = _end_of_head(head.group(), rest)
    return "".join((rest[:at], *pieces, rest[at:]))


def _leads_to_columns(head: str) -> bool:
    """Say whether the elements name columns of rows behind them: `{"fields": [{"name": "ssn"}], "rows": [["12"]]}`."""
    names = split(head)[1::2]
    return bool(names) and is_of_columns(names[-1])


def _slices(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Yield some elements as a list, where they end, and where the next one starts."""
    name = _FIRST_NAME.match(text, start)
    while name is not None and (cut := _cut(text, start, name.group())) is not None:
        yield cut
        start = cut[2]


def _cut(text: str, start: int, name: str) -> tuple[str, int, int] | None:
    """Cut before an element that begins like the first."""
    after = start + SLICE
    for _ in range(TRIES):
        after = text.find(name, after)
        if after < 0:
            return None
        stop = after - 1
        while text[stop] in " \t\r\n":
            stop -= 1
        elements = f"[{text[start:stop]}]"
        if text[stop] == "," and is_plain_json(elements):
            return elements, stop, after
        after += 1
    return None


def _place_in(head: str, table: KeyTable) -> _Place:
    """Follow the names that lead to the list."""
    parts = split(head)
    rules, rule, depth = table, table.root_rule, 0
    for at, gap in enumerate(parts[::2]):
        if at and GAPS[gap][0]:
            rule = rules[parts[2 * at - 1]]
        for step in GAPS[gap][1]:
            if step == "{":
                rules = rule.children
            elif step == "[":
                rule = rule.elements
            depth += step in ("{", "[")
    return _Place(rules, rule, depth)


def _end_of_head(head: str, document: str) -> int:
    """Return where the head of a document ends, whose values may be hidden by now."""
    literals = head.count('"') // 2
    parts = split(document)
    return sum(len(part) + 1 for part in parts[: 2 * literals]) + len(head) - (head.rfind('"') + 1)
