"""How a made-up value of each kind is made; words are Faker's, ranges are those nobody is given.

Sources: RFC 2606 and 6761 (domains), RFC 5737, 3849 and 9637 (addresses), the North American Numbering
Plan's 555-01XX and Ofcom's numbers for drama (phones), the Social Security Administration's rule that
no area is 000, 666 or 900 to 999, the test cards of Stripe and PayPal. Names are English ones whatever
the value was: the language of a name would tell of its bearer.
"""

import re
from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from classifier.entities import Entity
from classifier.operators.draw import Draw, filled, with_digits

Fake = Callable[[str, Draw], str | None]

DOMAINS = ("example.com", "example.org", "example.net", "mail.test", "post.invalid", "inbox.example")
CARD_PREFIXES = ("424242", "400005", "555555", "510510", "378282", "601111")
CARD_LENGTHS = range(12, 20)
SSN_DIGITS = 9
AREA_CODES = ("202", "212", "303", "312", "404", "415", "512", "617", "702", "808")
PEOPLES = ("Danish", "Kenyan", "Peruvian", "Thai", "Greek", "Cuban", "Irish", "Nepali", "Omani", "Fijian")
YEARS = 1940, 2005
AGES = 18, 89
SHORTEST_PHONE = 7
AMERICAN_DIGITS = 10

_DATE = re.compile(r"(\d{4})(\D?)(\d\d?)(\D?)(\d\d?)|(\d\d?)(\D?)(\d\d?)(\D?)(\d{4})")


_WORD = re.compile(r"[^\W\d_]{3}")
_EXPIRY = re.compile(r"(\d\d?)(\D+)(\d\d|\d{4})")


class Words(NamedTuple):
    """The words that names and places are made of."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    street_suffixes: tuple[str, ...]
    city_suffixes: tuple[str, ...]
    company_suffixes: tuple[str, ...]
    states: tuple[str, ...]
    countries: tuple[str, ...]
    jobs: tuple[str, ...]


@cache
def load_words() -> Words:
    """Return Faker's words, which are loaded only where a policy asks for made-up values."""
    from faker.providers.address.en_US import Provider as Places  # noqa: PLC0415 - dear to load, and rarely wanted.
    from faker.providers.company.en_US import Provider as Companies  # noqa: PLC0415 - as above.
    from faker.providers.job.en_US import Provider as Jobs  # noqa: PLC0415 - as above.
    from faker.providers.person.en_US import Provider as People  # noqa: PLC0415 - as above.

    return Words(
        tuple(sorted(People.first_names)),
        tuple(sorted(People.last_names)),
        tuple(sorted(Places.street_suffixes)),
        tuple(sorted(Places.city_suffixes)),
        tuple(sorted(Companies.company_suffixes)),
        tuple(sorted(Places.states)),
        tuple(sorted(Places.countries)),
        tuple(sorted(Jobs.jobs)),
    )


def person(text: str, draw: Draw) -> str:
    """Return a name of as many parts, three at most, in the same case."""
    words = load_words()
    parts = [draw.one_of(words.first_names) for _ in text.split()[1:3]] or [draw.one_of(words.first_names)]
    name = " ".join((*parts, draw.one_of(words.last_names)) if len(text.split()) > 1 else parts)
    return name.upper() if text.isupper() else name.lower() if text.islower() else name


def family_name(draw: Draw) -> str:
    """Return a family name."""
    return draw.one_of(load_words().last_names)


def username(draw: Draw) -> str:
    """Return a login."""
    words = load_words()
    return f"{draw.one_of(words.first_names)}{draw.one_of(words.last_names)}{draw.digits(2)}".lower()


def email(draw: Draw) -> str:
    """Return an address that no server takes mail for."""
    words = load_words()
    local = f"{draw.one_of(words.first_names)}.{draw.one_of(words.last_names)}{draw.digits(3)}"
    return f"{local}@{draw.one_of(DOMAINS)}".lower()


def phone(text: str, draw: Draw) -> str | None:
    """Return a number that rings nowhere, written as it is usual where the value has separators."""
    if sum(letter.isdigit() for letter in text) < SHORTEST_PHONE:
        return None
    if text.isdigit() and len(text) == AMERICAN_DIGITS:
        return f"{draw.one_of(AREA_CODES)}55501{draw.digits(2)}"
    american = f"+1 {draw.one_of(AREA_CODES)} 555 01{draw.digits(2)}"
    number = draw.one_of((american, f"+44 20 7946 0{draw.digits(3)}", f"+44 7700 900{draw.digits(3)}"))
    compact = number if any(letter in " -.()/" for letter in text) else number.replace(" ", "")
    return compact if "+" in text else compact.removeprefix("+")


def card(text: str, draw: Draw) -> str | None:
    """Return a number of a range for tests, with a valid check digit, as long and grouped as the value."""
    length = sum(letter.isalnum() for letter in text)
    if length not in CARD_LENGTHS:
        return None
    payload = draw.one_of(CARD_PREFIXES) + draw.digits(length - 7)
    return with_digits(text, payload + _luhn(payload))


def expiry(text: str, draw: Draw) -> str | None:
    """Return a month and a year in which no card of today expires any more, written alike."""
    found = _EXPIRY.fullmatch(text.strip())
    if found is None:
        return None
    year = f"20{draw.between(60, 99)}"
    return f"{draw.between(1, 12):02}{found.group(2)}{year[-len(found.group(3)) :]}"


