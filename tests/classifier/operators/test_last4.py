"""`last4` as a table."""

import pytest

from tests.classifier.operators.cases import compiled


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("123-45-6789", "***-**-6789"),
        ("4111 1111 1111 1234", "**** **** **** 1234"),
        ("GB82 WEST 1234 5698 7654 32", "**** **** **** **** **54 32"),
        ("123456789", "*****6789"),
        ("alice@example.com", "*****@******e.com"),
        ("+1 (415) 555\u20110132", "+* (***) ***\u20110132"),
        # Four of eight would be half of the value.
        ("12345678", "********"),
        ("1234-5678", "****-****"),
        ("12345", "*****"),
        ("", ""),
        # What is no letter or digit does not make a short value long.
        ("1234\u200b\u200b\u200b\u200b\u200b\u200b5", "***********"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19", "*****\uff16\uff17\uff18\uff19"),
    ],
)
def test_the_end_of_a_long_value_stays_readable(value: str, expected: str) -> None:
    assert compiled("last4")(value) == expected


def test_another_sign_may_hide() -> None:
    assert compiled("last4", masking_char="#")("123-45-6789") == "###-##-6789"
