"""The first tier: what a field's name tells, with its parent counted in."""

import json
from typing import Any

import pytest

from classifier import Entity, PayloadKind, Policy, classify
from classifier.keys import MAX_CACHED_KEYS, entity_of, table_of, words_of
from tests.classifier.finding import STRICT, masked, masked_value, with_operators

TELLING = [
    ("email", "EMAIL_ADDRESS"),
    ("E-Mail", "EMAIL_ADDRESS"),
    ("emails", "EMAIL_ADDRESS"),
    ("customer_email_address", "EMAIL_ADDRESS"),
    ("contact.email", "EMAIL_ADDRESS"),
    ("email_1", "EMAIL_ADDRESS"),
    ("user[email]", "EMAIL_ADDRESS"),
    ("phoneNumber", "PHONE_NUMBER"),
    ("homePhone2", "PHONE_NUMBER"),
    ("PHONE", "PHONE_NUMBER"),
    ("telefonnummer", "PHONE_NUMBER"),
    ("número de teléfono", "PHONE_NUMBER"),
    ("name", "PERSON"),
    ("firstName", "GIVEN_NAME"),
    ("last-name", "FAMILY_NAME"),
    ("user_full_name", "PERSON"),
    ("customerName", "PERSON"),
    ("prénom", "GIVEN_NAME"),
    ("Imię", "GIVEN_NAME"),
    ("achternaam", "FAMILY_NAME"),
    ("userName", "USERNAME"),
    ("straße", "STREET_ADDRESS"),
    ("billing_zip", "POSTCODE"),
    ("address1", "LOCATION"),
    ("addressLine2", "LOCATION"),
    ("homeAddress", "LOCATION"),
    ("dob", "DATE_OF_BIRTH"),
    ("dateOfBirth", "DATE_OF_BIRTH"),
    ("data_nascimento", "DATE_OF_BIRTH"),
    ("ssn", "US_SSN"),
    ("SocialSecurityNumber", "US_SSN"),
    ("clientIP", "IP_ADDRESS"),
    ("cardNumber", "CREDIT_CARD"),
    ("iban", "IBAN_CODE"),
    ("nhs_number", "UK_NHS"),
    ("codice fiscale", "IT_FISCAL_CODE"),
    ("passportNo", "PASSPORT"),
    ("api_key", "SECRET"),
    ("newPassword", "PASSWORD"),
]
SILENT = [
    "userId", "anonymousId", "id", "file_name", "productName", "event.name", "filename", "hostname", "createdAt",
    "emailOptIn", "description", "title", "status", "state", "company_name", "phone_model_count", "", "-", "42",
    "user_agent", "order_number", "ipsum", "addressable", "surnamed",
]  # fmt: skip


@pytest.mark.parametrize(("name", "entity"), TELLING)
def test_a_field_name_tells_its_entity(name: str, entity: str) -> None:
    told = entity_of(words_of(name))

    assert told == Entity(entity)


@pytest.mark.parametrize("name", SILENT)
def test_other_names_tell_nothing(name: str) -> None:
    told = entity_of(words_of(name))

    assert told is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"user": {"name": "Al"}}, {"user": {"name": "<PERSON>"}}),
        ({"traits": {"name": "Al"}}, {"traits": {"name": "<PERSON>"}}),
        ({"data": {"name": "Al"}}, {"data": {"name": "<PERSON>"}}),
        ([{"name": "Al"}], [{"name": "<PERSON>"}]),
        ({"users": [{"name": "Al"}]}, {"users": [{"name": "<PERSON>"}]}),
        ({"billing": {"state": "CA"}}, {"billing": {"state": "<STATE>"}}),
        ({"billing": {"address": {"line1": "x"}}}, {"billing": {"address": {"line1": "<STREET_ADDRESS>"}}}),
        ({"patient": "John Smith"}, {"patient": "<PERSON>"}),
        ({"card": {"number": "x", "name": "Al"}}, {"card": {"number": "<CREDIT_CARD>", "name": "<PERSON>"}}),
        ({"email": ["a", "b", None]}, {"email": ["<EMAIL_ADDRESS>", "<EMAIL_ADDRESS>", None]}),
        ({"name": {"first": "A", "x": {"y": "B"}}}, {"name": {"first": "<PERSON>", "x": {"y": "<PERSON>"}}}),
        (
            {"address": {"city": "x", "zip": 94103, "ok": True}},
            {"address": {"city": "<CITY>", "zip": 0, "ok": True}},
        ),
        ({"address": {"email": "x"}}, {"address": {"email": "<EMAIL_ADDRESS>"}}),
        ({"ssn": 123456789, "dob": None}, {"ssn": 0, "dob": None}),
        ({"ssn": "not a number"}, {"ssn": "<US_SSN>"}),
        ({"card_number": "4111111111111112"}, {"card_number": "<CREDIT_CARD>"}),
        ({"email": ""}, {"email": ""}),
    ],
)
def test_under_a_telling_key_everything_is_hidden(document: Any, expected: Any) -> None:
    seen = masked_value(document)

    assert seen == expected


@pytest.mark.parametrize(
    "document",
    [
        {"file": {"name": "a.pdf"}},
        {"product": {"name": "Chair"}},
        {"event": {"name": "Signed Up"}},
        {"properties": {"title": "Home", "name": "Checkout"}},
        {"context": {"library": {"name": "analytics.js"}}},
        {"user": {"status": "active"}},
        {"userId": "u_1", "anonymousId": "0f8e3a52-6f0b-4a64-9f3e-1d2c3b4a5f60"},
        {"customer": 12345678, "employees": 120},
        {"state": "open", "order_id": 4155550132},
    ],
)
def test_what_is_about_things_stays(document: Any) -> None:
    seen = masked_value(document)

    assert seen == document


def test_an_escaped_key_tells_as_a_plain_one() -> None:
    seen = masked(r'{"\u0065mail":"x"}')

    assert seen == r'{"\u0065mail":"<EMAIL_ADDRESS>"}'


def test_an_opaque_id_that_is_an_address_is_hidden() -> None:
    seen = masked_value({"userId": "alice@example.com"})

    assert seen == {"userId": "<EMAIL_ADDRESS>"}


def test_a_kept_key_does_not_shield_another_kind_of_data() -> None:
    policy = STRICT.keeping([Entity.PERSON])

    seen = masked_value({"name": "Alice 123-45-6789", "ssn": "123-45-6789"}, policy)

    assert seen == {"name": "Alice <US_SSN>", "ssn": "<US_SSN>"}


def test_only_the_named_entity_is_hidden_where_all_others_are_kept() -> None:
    seen = masked_value({"name": "Alice", "ssn": "123-45-6789"}, with_operators(US_SSN="shape"))

    assert seen == {"name": "Alice", "ssn": "***-**-****"}


def test_a_thousand_invented_keys_do_not_fill_the_memory() -> None:
    document = {f"k{number}x": 1 for number in range(MAX_CACHED_KEYS + 100)}

    classify(json.dumps(document).encode(), kind=PayloadKind.JSON)

    assert len(table_of("root")) <= MAX_CACHED_KEYS


def test_a_personal_key_is_not_remembered() -> None:
    masked('{"carol@example.com":1}', Policy.named("balanced"))

    assert "carol@example.com" not in table_of("root")
