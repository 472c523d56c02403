"""Bare values under fields that say nothing: told beside a person's data, left alone beside a thing's."""

from typing import Any

import pytest

from classifier import Entity, PayloadKind, Tier, classify
from classifier.key_names import is_dark, words_of
from classifier.names.records import MOST_MEMBERS, Member, find_in_record
from tests.classifier.finding import masked_value

PERSON, MAIL = "Anna Kowalska", "a.kowalska@example.com"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1984-03-09", "<DATE_OF_BIRTH>"),
        ("9.3.1984", "<DATE_OF_BIRTH>"),
        ("9 March 1984", "<DATE_OF_BIRTH>"),
        ("2024-03-09", "2024-03-09"),
        ("1984-03-09T11:20:00Z", "1984-03-09T11:20:00Z"),
        ("akowalska", "<USERNAME>"),
        ("mtapia", "<USERNAME>"),
        ("nightowl42", "<USERNAME>"),
        ("pending", "pending"),
        ("node7", "node7"),
        ("evt_9f31c04ec45dea84", "evt_9f31c04ec45dea84"),
        ("Kianbaan 05", "<STREET_ADDRESS>"),
        ("84, rue de Parent", "<STREET_ADDRESS>"),
        ("Galaxy S21", "Galaxy S21"),
        ("Windows 11", "Windows 11"),
        ("Winter tyre 205/55 R16", "Winter tyre 205/55 R16"),
        ("TX-349", "TX-349"),
        ("44051401359", "<NATIONAL_ID>"),
        ("C01X00T47", "<NATIONAL_ID>"),
        ("INV-20240012", "INV-20240012"),
        ("4776 XB", "<POSTCODE>"),
        ("39254", "<POSTCODE>"),
        ("12", "12"),
        ("In Progress", "In Progress"),
        ("Kowalska", "<PERSON>"),
        ("Port Brookeburgh", "<LOCATION>"),
    ],
)
def test_beside_a_name_and_an_address_a_bare_value_is_told(value: str, expected: str) -> None:
    seen = masked_value({"c1": PERSON, "c2": MAIL, "c3": value})

    assert seen == {"c1": "<PERSON>", "c2": "<EMAIL_ADDRESS>", "c3": expected}


HIDDEN = {"a": "<PERSON>", "b": "<EMAIL_ADDRESS>", "c": "<DATE_OF_BIRTH>"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([PERSON, MAIL, "1984-03-09"], list(HIDDEN.values())),
        ({"d": {"a": PERSON, "b": MAIL, "c": "1984-03-09"}}, {"d": HIDDEN}),
        ([{"a": PERSON, "b": MAIL, "c": "1984-03-09"}, {"a": "on", "c": "1984-03-09"}], None),
        (
            [{"k": 1, "v": PERSON}, {"k": 2, "v": MAIL}, {"k": 3, "v": "1984-03-09"}],
            [{"k": at, "v": value} for at, value in enumerate(HIDDEN.values(), 1)],
        ),
        (
            {"email": MAIL, "name": "A", "x7": "1984-03-09"},
            {"email": "<EMAIL_ADDRESS>", "name": "<PERSON>", "x7": "<DATE_OF_BIRTH>"},
        ),
        (
            {"email": MAIL, "phone": "1", "ort": "Ulm"},
            {"email": "<EMAIL_ADDRESS>", "phone": "<PHONE_NUMBER>", "ort": "<CITY>"},
        ),
        (
            {"email": MAIL, "phone": "1", "state": "open"},
            {"email": "<EMAIL_ADDRESS>", "phone": "<PHONE_NUMBER>", "state": "open"},
        ),
    ],
)
def test_an_object_is_one_however_it_is_written(document: Any, expected: Any) -> None:
    apart = [HIDDEN, {"a": "on", "c": "1984-03-09"}]

    assert masked_value(document) == (expected or apart)


@pytest.mark.parametrize(
    "document",
    [
        {"c1": "1984-03-09", "c2": "node7", "c3": "Hall 12"},
        {"c1": "1984-03-09", "c2": "o_livia81", "c3": "12 / 4 Z", "c4": "4776 XB"},
        {"c1": "TX-12", "c2": "1984-03-09", "c3": 4},
        {"c1": "203.0.113.9x", "c2": "1984-03-09"},
        {"released": "1984-03-09", "title": "Nineteen Eighty-Four", "pages": "328"},
    ],
)
def test_without_a_person_nothing_is_told(document: Any) -> None:
    assert masked_value(document) == document


def test_a_field_that_says_something_is_left_to_itself() -> None:
    seen = masked_value({"c1": PERSON, "c2": MAIL, "shipped": "1984-03-09", "product": {"c3": "1984-03-09"}})

    assert seen == {
        "c1": "<PERSON>", "c2": "<EMAIL_ADDRESS>", "shipped": "1984-03-09", "product": {"c3": "1984-03-09"}
    }  # fmt: skip


def test_patterns_alone_ask_no_neighbours() -> None:
    body = b'{"c1":"a@example.com","c2":"+48 600 700 800","c3":"1984-03-09"}'

    fast, patterns = (classify(body, kind=PayloadKind.JSON, tier=tier) for tier in (Tier.FAST, Tier.PATTERNS))

    assert [finding.path for finding in fast] == ["/c1", "/c2", "/c3"]
    assert [finding.path for finding in patterns] == ["/c1", "/c2"]


def test_a_table_of_many_values_is_no_object() -> None:
    members = [Member(MAIL, Entity.EMAIL_ADDRESS), Member("A", Entity.PERSON)]
    members += [Member("1984-03-09", is_dark=True)] * MOST_MEMBERS

    assert next(find_in_record(members[:MOST_MEMBERS]))[1].entity is Entity.DATE_OF_BIRTH
    assert list(find_in_record(members)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("c7", True), ("attr_b", True), ("field12", True), ("fld", True), ("payload", True), ("value", True),
        ("qzx", True), ("sku", False), ("id", False), ("ts", False), ("status", False), ("title", False),
        ("created", False), ("名", False),
    ],
)  # fmt: skip
def test_a_dark_name_says_nothing(name: str, *, expected: bool) -> None:
    assert is_dark(words_of(name)) is expected