def ssn(text: str, draw: Draw) -> str | None:
    """Return a number of an area that is never issued."""
    if sum(letter.isalnum() for letter in text) != SSN_DIGITS:
        return None
    area = draw.one_of(("000", "666", f"9{draw.digits(2)}"))
    # Groups below 50 keep the nine hundreds apart from taxpayer numbers.
    return with_digits(text, f"{area}{draw.between(10, 49)}{draw.digits(4)}")


def iban(text: str, draw: Draw) -> str:
    """Return an account whose check digits, 00, no bank may give; the country stays."""
    compact = "".join(letter for letter in text if letter.isalnum())
    supply = iter(compact[:2].upper() + "00" + filled(compact[4:], draw, frozenset()))
    return "".join(next(supply, "") if letter.isalnum() else letter for letter in text)


def ip_address(text: str, draw: Draw) -> str:
    """Return an address of a range for documentation, of the same version."""
    if ":" in text:
        return str(IPv6Address((draw.one_of((0x20010DB8, 0x3FFF0000)) << 96) + draw.below(2**32) * 2**16 + 1))
    network = draw.one_of(("192.0.2.0", "198.51.100.0", "203.0.113.0"))
    return str(IPv4Address(network) + draw.between(1, 254))


def mac_address(text: str, draw: Draw) -> str:
    """Return a locally administered address, which no maker gives."""
    supply = iter("02" + "".join(draw.one_of("0123456789abcdef") for _ in range(len(text))))
    made = "".join(next(supply) if letter.isalnum() else letter for letter in text)
    return made.upper() if text.isupper() else made


def date(text: str, draw: Draw) -> str:
    """Return a date written alike; its day is also a month, so that no order of the two is wrong."""
    year, month, day = str(draw.between(*YEARS)), f"{draw.between(1, 12):02}", f"{draw.between(1, 12):02}"
    found = _DATE.search(text)
    if found is None:
        return f"{year}-{month}-{day}"
    if found.group(1):
        return f"{year}{found.group(2)}{month}{found.group(4)}{day}"
    return f"{day}{found.group(7)}{month}{found.group(9)}{year}"


def age(draw: Draw) -> str:
    """Return the age of a grown-up."""
    return str(draw.between(*AGES))


def place(text: str, draw: Draw) -> str:
    """Return a street with its number where the value has digits among words, else a town."""
    words = load_words()
    if not _WORD.search(text):
        # A house number or a postcode.
        return filled(text, draw, frozenset())
    if any(letter.isdigit() for letter in text):
        return f"{draw.between(1, 999)} {draw.one_of(words.last_names)} {draw.one_of(words.street_suffixes)}"
    return draw.one_of(words.last_names) + draw.one_of(words.city_suffixes)


def organization(draw: Draw) -> str:
    """Return a company."""
    words = load_words()
    return f"{draw.one_of(words.last_names)} {draw.one_of(words.company_suffixes)}"


def url(draw: Draw) -> str:
    """Return a page of a reserved domain."""
    return f"https://{draw.one_of(DOMAINS)}/{draw.digits(6)}"


def coordinates(draw: Draw) -> str:
    """Return a point of the South Pacific, where no land is."""
    return f"-{draw.between(40, 49)}.{draw.digits(4)}, -{draw.between(100, 119)}.{draw.digits(4)}"


def state(draw: Draw) -> str:
    """Return a state."""
    return draw.one_of(load_words().states)


def country(draw: Draw) -> str:
    """Return a country."""
    return draw.one_of(load_words().countries)


def occupation(draw: Draw) -> str:
    """Return a job."""
    return draw.one_of(load_words().jobs)


def _one_of(*choices: str) -> Fake:
    """Return a maker that takes one of few words."""
    return lambda _text, draw: draw.one_of(choices)


def _whatever(fake: Callable[[Draw], str]) -> Fake:
    """Return a maker that does not look at the value."""
    return lambda _text, draw: fake(draw)


def _luhn(payload: str) -> str:
    """Return the digit that completes a card number (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(payload))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


_BY_NAME: dict[str, Fake] = {
    **dict.fromkeys(("PERSON", "GIVEN_NAME", "MEDICAL_PROFESSIONAL"), person),
    "FAMILY_NAME": _whatever(family_name),
    "USERNAME": _whatever(username),
    "EMAIL_ADDRESS": _whatever(email),
    "PHONE_NUMBER": phone,
    **dict.fromkeys(("LOCATION", "STREET_ADDRESS", "CITY"), place),
    **dict.fromkeys(("ORGANIZATION",), _whatever(organization)),
    **dict.fromkeys(("DATE_OF_BIRTH", "DATE_TIME"), date),
    "AGE": _whatever(age),
    "GENDER": _one_of("female", "male", "non-binary", "other"),
    **dict.fromkeys(("NRP", "NATIONALITY", "ETHNICITY"), _one_of(*PEOPLES)),
    "RELIGION": _one_of("Buddhist", "Christian", "Hindu", "Jewish", "Muslim", "none"),
    "MARITAL_STATUS": _one_of("divorced", "married", "single", "widowed"),
    "OCCUPATION": _whatever(occupation),
    "STATE": _whatever(state),
    "COUNTRY": _whatever(country),
    "COORDINATES": _whatever(coordinates),
    "CREDIT_CARD": card,
    "CARD_EXPIRATION": expiry,
    "IBAN_CODE": iban,
    "IP_ADDRESS": ip_address,
    "MAC_ADDRESS": mac_address,
    "URL": _whatever(url),
    "US_SSN": ssn,
    "US_ITIN": ssn,
}
# An entity without a maker gets letters and digits at random, in the shape of its value.
FAKES: dict[Entity, Fake] = {Entity[name]: fake for name, fake in _BY_NAME.items() if name in Entity.__members__}
