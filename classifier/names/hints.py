"""Which rules for names can find anything in a text: one linear-time pass, so that most rules need not look."""

import re
from collections.abc import Collection
from enum import IntEnum

import re2

from classifier.names.forms import alternatives

SET_MEMORY_BYTES = 16 << 20
_BEFORE = "(?:^|[^0-9A-Za-z_])"
_AFTER = "(?:$|[^0-9A-Za-z_])"
_AHEAD = re.compile(r"\(\?=[^)]*\)")


class Hint(IntEnum):
    """Name the rules, by their place in the set."""

    TITLE = 0
    GREETING = 1
    RELATION = 2
    INTRODUCTION = 3
    COMPANY = 4
    STREET = 5


def _any(section: str) -> str:
    """Return the words of a section; what must follow one is left to the rule."""
    return f"(?:{_AHEAD.sub('', alternatives(section))})"


_WORD = "[A-Z][0-9A-Za-z_'.-]*"
_STREETS = (
    rf"[0-9][A-Za-z]?,? (?:{_WORD} )+{_any('english-streets')}",
    rf"(?:{_any('street-endings')}|{_any('streets-after')}) [0-9]",
    rf"(?i:[0-9](?: ?bis| ?ter)?,? {_any('streets-between')}) ",
    rf"(?i:{_BEFORE}{_any('streets-before')}) ?(?:{_any('street-particles')} )*[A-Z]",
    "(?:, |\n)(?:[A-Z][A-Z]?-)?(?:[0-9][0-9]-[0-9]{3}|[0-9]{4,5}) [A-Z]",
    "[A-Z][0-9][0-9A-Z]? [0-9][A-Z][A-Z]",
)
# Each matches wherever its rule does, in a text of ASCII.
_PATTERNS = {
    Hint.TITLE: rf"{_BEFORE}{_any('titles')}\.? ",
    Hint.GREETING: rf"{_any('greetings')} ",
    Hint.RELATION: rf"{_BEFORE}{_any('relations')}(?: \(|, | )[A-Z]",
    Hint.INTRODUCTION: rf"(?i:{_BEFORE}{_any('introductions')}[ :])",
    Hint.COMPANY: rf"{_BEFORE}{_any('companies')}{_AFTER}",
    Hint.STREET: "|".join(_STREETS),
}


def _compiled() -> "re2.Set":
    options = re2.Options()
    options.max_mem = SET_MEMORY_BYTES
    options.log_errors = False
    compiled = re2.Set.SearchSet(options)
    for hint in Hint:
        compiled.Add(_PATTERNS[hint].encode())
    compiled.Compile()
    if sorted(compiled.Match(b"Dear Mr Smith") or ()) != [Hint.TITLE, Hint.GREETING]:
        message = "The engine has too little memory for the rules of names."
        raise MemoryError(message)
    return compiled


_SET = _compiled()
_ALL = frozenset(Hint)


def hints_of(text: str) -> Collection[int]:
    """Return which rules can match; of a text that is not plain ASCII nothing is known."""
    return _SET.Match(text.encode("ascii")) or () if text.isascii() else _ALL
