"""Names of fields as they may be kept: a key of an object can be a person, an account or an address.

A name is kept where only words that field names are made of stand in it, where a table or a file declares it, or where
it recurs in a sample and looks like no name of a person. Every other one becomes a star.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import classifier
from classifier import Tier
from classifier.names import gazetteers
from privacy_service.enforcement.paths import ANY, LONGEST, folded

RECURS = 5  # In so many records of a sample a key is a field; what is keyed by a person hardly recurs.
_MOST_LOOKED_INTO = 10_000  # Nested parts of one record.
_FIELD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.\- ]{0,59}")
_MOST_DIGITS = 2
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LONGEST_DECLARED = 80
_PEOPLE = frozenset(gazetteers.GIVEN + gazetteers.FAMILY)


class Names:
    """The names of fields in a sample of records; those of a table's columns are declared, and at the top."""

    def __init__(self, records: Iterable[Any] = (), declared: Iterable[str] = ()) -> None:
        """Count in how many records each key stands, by its depth."""
        self._seen: Counter[tuple[int, str]] = Counter()
        for record in records:
            self._seen.update(set(_keys(record)))
        self._declared = frozenset(name for name in declared if _may_be_declared(name))
        self._kept: dict[tuple[int, str], str] = {}

    def path_of(self, pointer: str) -> str:
        """Return a pointer into a record with every name as it may be kept."""
        parts = [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]
        kept = [self._segment(depth, part) for depth, part in enumerate(parts)]
        path = "".join(f"/{one.replace('~', '~0').replace('/', '~1')}" for one in kept)
        return path if len(path) <= LONGEST else "/…" + path[-(LONGEST - 2) :]

    def _segment(self, depth: int, key: str) -> str:
        place = (depth, key)
        if place not in self._kept:
            self._kept[place] = key if self._may_be_kept(depth, key) else ANY
        return self._kept[place]

    def _may_be_kept(self, depth: int, key: str) -> bool:
        if depth == 0 and key in self._declared:
            return True
        if folded("/" + key.replace("~", "~0").replace("/", "~1")) == f"/{key}":
            return True
        return self._seen[depth, key] >= RECURS and looks_like_a_field(key)


def looks_like_a_field(key: str) -> bool:
    """Say whether a key is written as names of fields are, and no word of it is a person's name."""
    if not _FIELD.fullmatch(key) or sum(sign.isdigit() for sign in key) > _MOST_DIGITS:
        return False
    words = [word.lower() for word in _WORD.findall(key)]
    # Price and Rose are names too: as one word of several they are hardly meant so.
    ordinary = gazetteers.COMMON if len(words) > 1 else ""
    may_be_somebody = any(_is_a_name(word, unless=ordinary) for word in words)
    return bool(words) and not may_be_somebody and not classifier.locate(key, tier=Tier.PATTERNS)


def _is_a_name(word: str, *, unless: str) -> bool:
    letters = gazetteers.lists().get(word, "")
    return not _PEOPLE.isdisjoint(letters) and not (unless and unless in letters)


def _may_be_declared(name: str) -> bool:
    """Say whether the name of a column can be kept: a pivoted table has one for each person."""
    return 0 < len(name) <= _LONGEST_DECLARED and name.isprintable() and not classifier.locate(name, tier=Tier.PATTERNS)


def _keys(record: Any) -> Iterator[tuple[int, str]]:
    waiting: list[tuple[int, Any]] = [(0, record)]
    left = _MOST_LOOKED_INTO
    while waiting and left:
        depth, value = waiting.pop()
        left -= 1
        inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        for key, one in inner:
            if isinstance(key, str):
                yield depth, key
            if isinstance(one, Mapping | list):
                waiting.append((depth + 1, one))
