"""`generalize` as a table: what becomes coarser, and what is replaced because it cannot."""

import pytest

from classifier import Entity
from classifier.operators.places import country_of
from tests.classifier.finding import masked
from tests.classifier.operators.cases import VALUES, compiled, policy_of

DATE, AGE, IP, PLACE = Entity.DATE_OF_BIRTH, Entity.AGE, Entity.IP_ADDRESS, Entity.LOCATION


@pytest.mark.parametrize(
    ("entity", "value", "expected"),
    [
        (DATE, "1985-03-12", "1985"),
        (DATE, "12.03.1985", "1985"),
        (DATE, "March 12, 1985", "1985"),
        (DATE, "1985-03-12T00:00:00Z", "1985"),
        (DATE, "19850312", "1985"),
        (DATE, "12031985", "1985"),
        (DATE, "1985", "1985"),
        (DATE, "12.03.85", "<DATE_OF_BIRTH>"),
        (DATE, "19851312", "<DATE_OF_BIRTH>"),
        (DATE, "1985 or 1986", "<DATE_OF_BIRTH>"),
        (DATE, "the third of May", "<DATE_OF_BIRTH>"),
        (AGE, "42", "40-49"),
        (AGE, "42 years", "40-49"),
        (AGE, "7", "0-9"),
        (AGE, "89", "80-89"),
        (AGE, "90", "90+"),
        (AGE, "107", "90+"),
        (AGE, "131", "<AGE>"),
        (AGE, "1985", "<AGE>"),
        (AGE, "30-32", "<AGE>"),
        (AGE, "forty", "<AGE>"),
        (IP, "203.0.113.77", "203.0.113.0/24"),
        (IP, "2001:db8:1:2::7", "2001:db8:1::/48"),
        (IP, "::ffff:203.0.113.77", "203.0.113.0/24"),
        (IP, "fe80::1%eth0", "fe80::/48"),
        (IP, "203.0.113.0/24", "203.0.113.0/24"),
        (IP, "203.0.113.777", "<IP_ADDRESS>"),
        (PLACE, "München", "Germany"),
        (PLACE, "KRAKÓW", "Poland"),
        (PLACE, "Łódź", "Poland"),
        (PLACE, "12 Main Street, Chicago", "United States"),
        (PLACE, "France", "France"),
        (PLACE, "Paris, Texas", "United States"),
        (PLACE, "London, Ontario", "<LOCATION>"),
        (PLACE, "12 Main Street", "<LOCATION>"),
        (PLACE, "OX1 2JD", "OX1"),
        (PLACE, "SW1A1AA", "SW1A"),
        (PLACE, "94105-1234", "941"),
        (PLACE, "94105", "941"),
        (PLACE, "12B", "<LOCATION>"),
        (Entity.PERSON, "Alice Liddell", "<PERSON>"),
        (Entity.US_SSN, "123-45-6789", "<US_SSN>"),
    ],
)
def test_a_value_becomes_coarser_or_is_replaced(entity: Entity, value: str, expected: str) -> None:
    assert compiled("generalize", entity)(value) == expected


@pytest.mark.parametrize(("entity", "value"), VALUES)
def test_nothing_but_a_country_is_left_as_it_was(entity: Entity, value: str) -> None:
    seen = compiled("generalize", entity)(value)

    assert seen != value or country_of(value) == value


def test_a_date_becomes_a_decade_where_the_policy_says_so() -> None:
    assert compiled("generalize", DATE, dates="decade")("1985-03-12") == "1980s"
    assert masked('{"dob":19850312}', policy_of("generalize", dates="decade")) == '{"dob":1980}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"age":42,"dob":19850312}', '{"age":40,"dob":1985}'),
        ('{"age":7}', '{"age":0}'),
        ('{"age":97}', '{"age":90}'),
        ('{"age":42.5,"phone":4155550132,"zip":94105}', '{"age":0,"phone":0,"zip":941}'),
        ('{"age":-42}', '{"age":0}'),
    ],
)
def test_a_number_becomes_the_lower_end_of_its_class(body: str, expected: str) -> None:
    assert masked(body, policy_of("generalize")) == expected
