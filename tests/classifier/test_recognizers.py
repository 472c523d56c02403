"""Recognizers as tables: text in, entities and the characters they cover out."""

# ruff: noqa: RUF001 - full-width digits are what some of these texts are about.

import pytest

from classifier import ENTITIES, Entity
from classifier.recognizers import RECOGNIZERS
from tests.classifier.finding import found
from tests.classifier.test_kinds import TABLES as MORE_TABLES

EMAIL = [
    ("write to alice@example.com.", [("EMAIL_ADDRESS", "alice@example.com")]),
    ("a.b+c@mail.example.co.uk, d@e.io", [("EMAIL_ADDRESS", "a.b+c@mail.example.co.uk"), ("EMAIL_ADDRESS", "d@e.io")]),
    ("müller@exämple.de", [("EMAIL_ADDRESS", "müller@exämple.de")]),
    ("https://x.io/?to=alice%40example.com&a=1", [("EMAIL_ADDRESS", "alice%40example.com")]),
    ("alice [at] example.com", [("EMAIL_ADDRESS", "alice [at] example.com")]),
    ("alice＠example.com", [("EMAIL_ADDRESS", "alice＠example.com")]),
    ("\nalice@example.com\n", [("EMAIL_ADDRESS", "alice@example.com")]),
    ("meet @ noon", []),
    ("user@host", []),
    ("a@b", []),
]
PHONE = [
    ("+1 415 555 0132", [("PHONE_NUMBER", "+1 415 555 0132")]),
    ("+1 415 555 0132 +44 20 7946 0958", [("PHONE_NUMBER", "+1 415 555 0132"), ("PHONE_NUMBER", "+44 20 7946 0958")]),
    ("(555) 123-4567", [("PHONE_NUMBER", "(555) 123-4567")]),
    ("415-555-0132 415-555-0133", [("PHONE_NUMBER", "415-555-0132"), ("PHONE_NUMBER", "415-555-0133")]),
    (
        "dial five one oh, five five five, one two three four now",
        [("PHONE_NUMBER", "five one oh, five five five, one two three four")],
    ),
    (
        "seis cinco cuatro uno dos tres cero nueve ocho",
        [("PHONE_NUMBER", "seis cinco cuatro uno dos tres cero nueve ocho")],
    ),
    ("null eins sieben zwei f\u00fcnf drei acht", [("PHONE_NUMBER", "null eins sieben zwei f\u00fcnf drei acht")]),
    ("one two three four five six seven eight", []),
    ("one two or three four five", []),
    ("pod numerem 880 230 341", [("PHONE_NUMBER", "880 230 341")]),
    ("tel. 32 556 51 86", [("PHONE_NUMBER", "32 556 51 86")]),
    ("tel. 536 l2O 5O4", [("PHONE_NUMBER", "536 l2O 5O4")]),
    ("415-\n555-0132", [("PHONE_NUMBER", "415-\n555-0132")]),
    ("415\u2011555\u20110132", [("PHONE_NUMBER", "415\u2011555\u20110132")]),
    ("+49\u00a0171\u00a01234567", [("PHONE_NUMBER", "+49\u00a0171\u00a01234567")]),
    ("+４９ １７１ １２３４５６７", [("PHONE_NUMBER", "+４９ １７１ １２３４５６７")]),
    ("call me at 0171 1234567", [("PHONE_NUMBER", "0171 1234567")]),
    ("Tel. 030/1234567", [("PHONE_NUMBER", "030/1234567")]),
    ("(978) 645-9740 x111", [("PHONE_NUMBER", "(978) 645-9740 x111")]),
    ("phone 4155550132", [("PHONE_NUMBER", "4155550132")]),
    ("order 4155550132", []),
    ("2024-05-01T12:34:56.789Z", []),
    ("version 1.2.3", []),
]
CARD = [
    ("4111 1111 1111 1111", [("CREDIT_CARD", "4111 1111 1111 1111")]),
    ("4111-1111-1111-1111", [("CREDIT_CARD", "4111-1111-1111-1111")]),
    ("4111.1111.1111.1111", [("CREDIT_CARD", "4111.1111.1111.1111")]),
    ("paid with 1. 4111111111111111", [("CREDIT_CARD", "4111111111111111")]),
    ("4111111111111111.0", [("CREDIT_CARD", "4111111111111111")]),
    ("a ratio of 0.4111111111111111", []),
    ("took 2.4111111111111111 s, then 52.41111111111112 s, off by -0.4111111111111111", []),
    ("4111111111111111 5555555555554444", [("CREDIT_CARD", "4111111111111111"), ("CREDIT_CARD", "5555555555554444")]),
    (
        "4111 1111 1111 1111 5555 5555 5555 4444",
        [
            ("CREDIT_CARD", "4111 1111 1111 1111"),
            ("CREDIT_CARD", "5555 5555 5555 4444"),
        ],
    ),
    ("ref 1234 4111 1111 1111 1111", [("CREDIT_CARD", "4111 1111 1111 1111")]),
    ("3782 822463 10005", [("CREDIT_CARD", "3782 822463 10005")]),
    ("４１１１ １１１１ １１１１ １１１１", [("CREDIT_CARD", "４１１１ １１１１ １１１１ １１１１")]),
    ("4111\u00a01111\u00a01111\u00a01111", [("CREDIT_CARD", "4111\u00a01111\u00a01111\u00a01111")]),
    ("4111 1111\n1111 1111", [("CREDIT_CARD", "4111 1111\n1111 1111")]),
    ("4111111111111112", []),
    ("1700000000000", []),
    ("1" * 40, []),
]
IBAN = [
    ("GB82 WEST 1234 5698 7654 32", [("IBAN_CODE", "GB82 WEST 1234 5698 7654 32")]),
    ("DE89370400440532013000", [("IBAN_CODE", "DE89370400440532013000")]),
    ("IBAN DE89 3704 0044 0532 0130 01", [("IBAN_CODE", "DE89 3704 0044 0532 0130 01")]),
    ("LI 1425, BE 1462 oraz GO 1499", []),
    ("de89 3704 0044 0532 0130 00 please", [("IBAN_CODE", "de89 3704 0044 0532 0130 00")]),
    ("PL6 110 901 014 000 007 121 981 287 4", [("IBAN_CODE", "PL6 110 901 014 000 007 121 981 287 4")]),
    (
        "PL  61  10  90  10  14  00  00  07  12  19  81  28  74",
        [("IBAN_CODE", "PL  61  10  90  10  14  00  00  07  12  19  81  28  74")],
    ),
    ("DE89-3704-0044-0532-0130-00", [("IBAN_CODE", "DE89-3704-0044-0532-0130-00")]),
    (
        "DE89370400440532013000 FR1420041010050500013M02606",
        [
            ("IBAN_CODE", "DE89370400440532013000"),
            ("IBAN_CODE", "FR1420041010050500013M02606"),
        ],
    ),
    ("DE88370400440532013000", [("IBAN_CODE", "DE88370400440532013000")]),
    ("ab12cdefghijklmnopqr", []),
]
SSN = [
    ("123-45-6789", [("US_SSN", "123-45-6789")]),
    ("987-65-4321", [("US_SSN", "987-65-4321")]),
    ("123-45-6789 987-65-4321", [("US_SSN", "123-45-6789"), ("US_SSN", "987-65-4321")]),
    ("123-45-6789,987-65-4321", [("US_SSN", "123-45-6789"), ("US_SSN", "987-65-4321")]),
    ("id_123-45-6789_x", [("US_SSN", "123-45-6789")]),
    ("n123-45-6789", [("US_SSN", "123-45-6789")]),
    ("１２３-４５-６７８９", [("US_SSN", "１２３-４５-６７８９")]),
    ("123 - 45 - 6789", [("US_SSN", "123 - 45 - 6789")]),
    ("123 45 6789", [("US_SSN", "123 45 6789")]),
    ("123.45.6789", [("US_SSN", "123.45.6789")]),
    ("SSN 123456789", [("US_SSN", "123456789")]),
    ("ticket 123456789", []),
    ("1123-45-67890", []),
]
IP = [
    ("from 203.0.113.77.", [("IP_ADDRESS", "203.0.113.77")]),
    ("203.0.113.77 203.0.113.78", [("IP_ADDRESS", "203.0.113.77"), ("IP_ADDRESS", "203.0.113.78")]),
    ("http://203.0.113.77/x", [("IP_ADDRESS", "203.0.113.77")]),
    ("2001:db8::7", [("IP_ADDRESS", "2001:db8::7")]),
    ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", [("IP_ADDRESS", "2001:0db8:85a3:0000:0000:8a2e:0370:7334")]),
    ("Chrome/124.0.0.0", []),
    ("999.1.1.1", []),
    ("1.2.3.4.5", []),
    ("12:34:56", []),
    ("rv:1.9.0.20", []),
    ("std::vector", []),
]
MAC = [
    ("00:1b:44:11:3a:b7", [("MAC_ADDRESS", "00:1b:44:11:3a:b7")]),
    ("00-1B-44-11-3A-B7", [("MAC_ADDRESS", "00-1B-44-11-3A-B7")]),
    ("001b.4411.3ab7", [("MAC_ADDRESS", "001b.4411.3ab7")]),
    (
        "00:1b:44:11:3a:b7 00:1b:44:11:3a:b8",
        [
            ("MAC_ADDRESS", "00:1b:44:11:3a:b7"),
            ("MAC_ADDRESS", "00:1b:44:11:3a:b8"),
        ],
    ),
    ("00:1b:44:11:3a", []),
    ("91-00-00-00-00-00-16-20-49-25", []),
]
URL = [
    ("postgres://bob:hunter2@db.example.com/app", [("URL", "bob:hunter2")]),
    ("https://token@example.com", [("URL", "token")]),
    ("https://example.com/path?tab=profile", []),
    ("https://example.com/?access_token=abcdef&tab=1", [("SECRET", "abcdef")]),
]
SECRETS = [
    ("AKIAIOSFODNN7EXAMPLE", [("SECRET", "AKIAIOSFODNN7EXAMPLE")]),
    ("Authorization: Bearer abcdefghijklmnop1234", [("SECRET", "Bearer abcdefghijklmnop1234")]),
    ("use bearer abcdefghijklmnop1234", [("SECRET", "abcdefghijklmnop1234")]),
    ("password=hunter2 ok", [("PASSWORD", "hunter2")]),
    ("the bearer of news", []),
]
BORN = [
    ("born on 3 May 1970 in", [("DATE_OF_BIRTH", "3 May 1970")]),
    ("(geb. 31.01.1970)", [("DATE_OF_BIRTH", "31.01.1970")]),
    ("née le 3 mai 1970", [("DATE_OF_BIRTH", "3 mai 1970")]),
    ("nacido el 3 de mayo de 1970", [("DATE_OF_BIRTH", "3 de mayo de 1970")]),
    ("born January 31, 1970", [("DATE_OF_BIRTH", "January 31, 1970")]),
    ("DOB 01/31/70", [("DATE_OF_BIRTH", "01/31/70")]),
    ("meeting on 3 May 2024", []),
    ("1970-01-31", []),
]
NATIONAL = [
    ("85.07.30-033.28", [("BE_NN", "85.07.30-033.28")]),
    ("390.533.447-05", [("BR_CPF", "390.533.447-05")]),
    ("390.533.447-06", []),
    ("cpf 39053344705", [("BR_CPF", "39053344705")]),
    ("123-456-782", [("CA_SIN", "123-456-782")]),
    ("756.9217.0769.85", [("CH_AHV", "756.9217.0769.85")]),
    ("12.531.909-2", [("CL_RUT", "12.531.909-2")]),
    ("360426199101010071", [("CN_RIC", "360426199101010071")]),
    ("710319/2745", [("CZ_RC", "710319/2745")]),
    ("36 574 261 809", [("DE_TAX_ID", "36 574 261 809")]),
    ("211062-5629", [("DK_CPR", "211062-5629")]),
    ("X2482300W", [("ES_NIE", "X2482300W")]),
    ("54362315K", [("ES_NIF", "54362315K")]),
    ("54362315-K", [("ES_NIF", "54362315-K")]),
    ("54362315L", []),
    ("131052-308T", [("FI_PERSONAL_IDENTITY_CODE", "131052-308T")]),
    ("2 95 10 99 126 111 93", [("FR_NIR", "2 95 10 99 126 111 93")]),
    ("NIR 295109912611193", [("FR_NIR", "295109912611193")]),
    ("295109912611193", []),
    ("2341 2341 2346", [("IN_AADHAAR", "2341 2341 2346")]),
    ("ACUPA7085R", [("IN_PAN", "ACUPA7085R")]),
    ("RCCMNL83S18D969H", [("IT_FISCAL_CODE", "RCCMNL83S18D969H")]),
    ("971013-9019902", [("KR_RRN", "971013-9019902")]),
    ("BOXW310820HNERXN09", [("MX_CURP", "BOXW310820HNERXN09")]),
    ("BSN 111222333", [("NL_BSN", "111222333")]),
    ("order 111222333", []),
    ("151086 95088", [("NO_FODSELSNUMMER", "151086 95088")]),
    ("PESEL 44051401359", [("PL_PESEL", "44051401359")]),
    ("PESEL 44051401358", [("PL_PESEL", "44051401358")]),
    ("44051401359", []),
    ("contribuinte 501964843", [("PT_NIF", "501964843")]),
    ("880320-0016", [("SE_PERSONNUMMER", "880320-0016")]),
    ("880320-0017", []),
    ("TFN 123 456 782", [("AU_TFN", "123 456 782")]),
    ("NHS no. 943 476 5919", [("UK_NHS", "943 476 5919")]),
    ("AB 12 34 56 C", [("UK_NINO", "AB 12 34 56 C")]),
    ("ITIN 912-90-3456", [("US_ITIN", "912-90-3456")]),
    ("RSA ID 7503305044089", [("ZA_ID", "7503305044089")]),
]
LABELS = [
    ("Name: John Smith", [("PERSON", "John Smith")]),
    ("Name: John Smith  DOB: 1970-01-31", [("PERSON", "John Smith"), ("DATE_OF_BIRTH", "1970-01-31")]),
    ("Name: John  Smith", [("PERSON", "John  Smith")]),
    ("Name: John Smith; Room: 12", [("PERSON", "John Smith")]),
    ("Patient: John Smith\nNote: rest", [("PERSON", "John Smith")]),
    ("- **Phone:** unknown to me", [("PHONE_NUMBER", "unknown to me")]),
    ("Adresse: Hauptstraße 1, 10115 Berlin", [("LOCATION", "Hauptstraße 1, 10115 Berlin")]),
    ("Número de teléfono: 5", [("PHONE_NUMBER", "5")]),
    ("氏名: x\nEmail： none", [("PERSON", "x"), ("EMAIL_ADDRESS", "none")]),
    ("File name: report.pdf", []),
    ("Diagnosis: healthy", []),
    ("Seen today. Name: John Smith. SSN: unknown.", [("PERSON", "John Smith."), ("US_SSN", "unknown.")]),
    ("Name: John Smith and he came at noon, without pain", [("PERSON", "John Smith")]),
    ("Patient: John Smith complains of a headache since May", [("PERSON", "John Smith")]),
    ("Customer: that is what i wanted to know, thanks", []),
    ("\ufeffName: Al", [("PERSON", "Al")]),
    ("see https://example.com", []),
]
PLACES: list[tuple[str, list[tuple[str, str]]]] = [
    ("meet at 51.75202, -1.25773 today", [(Entity.COORDINATES, "51.75202, -1.25773")]),
    ("version 51.7, 1.2", []),
]
TABLES = [PLACES, EMAIL, PHONE, CARD, IBAN, SSN, IP, MAC, URL, SECRETS, BORN, NATIONAL, LABELS]


@pytest.mark.parametrize(("text", "expected"), [row for table in TABLES for row in table])
def test_a_text_yields_exactly_these_entities(text: str, expected: list[tuple[str, str]]) -> None:
    spans = found(text)

    assert spans == expected


@pytest.mark.parametrize("text", [row[0] for table in TABLES for row in table if row[1]])
def test_an_identifier_is_found_between_other_words_and_lines(text: str) -> None:
    alone = found(text)
    between = found(f"so it was\n{text}\nand no more")

    assert between == alone


def test_every_recognizer_has_a_row_that_finds_its_entity() -> None:
    shown = {entity for table in TABLES + MORE_TABLES for _, spans in table for entity, _ in spans}

    assert {str(recognizer.entity) for recognizer in RECOGNIZERS} <= shown


def test_every_entity_is_described() -> None:
    assert set(ENTITIES) == set(Entity)
    assert all(info.description and info.examples for info in ENTITIES.values())


def test_recognizers_have_names_of_their_own() -> None:
    names = [recognizer.name for recognizer in RECOGNIZERS]

    assert len(names) == len(set(names))
