"""Which rules for names can find anything in a text, and where: linear-time passes, so that most need not look."""

import re
from collections.abc import Collection, Iterator
from enum import IntEnum

import re2

from classifier.names.forms import alternatives
from classifier.recognizers.base import search_of

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
    CLOSING = 6


def _any(section: str) -> str:
    """Return the words of a section; what must follow one is left to the rule."""
    return f"(?:{_AHEAD.sub('', alternatives(section))})"


def _any_case(section: str) -> str:
    """Return the words of a section in whatever case; Python reads a dotless i as any other then."""
    return f"(?i:{_any(section)})".replace("\u0131", "[\u0131i]")


_WORD = "[A-Z][0-9A-Za-z_'.-]*"
_STREETS = (
    rf"[0-9][A-Za-z]?,? (?:{_WORD} )+{_any('english-streets')}",
    rf"(?:{_any('street-endings')}|{_any('streets-after')}) [0-9]",
    rf"(?i:[0-9](?: ?bis| ?ter)?,? {_any('streets-between')}) ",
    rf"(?i:{_BEFORE}{_any('streets-before')}) ?(?:{_any('street-particles')} )*[A-Z]",
    "(?:, |\n)(?:[A-Z][A-Z]?-)?(?:[0-9][0-9]-[0-9]{3}|[0-9]{4,5}) [A-Z]",
    "[A-Z][0-9][0-9A-Z]? [0-9][A-Z][A-Z]",
)
# Each matches wherever its rule does, in a text of ASCII, and all but that of streets begin where it begins.
_PATTERNS = {
    Hint.TITLE: rf"\b{_any('titles')}\.? ",
    Hint.GREETING: rf"[ \t]{{0,4}}{_any('greetings')} ",
    Hint.RELATION: rf"\b{_any('relations')}(?: \(|, | )[A-Z]",
    Hint.INTRODUCTION: rf"\b{_any_case('introductions')}[ :]",
    Hint.COMPANY: rf"\b{_any('companies')}{_AFTER}",
    Hint.STREET: "|".join(_STREETS),
    Hint.CLOSING: rf"\b{_any_case('closings')}[,.!]?[ \t]{{0,4}}[\r\n]",
}
# As long as the rule's at the most: from each of many numbers, a search for more would read to the end of the text.
_SHORT_WORD = "[A-Z][0-9A-Za-z_'.-]{0,30}"
_STREET_BEGINS = (
    rf"\b[0-9]{{1,6}}[A-Za-z]?,? (?:{_SHORT_WORD} ){{1,4}}{_any('english-streets')}",
    rf"\b[A-Z][A-Za-z]{{2,30}}{_any('street-endings')} [0-9]",
    rf"\b{_SHORT_WORD} {_any('streets-after')} [0-9]",
    rf"(?i:\b[0-9]{{1,4}}(?: ?bis| ?ter)?,? {_any('streets-between')}) ",
    rf"(?i:\b{_any('streets-before')}) ?(?:{_any('street-particles')} ){{0,3}}[A-Z]",
    r"\b(?:[A-Z]{1,2}-)?(?:[0-9]{2}-[0-9]{3}|[0-9]{4,5}) [A-Z]",
    r"\b[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}",
)


def _compiled() -> "re2.Set":
    compiled = re2.Set.SearchSet(_options())
    for hint in Hint:
        compiled.Add(_PATTERNS[hint].encode())
    compiled.Compile()
    if sorted(compiled.Match(b"Dear Mr Smith") or ()) != [Hint.TITLE, Hint.GREETING]:
        message = "The engine has too little memory for the rules of names."
        raise MemoryError(message)
    return compiled


def _options() -> "re2.Options":
    options = re2.Options()
    options.max_mem = SET_MEMORY_BYTES
    options.log_errors = False
    return options


_SET = _compiled()
_ALL = frozenset(Hint)
_BEGINS = {
    hint: search_of(re2.compile(pattern.encode(), _options()))
    for hint, pattern in {**_PATTERNS, Hint.STREET: "|".join(_STREET_BEGINS)}.items()
}


def hints_of(text: str) -> Collection[int]:
    """Return which rules can match; of a text that is not plain ASCII nothing is known."""
    return _SET.Match(text.encode("ascii")) or () if text.isascii() else _ALL


def matches(rule: re.Pattern[str], hint: Hint, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of the pattern of a rule, which in plain ASCII is tried only where one may begin."""
    if not text.isascii():
        yield from rule.finditer(text)
        return
    search, plain, at = _BEGINS[hint], text.encode("ascii"), 0
    while (start := search(plain, at)[0][0]) >= 0:
        match = rule.match(text, start)
        if match is not None:
            yield match
        at = start + 1 if match is None else match.end()
