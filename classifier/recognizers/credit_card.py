"""Payment card numbers, proven by scheme and Luhn."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from classifier.entities import Entity
from classifier.recognizers.base import PatternRecognizer

MINIMUM_DIGITS, MAXIMUM_DIGITS = 12, 19
# What the numbers of each family of schemes begin with, and how many digits they have; first match wins.
_SCHEMES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("4", (13, 16, 19)),  # Visa, Elo
    ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),  # Mastercard
    ("3[47]", (15,)),  # American Express
    ("30[0-59]|3[689]", (14, 16, 17, 18, 19)),  # Diners Club
    ("35(?:2[89]|[3-8])", (16, 17, 18, 19)),  # JCB
    ("220[0-5]", (16, 17, 18, 19)),  # Mir, Borica
    ("62|81", (16, 17, 18, 19)),  # UnionPay, RuPay
    ("50(?:18|20|38)|5893|6304|67(?:59|6[1-3])", (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    ("6011|64[4-9]|65", (16, 17, 18, 19)),  # Discover, RuPay
    ("5[06-9]|6", (16, 17, 18, 19)),  # Maestro, Verve, Dankort, Hipercard, InterPayment
    ("9792|8600|9860|82", (16,)),  # Troy, Uzcard, Humo, RuPay
)
_BEGINNING = re.compile("|".join(f"({beginning})" for beginning, _ in _SCHEMES))
_FIRST_DIGITS = frozenset("2345689")
_GROUP = re.compile(r"\d+")
# What each digit counts where Luhn's sum takes it twice: from 5 on, the two digits of its double.
_DOUBLED = str.maketrans("0123456789", "0246813579")
_LONG_GROUPS = (6, 8)
FIVE = 5
_AMERICAN_EXPRESS = [4, 6, FIVE]
SHORT_GROUP = 4
FRACTION_DIGITS = 9
_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Digits:
    """The digits of a run, with sums by which the check digit of any stretch is known at once."""

    text: str
    sums: tuple[list[int], list[int]]

    @classmethod
    def of(cls, text: str) -> "_Digits":
        """Sum the digits twice: with every odd one doubled, and with every even one."""
        digits = [int(letter) for letter in text]
        doubled = [2 * digit - 9 * (digit > 4) for digit in digits]  # noqa: PLR2004 - from 5 on, two digits are added.
        last_is_even, last_is_odd = list(digits), list(digits)
        last_is_even[1::2], last_is_odd[::2] = doubled[1::2], doubled[::2]
        return cls(text, (list(accumulate(last_is_even, initial=0)), list(accumulate(last_is_odd, initial=0))))

    def has_luhn(self, start: int, end: int) -> bool:
        """Check the Luhn digit of a stretch."""
        sums = self.sums[(end - 1) % 2]
        return (sums[end] - sums[start]) % 10 == 0

    def card_ends(self, start: int) -> Iterator[int]:
        """Yield where a card that starts here may end, the longest first."""
        match = _BEGINNING.match(self.text, start)
        if match is not None and match.lastindex is not None:
            for length in reversed(_SCHEMES[match.lastindex - 1][1]):
                if start + length <= len(self.text):
                    yield start + length


def is_card(digits: str) -> bool:
    """Say whether a scheme issues such a number and its check digit is right."""
    beginning = _BEGINNING.match(digits)
    if beginning is None or beginning.lastindex is None or len(digits) not in _SCHEMES[beginning.lastindex - 1][1]:
        return False
    return (sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10 == 0


def locate(value: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the cards in a run of digit groups, which may hold several side by side.

    A card that reaches beyond the last one counts too: by chance the last one may have begun
    with a group of another number.
    """
    groups = [match.span() for match in _GROUP.finditer(value)]
    fractions = _fractions_in(value, groups)
    digits = "".join([value[start:end] for start, end in groups])
    if not fractions and is_card(digits) and _may_begin(groups, 0) and _is_grouped_as_card(groups):
        yield 0, len(value), True  # What mostly stands there, without the sums that many side by side need.
        return
    number = _Digits.of(digits)
    # How many digits stand up to the end of each group, and which group that is.
    counts = list(accumulate(end - start for start, end in groups))
    last_of = {count: last for last, count in enumerate(counts)}
    done = -1
    for first, start in enumerate((0, *counts[:-1])):
        if number.text[start] not in _FIRST_DIGITS:
            continue
        ends = number.card_ends(start) if _may_begin(groups, first) else ()
        lasts = (last_of[end] for end in ends if end in last_of and number.has_luhn(start, end))
        whole = (last for last in lasts if fractions.isdisjoint(range(first, last + 1)))
        last = next((last for last in whole if _is_grouped_as_card(groups[first : last + 1])), None)
        if last is not None and last > done:
            done = last
            yield groups[first][0], groups[last][1], True


def _may_begin(groups: list[tuple[int, int]], first: int) -> bool:
    """Say whether a card is written with such a first group."""
    start, end = groups[first]
    return end - start <= SHORT_GROUP or end - start in _LONG_GROUPS or end - start >= MINIMUM_DIGITS


def _fractions_in(value: str, groups: list[tuple[int, int]]) -> frozenset[int]:
    """Return which groups are what stands behind the point of a decimal number; cards have points every four digits."""
    if "." not in value:
        return _NONE
    return frozenset(
        at
        for at, ((_, point), (start, end)) in enumerate(pairwise(groups), start=1)
        if end - start >= FRACTION_DIGITS and value[point:start] == "."
    )


def _is_grouped_as_card(groups: list[tuple[int, int]]) -> bool:
    """Say whether cards are written in such groups: of five digits, only the last of an American Express is."""
    sizes = [end - start for start, end in groups]
    return FIVE not in sizes or sizes == _AMERICAN_EXPRESS or len(sizes) == 1


CREDIT_CARD = PatternRecognizer(
    entity=Entity.CREDIT_CARD,
    name="credit_card",
    # Digits behind `0.` are a fraction: one in ten of them has the check digit of a card.
    pattern=r"(?:^\.?|[^0-9.]|[^0-9]\.)([2-689](?:[ \t\r\n]{0,2}[-./_]?[ \t\r\n]{0,2}\d){11,})",
    locate=locate,
)
