"""Documents, vehicles, wallets, places, ages and what a word announces, as tables: found, near miss, neighbours."""

import re

import pytest

from classifier import ENTITIES, Entity
from classifier.recognizers import FAMILIES
from classifier.recognizers.loosening import loosened
from classifier.recognizers.numbers import AnnouncedNumber
from tests.classifier.finding import STRICT, found, masked_value

VIN = [
    ("1M8GDM9AXKP042788", [("VIN", "1M8GDM9AXKP042788")]),
    ("1M8GDM9AXKP042788 1HGCM82633A004352", [("VIN", "1M8GDM9AXKP042788"), ("VIN", "1HGCM82633A004352")]),
    ("chassis WVWZZZ1JZXW000001", [("VIN", "WVWZZZ1JZXW000001")]),
    ("WVWZZZ1JZXW000001", []),
    ("1M8GDM9A1KP042788", []),
]
CRYPTO = [
    ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", [("CRYPTO", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")]),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", [("CRYPTO", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")]),
    ("0x7a494897bc1ace4b11893d017934d6cfe87441de", [("CRYPTO", "0x7a494897bc1ace4b11893d017934d6cfe87441de")]),
    ("1BoatSLRHtKNngkdXEeobR76b53LETtpyU", []),
    ("7a494897bc1ace4b11893d017934d6cfe87441de", []),
]
TRAVEL = [
    ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", [("PASSPORT", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<")]),
    ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", [("PASSPORT", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")]),
    ("passport number: C01X00T47", [("PASSPORT", "C01X00T47")]),
    ("a passport is needed", []),
]
PLACES = [
    ("51.75202, -1.25773", [("COORDINATES", "51.75202, -1.25773")]),
    ("0.75202, 0.25773", []),
    ("151.75202, 1.2", []),
]
AGES = [
    ("a 42-year-old man", [("AGE", "42-year-old")]),
    ("varón de 53 años de edad", [("AGE", "53 años de edad")]),
    ("aged 42, living", [("AGE", "42")]),
    ("42 years of data", []),
    ("page 42", []),
]
PHONES_AT_HOME = [
    ("06 12 34 56 78", [("PHONE_NUMBER", "06 12 34 56 78")]),
    ("06 12 34 56 78 07 12 34 56 78", [("PHONE_NUMBER", "06 12 34 56 78"), ("PHONE_NUMBER", "07 12 34 56 78")]),
    ("(13802135678)", [("PHONE_NUMBER", "13802135678")]),
    ("0171 1234567", [("PHONE_NUMBER", "0171 1234567")]),
    ("612 345 678", [("PHONE_NUMBER", "612 345 678")]),
    ("98765 43210", [("PHONE_NUMBER", "98765 43210")]),
    ("order 0171 1234567", []),
    ("13802135678 bytes", []),
    ("01.02.2024 12", []),
    ("12345 98765 43210 12345", []),
    ("0012345678", []),
]
CARDS = [
    ("5018 0000 0009", [("CREDIT_CARD", "5018 0000 0009")]),
    ("4111 1111 1111 1112", []),
    ("cvv 737 exp 12/29", [("CARD_CODE", "737"), ("CARD_EXPIRATION", "12/29")]),
    ("6756 99504 57055 33183", []),
    ("exp 13/29", []),
]
ANNOUNCED = [
    ("My tax number is 86095742719, thanks", [("TAX_ID", "86095742719")]),
    ("VAT no DE 123456789", [("TAX_ID", "DE 123456789")]),
    ("driver's license D123-4567-8901", [("DRIVER_LICENSE", "D123-4567-8901")]),
    ("account number 000123456789", [("BANK_ACCOUNT", "000123456789")]),
    ("routing number 021000021", [("ABA_ROUTING_NUMBER", "021000021")]),
    ("sort code 12-34-56", [("BANK_CODE", "12-34-56")]),
    ("IMEI 490154203237518", [("IMEI", "490154203237518")]),
    ("license plate 7ABC123", [("LICENSE_PLATE", "7ABC123")]),
    ("Kennzeichen B-XY 1234", [("LICENSE_PLATE", "B-XY 1234")]),
    ("MRN 0012345 seen", [("MEDICAL_RECORD", "0012345")]),
    ("member id XYZ123456789", [("HEALTH_INSURANCE", "XYZ123456789")]),
    ("employee id E-4711", [("PERSONAL_ID", "E-4711")]),
    ("salary 85,000 EUR", [("SALARY", "85,000")]),
    ("the account has 12 items", []),
    ("finished job 48291", []),
    ("plates were served at 12", []),
]
ASSIGNED = [
    ("user=alice ok=1", [("USERNAME", "alice")]),
    ('first_name="Al Bo" x=1', [("GIVEN_NAME", "Al Bo")]),
    ("?last_name=Bo&zip=94103&tab=2", [("FAMILY_NAME", "Bo"), ("POSTCODE", "94103")]),
    ("user=null email=-", []),
    ("file_name=a.pdf token_count=5", []),
]
SLIPS = [
    ("4111 1l11 11I1 1111", [("CREDIT_CARD", "4111 1l11 11I1 1111")]),
    ("123-45-67B9", [("US_SSN", "123-45-67B9")]),
    ("PESEL 44O51401359", [("PL_PESEL", "44O51401359")]),
    ("2O3.O.113.77", [("IP_ADDRESS", "2O3.O.113.77")]),
    ("tel: 0171lO23456ll@example.com", [("EMAIL_ADDRESS", "0171lO23456ll@example.com")]),
    ("DE89 37O4 0044 0532 O130 00", [("IBAN_CODE", "DE89 37O4 0044 0532 O130 00")]),
    ("4111 1l11 11I1 1112", []),
    ("BIOS SOLO 10 O'clock", []),
    ("8B5B0B18", []),
]
TABLES = [VIN, CRYPTO, TRAVEL, PLACES, AGES, PHONES_AT_HOME, CARDS, ANNOUNCED, ASSIGNED, SLIPS]
ROWS = [row for family in FAMILIES for row in family.rows if family.name == "national"]


