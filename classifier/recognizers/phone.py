"""Phone numbers: international ones by form, national ones by a typical form or a word before them."""

import re
from collections.abc import Iterator

import phonenumbers

from classifier.entities import Entity
from classifier.recognizers.base import RIGHT, PatternRecognizer, near

MINIMUM_DIGITS, MAXIMUM_DIGITS = 7, 15
_GAP = r"(?:[ ]?[-./][ \t\r\n]{0,2}|[ \n])"
_INTERNATIONAL = r"(?:\+[ ]?\(?\d|00[ ]?[1-9])(?:[ \t\r\n()./-]{0,3}\d){6,16}"
_NORTH_AMERICAN = rf"(?:1{_GAP})?(?:\(\d{{3}}\)[ \t\r\n]{{0,2}}|\d{{3}}{_GAP})\d{{3}}{_GAP}\d{{4}}"
_EXTENSION = r"(?:[ ]?(?:x|ext\.?)[ ]?\d{1,6})?"
_WORDS = (
    r"phones?|tel|telephones?|mobile|mob|cell|cellphone|fax|call(?: me)?(?: at| on)?|text(?: me)?(?: at)?|whatsapp|sms|"
    r"reach(?: me)?(?: at| on)?|contact n[a-z.]{1,6}|telefon[a-z]{0,8}|handy|mobil|tfno|tlfno|tlf|rufnummer|"
    r"t[?e]l[?e]phone|m[?o]vil|cellulare|celular|telefone|telem[?o]vel|kom[?o]rka|ring|dial"
)
_ANNOUNCED = r"\+?\(?\d(?:[ \t\r\n()./-]{0,3}\d){6,14}"


def locate(value: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the number within a run of digits, dropping trailing groups that are not part of it."""
    ends = [match.end() for match in re.finditer(r"\d+", value)]
    for end in reversed(ends):
        if _is_number(value[:end]):
            yield 0, end, True
            return
    digits = [match.end() for match in re.finditer(r"\d", value)]
    yield 0, digits[min(len(digits), MAXIMUM_DIGITS) - 1], False


def _is_number(value: str) -> bool:
    international = value.startswith(("+", "00"))
    if not MINIMUM_DIGITS <= sum(map(str.isdigit, value)) <= MAXIMUM_DIGITS + 2:
        return False
    region = None if international else "US"
    plain = "+" + value[2:] if value.startswith("00") else value
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(plain, region))
    except phonenumbers.NumberParseException:
        return False


PHONE_NUMBER = PatternRecognizer(
    entity=Entity.PHONE_NUMBER,
    name="phone",
    pattern=(
        rf"(?:^|[^0-9A-Za-z+])({_INTERNATIONAL}{_EXTENSION})"
        rf"|(?:^|[^0-9])({_NORTH_AMERICAN}{_EXTENSION})(?:$|[^0-9])"
        rf"|{near(_WORDS, _ANNOUNCED + _EXTENSION)}{RIGHT}"
    ),
    locate=locate,
    resumes=True,
)
