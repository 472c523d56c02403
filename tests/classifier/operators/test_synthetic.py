"""`synthetic`: of the same kind, stable, nobody's, and nothing of the original."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from ipaddress import ip_address, ip_network

import pytest
from stdnum import luhn

from classifier import Entity, Policy, PolicyError
from classifier.operators import fakes
from classifier.operators.draw import Draw, runs_of
from classifier.operators.fakes import AREA_CODES, CARD_PREFIXES, DOMAINS, load_words
from classifier.operators.unissued import may_be_issued
from classifier.recognizers.iban import IBAN_CODE
from tests.classifier.finding import masked, masked_value
from tests.classifier.operators.cases import KEYRING, VALUES, compiled, policy_of

SYNTHETIC = policy_of("synthetic")


def several(entity: Entity, count: int = 200, form: str = "{}") -> list[str]:
    """Return made-up values for as many originals."""
    hide = compiled("synthetic", entity)
    return [hide(form.format(number)) for number in range(count)]


@pytest.mark.parametrize(("entity", "value"), VALUES)
def test_a_value_has_one_made_up_value_that_shares_nothing_with_it(entity: Entity, value: str) -> None:
    made = compiled("synthetic", entity)(value)

    assert made == compiled("synthetic", entity)(value)
    assert made.lower() != value.lower()
    assert runs_of(made) & runs_of(value) == frozenset()


def test_another_entity_or_key_makes_another_value() -> None:
    other = Policy.named("lifelike", hash_key=b"another key of enough bytes.....")
    names = [
        compiled("synthetic", Entity.PERSON)("Alice Liddell"),
        compiled("synthetic", Entity.LOCATION)("Alice Liddell"),
        masked_value({"name": "Alice Liddell"}, other)["name"],
    ]

    assert len(set(names)) == 3


@pytest.mark.parametrize(
    ("entity", "value", "form"),
    [
        (Entity.PERSON, "Alice", r"[A-Z][A-Za-z'-]+"),
        (Entity.PERSON, "Alice Liddell", r"[A-Z][A-Za-z'-]+ [A-Z][A-Za-z'-]+"),
        (Entity.PERSON, "ALICE LIDDELL", r"[A-Z'-]+ [A-Z'-]+"),
        (Entity.PERSON, "Alice P. Liddell of Oxford", r"\S+ \S+ \S+"),
        (Entity.EMAIL_ADDRESS, "alice@example.com", r"[a-z'-]+\.[a-z'-]+\d{3}@[a-z]+\.[a-z]+"),
        (Entity.PHONE_NUMBER, "+49 30 901820", r"\+[\d ]+"),
        (Entity.PHONE_NUMBER, "030901820", r"\d+"),
        (Entity.CREDIT_CARD, "4111 1111 1111 1111", r"\d{4} \d{4} \d{4} \d{4}"),
        (Entity.US_SSN, "123-45-6789", r"(000|666|9\d\d)-[1-4]\d-\d{4}"),
        (Entity.US_SSN, "123456789", r"(000|666|9\d\d)[1-4]\d{5}"),
        (Entity.IBAN_CODE, "GB82 WEST 1234 5698 7654 32", r"GB00 [A-Z]{4} \d{4} \d{4} \d{4} \d\d"),
        (Entity.MAC_ADDRESS, "00:1b:44:11:3a:b7", r"02(:[0-9a-f]{2}){5}"),
        (Entity.MAC_ADDRESS, "00-1B-44-11-3A-B7", r"02(-[0-9A-F]{2}){5}"),
        (Entity.DATE_OF_BIRTH, "1985-03-22", r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1[0-2])"),
        (Entity.DATE_OF_BIRTH, "22.3.1985", r"(0[1-9]|1[0-2])\.(0[1-9]|1[0-2])\.(19|20)\d\d"),
        (Entity.DATE_OF_BIRTH, "19850322", r"(19|20)\d{6}"),
        (Entity.AGE, "42", r"[1-8]\d"),
        (Entity.LOCATION, "12 Main Street", r"\d+ \S+ \S+"),
        (Entity.LOCATION, "Oxford", r"\S+"),
        (Entity.LOCATION, "OX1 2JD", r"[A-Z]{2}\d \d[A-Z]{2}"),
        (Entity.URL, "https://user:word@shop.io/", r"https://[a-z.]+/\d{6}"),
        (Entity.LICENSE_PLATE, "B-XY 1234", r"[A-Z]-[A-Z]{2} \d{4}"),
        (Entity.PASSPORT, "C01X00T47", r"[A-Z]\d\d[A-Z]\d\d[A-Z]\d\d"),
        (Entity.PHONE_NUMBER, "911", r"\d{3}"),
        (Entity.GENDER, "male", r"non-binary|other"),
    ],
)
def test_a_made_up_value_looks_like_its_kind(entity: Entity, value: str, form: str) -> None:
    assert re.fullmatch(form, compiled("synthetic", entity)(value))


@pytest.mark.parametrize(
    ("fake", "value", "form"),
    [
        (fakes.expiry, "09/27", r"(0[1-9]|1[0-2])/[6-9]\d"),
        (fakes.expiry, "9 / 2027", r"(0[1-9]|1[0-2]) / 20[6-9]\d"),
        (fakes.expiry, "soon", None),
        (fakes.card, "4111", None),
        (fakes.ssn, "6789", None),
        (fakes.phone, "112", None),
        (fakes.phone, "4155550132", r"\d{3}55501\d\d"),
    ],
)
def test_a_maker_makes_what_it_can_and_nothing_else(fake: fakes.Fake, value: str, form: str | None) -> None:
    made = fake(value, Draw(b"seed"))

    assert made is None if form is None else re.fullmatch(form, made or "")


@pytest.mark.parametrize(
    ("fake", "form"),
    [
        (fakes.family_name, r"[A-Z][A-Za-z'-]+"),
        (fakes.coordinates, r"-4\d\.\d{4}, -1[01]\d\.\d{4}"),
        (fakes.state, r"[A-Z][A-Za-z ]+"),
        (fakes.country, r"[A-Z].+"),
        (fakes.occupation, r"[A-Z].+"),
        (fakes.organization, r"[A-Z]\S+ .+"),
    ],
)
def test_a_maker_that_does_not_look_at_the_value(fake: Callable[[Draw], str], form: str) -> None:
    assert all(re.fullmatch(form, fake(Draw(bytes([seed])))) for seed in range(200))


def test_addresses_lie_in_domains_that_nobody_has() -> None:
    assert {made.split("@")[1] for made in several(Entity.EMAIL_ADDRESS)} <= set(DOMAINS)


def test_phones_lie_in_ranges_that_nobody_is_given() -> None:
    fictional = re.compile(rf"\+(1 ({'|'.join(AREA_CODES)}) 555 01\d\d|44 20 7946 0\d{{3}}|44 7700 900\d{{3}})")

    assert [made for made in several(Entity.PHONE_NUMBER, form="+49 30 {:07}") if not fictional.fullmatch(made)] == []


@pytest.mark.parametrize("length", range(12, 20))
def test_cards_are_valid_and_of_ranges_for_tests(length: int) -> None:
    made = several(Entity.CREDIT_CARD, 50, form=f"{{:0{length}}}")

    assert all(luhn.is_valid(card) and len(card) == length for card in made)
    assert {card[:6] for card in made} <= set(CARD_PREFIXES)


def test_network_addresses_are_those_of_documentation() -> None:
    v4 = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    v6 = [ip_network(net) for net in ("2001:db8::/32", "3fff::/20")]

    assert all(any(ip_address(one) in net for net in v4) for one in several(Entity.IP_ADDRESS, form="10.9.8.{}"))
    assert all(any(ip_address(one) in net for net in v6) for one in several(Entity.IP_ADDRESS, form="fe80::{}"))


def test_no_bank_may_give_a_made_up_account() -> None:
    assert IBAN_CODE.proof is None or not any(map(IBAN_CODE.proof, several(Entity.IBAN_CODE, form="DE44{:018}")))


@pytest.mark.parametrize("entity", [Entity.PL_PESEL, Entity.ES_NIF, Entity.BR_CPF, Entity.UK_NHS, Entity.NL_BSN])
def test_no_made_up_id_passes_the_proof_of_real_ones(entity: Entity) -> None:
    example = next(value for of, value in VALUES if of is entity)
    made = several(entity, form=example[:-3] + "{:03}")

    assert may_be_issued(example, entity)
    assert not any(may_be_issued(one, entity) for one in made)


@pytest.mark.parametrize("number", ["42", "7", "4155550132", "-3", "20.50", "1e3", "4111111111111111", "0"])
def test_a_number_becomes_another_number_of_as_many_digits(number: str) -> None:
    made = masked(f'{{"account_number":{number}}}', SYNTHETIC).removeprefix('{"account_number":').removesuffix("}")

    assert made != number
    assert re.sub(r"\d", "9", made) == re.sub(r"\d", "9", number)
    assert isinstance(json.loads(made), int | float)


def test_a_card_that_is_a_number_becomes_a_card_for_tests() -> None:
    made = masked_value({"card": 4111111111111111}, SYNTHETIC)["card"]

    assert luhn.is_valid(str(made))
    assert str(made)[:6] in CARD_PREFIXES


def test_the_words_are_loaded_only_where_a_policy_asks_for_them() -> None:
    code = "import sys, classifier; classifier.Policy.named('strict').compiled(); print('faker' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert answer.stdout == "False\n"


def test_without_faker_a_policy_of_made_up_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faker.providers.person.en_US", None)
    load_words.cache_clear()

    with pytest.raises(PolicyError, match="'synthetic' needs the package faker"):
        Policy.named("lifelike", keyring=KEYRING).compiled()


def test_a_long_value_gets_letters_at_random() -> None:
    text = "Lorem ipsum 123 " * 200

    made = compiled("synthetic")(text)

    assert len(made) == len(text)
    assert runs_of(made) & runs_of(text) == frozenset()
    assert [at for at, letter in enumerate(made) if letter == " "] == [at for at, x in enumerate(text) if x == " "]


def test_a_whole_book_keeps_only_its_shape() -> None:
    assert compiled("synthetic")("ab 12, " * 1000) == "** **, " * 1000


def test_credentials_are_left_out_of_a_lifelike_copy() -> None:
    seen = masked_value({"password": "secret word"}, Policy.named("lifelike", keyring=KEYRING))

    assert seen == {"password": ""}
