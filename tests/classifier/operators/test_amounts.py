"""Amounts and postcodes, made coarser."""

import pytest

from classifier.operators.generalize import magnitude, postal_area


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("52300", "10000-99999"),
        ("52,300 EUR", "10000-99999"),
        ("USD 52.300,00", "10000-99999"),
        ("52 300", "10000-99999"),
        ("52'300.50", "10000-99999"),
        ("7", "0-9"),
        ("0", "0-9"),
        ("999.99", "100-999"),
        ("52k", None),
        ("3 million", None),
        ("30000-40000", None),
        ("a lot", None),
        ("9" * 16, None),
    ],
)
def test_an_amount_has_an_order_of_magnitude(value: str, expected: str | None) -> None:
    assert magnitude(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("OX1 2JD", "OX1"),
        ("OX12JD", "OX1"),
        ("94105", "941"),
        ("94105-1234", "941"),
        ("114 55", "11"),
        ("1012 AB", "10"),
        ("1010", "10"),
        ("00-950", "0"),
        ("K1A 0B1", "K1A"),
        ("AB", None),
        ("", None),
        ("somewhere over the hill", None),
        ("1" * 40, None),
    ],
)
def test_a_postcode_has_a_first_part(value: str, expected: str | None) -> None:
    assert postal_area(value) == expected
