"""Check digits of ours agree with the library that knows them, and the short way with the long one."""

from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.in_ import aadhaar

from classifier.recognizers.checks import is_aadhaar
from classifier.recognizers.credit_card import _Digits, is_card

AADHAAR = st.from_regex(r"[2-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}", fullmatch=True)


@given(AADHAAR, st.integers(0, 9))
@example("234567765432", 2)  # Reads the same from behind.
@example("411111111111", 1)
def test_an_aadhaar_number_is_what_the_library_says(number: str, last: int) -> None:
    value = number[:-1] + str(last)

    assert is_aadhaar(value) == aadhaar.is_valid(value)


@given(st.from_regex(r"(?:4|5[1-5]|3[47]|30|35|62|6011)[0-9]{10,17}", fullmatch=True), st.integers(0, 9))
@example("411111111111111", 1)
@example("37828224631000", 5)
def test_a_card_is_proven_alike_the_short_and_the_long_way(digits: str, last: int) -> None:
    number = digits[:-1] + str(last)
    sums = _Digits.of(number)

    assert is_card(number) == (len(number) in sums.card_ends(0) and bool(luhn.is_valid(number)))
    assert sums.has_luhn(0, len(number)) == bool(luhn.is_valid(number))
