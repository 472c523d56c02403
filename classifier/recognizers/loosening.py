"""Forms of numbers as people damage them: another separator, two spaces, a line break between the groups."""

import re

from classifier.recognizers.checks import Proof, compact

OPTIONAL_GAP = r"[ \t\r\n]{0,2}[-./_]?[ \t\r\n]{0,2}"
# One separator at least, white space or not.
GAP = r"(?:[ \t\r\n]{1,3}|[ ]?[-./_][ \t\r\n]{0,2})"

_WHITE = re.compile(r"\s+")
_MARK = re.compile(r"[-./_]")
# White space alone between two groups, though others have a mark between them.
_BETWEEN = re.compile(r"[0-9A-Za-z] [0-9A-Za-z]")
_TOKEN = re.compile(r"\(\?[-a-z]*:|(\\\.|\[[-. /+]+\]|[ /-])(\??)|\\.|\[[^\]]*\]|.", re.DOTALL)
_DIGITS = re.compile(r"\\d(?:\{(\d+)\})?|\[[0-9-]+\]")


def loosened(form: str) -> str:
    """Return a pattern whose separators between groups may be any, and may break a line."""
    return _TOKEN.sub(_loosely, form)


def announced_form(form: str) -> str:
    """Return a pattern for what follows a word: its groups loosened, and where it is all digits, any groups."""
    loose = [loosened(form)]
    for choice in form.split("|"):
        count = count_of(choice)
        if count:
            loose.append(rf"\d(?:{OPTIONAL_GAP}\d){{{count - 1}}}")
    return "|".join(loose)


def loose_proof(proof: Proof, form: str = "") -> Proof:
    """Return a check that is asked about a value as it stands, and without what separates its groups.

    A check digit agrees with every tenth number: where the separators are not those of the form, they must be alike.
    """
    strict = re.compile(form) if form else None
    return lambda value: is_even(value, strict) and (proof(value) or (not value.isalnum() and proof(compact(value))))


def is_even(value: str, strict: re.Pattern[str] | None) -> bool:
    """Say whether the groups of a value are separated as its form asks, or all in one way."""
    if strict is None or strict.fullmatch(value):
        return True
    plain = _WHITE.sub(" ", value)
    if strict.fullmatch(plain) or strict.fullmatch(plain.replace(" ", "")):
        return True
    marks = set(_MARK.findall(plain))
    return not marks or (len(marks) == 1 and _BETWEEN.search(plain) is None)


def _loosely(token: re.Match[str]) -> str:
    separator, optional = token.groups()
    if separator is None or "+" in separator:
        return token.group()
    return OPTIONAL_GAP if optional else GAP


def count_of(form: str) -> int:
    """Return how many digits a form has, or 0 where it is not all digits."""
    bare = re.sub(r"(?:\\\.|\[[-. /+]+\]|[ /-])\??", "", form)
    if not re.fullmatch(r"(?:\\d(?:\{\d+\})?|\[[0-9-]+\])+", bare):
        return 0
    return sum(int(match.group(1) or 1) for match in _DIGITS.finditer(bare))
