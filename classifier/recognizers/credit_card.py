"""Payment card numbers, proven by scheme and Luhn."""

import re
from collections.abc import Iterator

from classifier.entities import Entity
from classifier.recognizers.base import PatternRecognizer

MINIMUM_DIGITS, MAXIMUM_DIGITS = 13, 19
# The first digits and the lengths each scheme issues.
_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}"
    r"|3(?:0[0-59]|[689]\d)\d{11}(?:\d{2})?"
    r"|6(?:011|4[4-9]\d|5\d{2})\d{12}(?:\d{3})?"
    r"|(?:62|81)\d{14,17}"
    r"|35(?:2[89]|[3-8]\d)\d{12}"
    r"|(?:5[06-9]|6[0-9])\d{11,17}"
    r"|220[0-4]\d{12,15}"
)

# Twice a digit, and the two digits of the result added.
_DOUBLED = str.maketrans("0123456789", "0246813579")


def is_card(digits: str) -> bool:
    """Say whether a scheme issues such a number and its check digit is right."""
    return _SCHEMES.fullmatch(digits) is not None and _has_luhn(digits)


def _has_luhn(digits: str) -> bool:
    """Check the Luhn digit; a hostile run of digits asks this for every window of it."""
    return sum(map(int, digits[::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0


def locate(value: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the cards in a run of digit groups, which may hold several side by side.

    A card that reaches beyond the last one counts too: by chance the last one may have begun
    with a group of another number.
    """
    groups = [match.span() for match in re.finditer(r"\d+", value)]
    done = -1
    for first in range(len(groups)):
        last = _card_from(value, groups, first)
        if last is not None and last > done:
            done = last
            yield groups[first][0], groups[last][1], True


def _card_from(value: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Return the last group of the longest card that begins with this group."""
    digits, found = "", None
    for last in range(first, len(groups)):
        digits += value[slice(*groups[last])]
        if len(digits) > MAXIMUM_DIGITS:
            break
        if len(digits) >= MINIMUM_DIGITS and is_card(digits):
            found = last
    return found


CREDIT_CARD = PatternRecognizer(
    entity=Entity.CREDIT_CARD,
    name="credit_card",
    pattern=r"(?:^|[^0-9])([2-68](?:[ \t\r\n]{0,2}[-./]?[ \t\r\n]{0,2}\d){12,})",
    locate=locate,
)
