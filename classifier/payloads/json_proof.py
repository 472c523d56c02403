"""A short cut: proving that a document holds nothing personal, which most do, without walking its bytes.

It may only ever say "clean" where the exact walk would find nothing; in doubt it says nothing.
"""

from typing import Any

from classifier.keys import KeyTable, Rule
from classifier.leaves import is_clean_throughout
from classifier.tiers import Search

# A shorter number is searched by nobody (see `json_walk.MINIMUM_DIGITS`).
SHORT = 10**6
FEW_DECIMALS = 3

_CONTAINERS = frozenset((dict, list))
_HOLDERS_OF_TEXT = frozenset((str, list))
_NUMBERS = frozenset((int, float))


class _NotProvenError(Exception):
    """The document needs the exact walk."""


def is_clean(text: str, tree: Any, table: KeyTable, search: Search) -> bool:
    """Say whether a parsed document certainly holds nothing personal."""
    # An escape needs decoding; an at sign mostly belongs to an address, so that the attempt would be wasted.
    if "\\" in text or "@" in text:
        return False
    try:
        leaves, strings = _collect(tree, table.root_rule, search)
    except _NotProvenError:
        return False
    # Of two members with one name the tree holds the last: then some literals are missing from it.
    return text.count('"') == 2 * strings and is_clean_throughout(leaves, search.tier, search.own)


def _collect(tree: Any, root: Rule, search: Search) -> tuple[list[str], int]:
    """Return the leaves to search and the number of literals, or give up at the first telling key."""
    leaves: list[str] = []
    keys = numbers = 0
    level: list[tuple[Any, Rule]] = [(tree, root)]
    # To the rules of an owner even a short number may be a value.
    short = 0 if search.own is not None and search.own.sees_values else SHORT
    for _ in range(search.max_depth):
        below: list[tuple[Any, Rule]] = []
        for node, rule in level:
            if type(node) is dict:
                keys += len(node)
                numbers += _members(node, rule.children, leaves, below, short)
            else:
                numbers += _elements(node if type(node) is list else [node], rule, leaves, below, short)
        if not below:
            return leaves, keys + len(leaves) - numbers
        level = below
    raise _NotProvenError


def _members(
    node: dict[str, Any], table: KeyTable, leaves: list[str], below: list[tuple[Any, Rule]], short: int
) -> int:
    numbers = 0
    for key, value in node.items():
        rule = table[key]
        kind = type(value)
        if rule.speaks and (kind in _HOLDERS_OF_TEXT or not rule.speaks_of_text_only):
            raise _NotProvenError
        if kind is str:
            leaves.append(value)
        elif kind in _CONTAINERS:
            below.append((value, rule))
        elif kind in _NUMBERS:
            numbers += _number(value, leaves, short)
    return numbers


def _elements(node: list[Any], rule: Rule, leaves: list[str], below: list[tuple[Any, Rule]], short: int) -> int:
    numbers = 0
    for value in node:
        if type(value) is str:
            leaves.append(value)
        elif type(value) in _CONTAINERS:
            below.append((value, rule))
        elif type(value) in _NUMBERS:
            numbers += _number(value, leaves, short)
    return numbers


def _number(value: float, leaves: list[str], short: int) -> int:
    """Add a long number to the leaves; say how many were added."""
    if type(value) is float and (abs(value) >= short or value != round(value, FEW_DECIMALS)):
        # How it was spelled is in the bytes only.
        raise _NotProvenError
    if type(value) is int and abs(value) >= short:
        leaves.append(str(value))
        return 1
    return 0