@pytest.mark.parametrize(("text", "expected"), [row for table in TABLES for row in table])
def test_a_text_yields_exactly_these_entities(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.entity))
def test_a_national_number_is_found_behind_each_of_its_words(row: AnnouncedNumber) -> None:
    example = ENTITIES[row.entity].examples[0]

    seen = {word: [text for _, text in found(f"{word.replace('?', 'é')}: {example}")] for word in row.words.split("|")}

    assert {word: texts for word, texts in seen.items() if example not in " ".join(texts)} == {}


def _has_telling_example(row: AnnouncedNumber) -> bool:
    """Say whether the example of a number is written in the form that tells by itself, where it has one."""
    return bool(row.written) and re.fullmatch(loosened(row.written), ENTITIES[row.entity].examples[0]) is not None


@pytest.mark.parametrize("row", [*filter(_has_telling_example, ROWS)], ids=lambda row: str(row.entity))
def test_a_telling_form_of_a_national_number_needs_no_word(row: AnnouncedNumber) -> None:
    example = ENTITIES[row.entity].examples[0]

    alone, twice = found(example), found(f"{example}, {example}")

    assert [text for _, text in alone] == [example]
    assert [text for _, text in twice] == [example, example]


def test_numbers_of_fifty_countries_are_known() -> None:
    countries = {entity.split("_")[0] for entity in Entity if len(entity.split("_")[0]) == 2}

    assert len(countries) >= 50


def test_a_part_is_treated_as_its_whole_unless_it_is_named() -> None:
    policy = STRICT.keeping([Entity.PERSON]).with_operator(Entity.FAMILY_NAME, "redact")

    seen = masked_value({"first_name": "Al", "last_name": "Bo", "city": "Oz"}, policy)

    assert seen == {"first_name": "Al", "last_name": "", "city": "<CITY>"}


def test_a_word_before_a_phone_number_does_not_outdo_the_proof_of_another_kind() -> None:
    assert found("call about 123-45-6789") == [("US_SSN", "123-45-6789")]
