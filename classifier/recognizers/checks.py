"""Checks of numbers that python-stdnum does not know."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from itertools import accumulate

Proof = Callable[[str], bool]

_SPELLING = re.compile(r"[^0-9A-Za-z]+")
_LETTER_VALUES = {chr(ord("A") + offset): 10 + offset for offset in range(26)}
# Which number each letter stands for is the history of Taiwan's counties.
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
# Verhoeff's scheme (J. Verhoeff, Error Detecting Decimal Codes, 1969): products in the dihedral group of order ten,
# and the permutation that each further place applies once more.
_DIHEDRAL = tuple(
    tuple((a + b) % 5 + 5 * (b > 4) if a < 5 else (a - b) % 5 + 5 * (b < 5) for b in range(10))  # noqa: PLR2004
    for a in range(10)
)
_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_VERHOEFF_STEPS = tuple(
    accumulate(range(11), lambda step, _: tuple(_PERMUTATION[digit] for digit in step), initial=tuple(range(10)))
)
_DAY_OF_YEAR = re.compile(r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d*")


@cache
def stdnum_proof(name: str) -> Proof:
    """Return the check of one module of python-stdnum, loaded when it is first asked."""

    def proof(value: str) -> bool:
        return bool(import_module(f"stdnum.{name}").is_valid(value))

    return proof


def is_telling(value: str) -> bool:
    """Accept a form that nothing else has, which bears no check digit."""
    return bool(value)


def compact(value: str) -> str:
    """Return a number without what separates its groups, in upper case."""
    return _SPELLING.sub("", value).upper()


def _weighed(values: Iterable[int], weights: Iterable[int]) -> int:
    return sum(value * weight for value, weight in zip(values, weights, strict=False))


def _ints(digits: str) -> list[int]:
    return [int(digit) for digit in digits]


def _crossed(number: int) -> int:
    """Add the digits of a number below a hundred."""
    return number // 10 + number % 10


def is_hkid(value: str) -> bool:
    """Check a Hong Kong identity card: letters, six digits and a check digit, modulo 11."""
    number = compact(value).rjust(9, "\x20")
    values = [_LETTER_VALUES.get(letter, 36) for letter in number[:2]] + _ints(number[2:8])
    last = 10 if number[8] == "A" else int(number[8])
    return (_weighed(values, range(9, 1, -1)) + last) % 11 == 0


def is_hungarian_taj(value: str) -> bool:
    """Check a Hungarian insurance number: weights 3 and 7, modulo 10."""
    digits = _ints(compact(value))
    return _weighed(digits[:8], (3, 7) * 4) % 10 == digits[8]


def is_hungarian_tax_id(value: str) -> bool:
    """Check the tax number of a Hungarian person: weights 1 to 9, modulo 11."""
    digits = _ints(compact(value))
    return digits[0] == 8 and _weighed(digits[:9], range(1, 10)) % 11 == digits[9]  # noqa: PLR2004 - persons have an 8.


def is_german_pension_number(value: str) -> bool:
    """Check a German pension insurance number, whose letter counts as its place in the alphabet."""
    number = compact(value)
    letter = ord(number[8]) - ord("A") + 1
    digits = _ints(f"{number[:8]}{letter:02}{number[9:11]}")
    products = (digit * weight for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return sum(map(_crossed, products)) % 10 == int(number[11])


def is_german_id_card(value: str) -> bool:
    """Check the number of a German identity card or passport: weights 7, 3, 1 (ICAO 9303)."""
    number = compact(value)
    return len(number) > 9 and icao_digit(number[:9]) == number[9]  # noqa: PLR2004 - nine signs and the check digit.


def is_polish_id_card(value: str) -> bool:
    """Check a Polish identity card: weights 7, 3, 1 around the check digit."""
    number = compact(value)
    values = [_LETTER_VALUES.get(letter) or int(letter) for letter in number]
    return _weighed(values, (7, 3, 1, 9, 7, 3, 1, 7, 3)) % 10 == 0


def icao_digit(text: str) -> str:
    """Return the check digit of a field of a travel document (ICAO 9303)."""
    values = (0 if letter == "<" else _LETTER_VALUES.get(letter) or int(letter) for letter in text)
    return str(_weighed(values, (7, 3, 1) * (len(text) // 3 + 1)) % 10)


def is_snils(value: str) -> bool:
    """Check a Russian insurance number: falling weights, modulo 101."""
    number = compact(value)
    return _weighed(_ints(number[:9]), range(9, 0, -1)) % 101 % 100 == int(number[9:])


def is_kazakh_iin(value: str) -> bool:
    """Check a Kazakh individual number: a date of birth, then modulo 11, twice where the first gives 10."""
    digits = _ints(value)
    rest = _weighed(digits[:11], range(1, 12)) % 11
    if rest == 10:  # noqa: PLR2004 - there is no such digit.
        rest = _weighed(digits[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return _DAY_OF_YEAR.fullmatch(value) is not None and rest == digits[11]


def is_nric(value: str) -> bool:
    """Check a Singaporean identity number by its last letter."""
    number = compact(value)
    total = _weighed(_ints(number[1:8]), (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    letters = "JZIHGFEDCBA" if number[0] in "ST" else "XWUTRQPNMLK"
    if number[0] == "M":
        letters, total = "KLJNPQRTUWX", 10 - total % 11
    return letters[total % 11] == number[8]


def is_taiwanese_id(value: str) -> bool:
    """Check a Taiwanese identity number, whose letter stands for two digits."""
    number = compact(value)
    county = 10 + _TAIWAN_LETTERS.index(number[0])
    return (county // 10 + county % 10 * 9 + _weighed(_ints(number[1:]), (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def is_medicare(value: str) -> bool:
    """Check an Australian Medicare number: weights 1, 3, 7, 9, modulo 10."""
    digits = _ints(compact(value))
    return digits[0] in range(2, 7) and _weighed(digits[:8], (1, 3, 7, 9) * 2) % 10 == digits[8]


def is_aadhaar(value: str) -> bool:
    """Check an Indian Aadhaar number: Verhoeff's check digit, and no number that reads the same from behind."""
    digits = compact(value)
    check = 0
    for step, digit in zip(_VERHOEFF_STEPS, map(int, reversed(digits)), strict=False):
        check = _DIHEDRAL[check][step[digit]]
    return check == 0 and digits != digits[::-1]


def is_npi(value: str) -> bool:
    """Check the number of a US health provider: Luhn after the prefix of US health."""
    from stdnum import luhn  # noqa: PLC0415 - loaded with its only user.

    return bool(luhn.is_valid("80840" + compact(value)))


def is_spanish_nss(value: str) -> bool:
    """Check a Spanish social security number: modulo 97."""
    number = compact(value)
    # An old number of seven digits carries a zero that does not count.
    body = int(number[:2]) * 10**7 + int(number[3:10]) if number[2] == "0" else int(number[:10])
    return body % 97 == int(number[10:])


def is_dea(value: str) -> bool:
    """Check the registration of a US prescriber: every second digit counts twice."""
    digits = _ints(compact(value)[2:])
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]
