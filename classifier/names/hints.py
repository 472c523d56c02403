"""Which rules for names can find anything in a text, and where: linear-time passes, so that most need not look."""

import re
from collections.abc import Collection, Iterator, Mapping
from enum import IntEnum

import re2

from classifier.names.forms import alternatives
from classifier.recognizers.base import Search, compile_text_pattern, search_of

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
    return f"(?:{_with_dots(_AHEAD.sub('', alternatives(section)))})"


def _with_dots(text: str) -> str:
    """Return a text in which each i is a plain one, as which Python reads those with and without a dot in any case."""
    return text.replace("\u0131", "i").replace("\u0130", "I")


_WORD = "[A-Z][0-9A-Za-z_'.-]*"
# What a street has in it, wherever it begins: what counts no characters reads new texts in half the time.
_STREETS = (
    rf"[0-9][A-Za-z]?,? (?:{_WORD} )+{_any('english-streets')}",
    rf"(?:{_any('street-endings')}|{_any('streets-after')}) [0-9]",
    rf"(?i:[0-9](?: ?bis| ?ter)?,? {_any('streets-between')}) ",
    rf"(?i:{_BEFORE}{_any('streets-before')}) ?(?:{_any('street-particles')} )*[A-Z]",
    "(?:, |\n)(?:[A-Z][A-Z]?-)?(?:[0-9][0-9]-[0-9]{3}|[0-9]{4,5}) [A-Z]",
    "[A-Z][0-9][0-9A-Z]? [0-9][A-Z][A-Z]",
)
_SPACE = r"[ \x{a0}]"
_LETTER, _DIGIT = r"[A-Za-z\x{80}-\x{10ffff}]", r"[0-9\p{Nd}]"


def _streets(edge: str, capital: str) -> str:
    # As long as the rule's at the most: from each of many numbers, a search for more would read to the end of the text.
    word = rf"{capital}[0-9A-Za-z_'.\x{{80}}-\x{{10ffff}}-]{{0,30}}"
    return "|".join(
        (
            rf"{edge}{_DIGIT}{{1,6}}[A-Za-z]?,? (?:{word} ){{1,4}}{_any('english-streets')}",
            rf"{edge}{capital}{_LETTER}{{2,30}}{_any('street-endings')} {_DIGIT}",
            rf"{edge}{word} {_any('streets-after')} {_DIGIT}",
            rf"(?i:{edge}{_DIGIT}{{1,4}}(?: ?bis| ?ter)?,? {_any('streets-between')}) ",
            rf"(?i:{edge}{_any('streets-before')}) ?(?:{_any('street-particles')} ){{0,3}}{capital}",
            rf"{edge}(?:[A-Z]{{1,2}}-)?(?:{_DIGIT}{{2}}-{_DIGIT}{{3}}|{_DIGIT}{{4,5}}) {capital}",
            rf"{edge}[A-Z]{{1,2}}{_DIGIT}[A-Z0-9\p{{Nd}}]? {_DIGIT}[A-Z]{{2}}",
        )
    )


def _patterns(edge: str, capital: str) -> dict[Hint, str]:
    """Return patterns that match wherever those of the rules do, from where these begin."""
    return {
        Hint.TITLE: rf"{edge}{_any('titles')}\.?{_SPACE}",
        Hint.GREETING: rf"[ \t]{{0,4}}{_any('greetings')}{_SPACE}",
        Hint.RELATION: rf"{edge}{_any('relations')}(?: \(|, | ){capital}",
        Hint.INTRODUCTION: rf"(?i:{edge}{_any('introductions')})[ \x{{a0}}:]",
        Hint.COMPANY: rf"{edge}{_any('companies')}{_AFTER}",
        Hint.STREET: _streets(edge, capital),
        Hint.CLOSING: rf"(?i:{edge}{_any('closings')})[,.!]?[ \t]{{0,4}}[\r\n]",
    }


_PATTERNS = _patterns(r"\b", "[A-Z]")


def _compiled() -> "re2.Set":
    options = re2.Options()
    options.max_mem = SET_MEMORY_BYTES
    options.log_errors = False
    compiled = re2.Set.SearchSet(options)
    patterns = _PATTERNS | {Hint.STREET: "|".join(_STREETS)}
    for hint in Hint:
        compiled.Add(patterns[hint].encode())
    compiled.Compile()
    if sorted(compiled.Match(b"Dear Mr Smith") or ()) != [Hint.TITLE, Hint.GREETING]:
        message = "The engine has too little memory for the rules of names."
        raise MemoryError(message)
    return compiled


_SET = _compiled()
_ALL = frozenset(Hint)


def _searches(patterns: Mapping[Hint, str]) -> dict[Hint, Search]:
    return {hint: search_of(compile_text_pattern(pattern)) for hint, pattern in patterns.items()}


_BEGINS = _searches(_PATTERNS)
# The engine knows the edges of words of plain ASCII alone; an i may be one that had no dot, which is no plain letter.
_BEGINS_ANYWHERE = _searches(_patterns("", r"[A-Zi\x{80}-\x{10ffff}]"))


def hints_of(text: str) -> Collection[int]:
    """Return which rules can match; of a text that is not plain ASCII nothing is known."""
    return _SET.Match(text.encode("ascii")) or () if text.isascii() else _ALL


def matches(rule: re.Pattern[str], hint: Hint, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of the pattern of a rule, which is tried only where one may begin."""
    is_plain = text.isascii()
    plain = text if is_plain else _with_dots(text)
    search = (_BEGINS if is_plain else _BEGINS_ANYWHERE)[hint]
    # The same place in code points and in bytes.
    at, byte, read = 0, 0, plain.encode("utf-8", "replace")
    while (found := search(read, byte)[0][0]) >= 0:
        at += len(read[byte:found].decode())
        match = rule.match(text, at)
        if match is not None:
            yield match
        end = at + 1 if match is None else match.end()
        at, byte = end, found + len(plain[at:end].encode("utf-8", "replace"))
