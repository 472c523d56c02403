"""Invented people, with identifiers that look right, from Faker with a seed."""

import random
from dataclasses import dataclass
from datetime import date

from faker import Faker

from tests.evaluation.drafts import Told

LANGUAGES = {"en": ("en_US", "en_GB"), "de": ("de_DE",), "fr": ("fr_FR",), "es": ("es_ES",), "pl": ("pl_PL",)}
LANGUAGES |= {"it": ("it_IT",), "pt": ("pt_BR",), "nl": ("nl_NL",)}
# Faker's `ssn` is the number of the country but for these; that of Spain is not ruled by the seed.
_NATIONAL_ID = {"de": "rvnr"}
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
# Fixed, so that next year's texts are this year's.
_BORN = {"date_start": date(1935, 1, 1), "date_end": date(2006, 12, 31)}


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person."""

    first: str
    last: str
    email: str
    username: str
    phone: str
    street: str
    city: str
    postcode: str
    country: str
    birthday: str
    national_id: str
    card: str
    iban: str
    ip: str
    company: str

    @property
    def name(self) -> str:
        """Return the full name."""
        return f"{self.first} {self.last}"

    def told(self) -> dict[str, Told]:
        """Return every fact with its label."""
        labels = {
            "first": "PERSON",
            "last": "PERSON",
            "name": "PERSON",
            "email": "EMAIL",
            "username": "USERNAME",
            "phone": "PHONE",
            "street": "ADDRESS",
            "city": "LOCATION",
            "postcode": "LOCATION",
            "birthday": "DATE_OF_BIRTH",
            "national_id": "NATIONAL_ID",
            "card": "CREDIT_CARD",
            "iban": "IBAN",
            "ip": "IP",
        }
        return {fact: Told(getattr(self, fact), label) for fact, label in labels.items()}


class People:
    """A source of invented people that says the same after the same seed."""

    def __init__(self, seed: int) -> None:
        """Take the seed."""
        self.dice = random.Random(seed)  # noqa: S311 - invented people are no secret.
        locales = [locale for locales in LANGUAGES.values() for locale in locales]
        self._fakers = {locale: Faker(locale) for locale in locales}
        for number, fake in enumerate(self._fakers.values()):
            fake.seed_instance(seed + number)

    def person(self, language: str) -> Person:
        """Return the next one who speaks a language."""
        locales = LANGUAGES[language]
        fake = self._fakers[locales[self.dice.randrange(len(locales))]]
        first, last = fake.first_name(), fake.last_name()
        return Person(
            first=first,
            last=last,
            email=fake.email(),
            username=fake.user_name(),
            phone=fake.phone_number(),
            street=fake.street_address().replace("\n", ", ").strip(),
            city=fake.city(),
            postcode=fake.postcode(),
            country=fake.current_country(),
            birthday=fake.date_between_dates(**_BORN).strftime(
                ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y")[self.dice.randrange(3)]
            ),
            national_id=self._national_id(fake, language),
            card=self._card(fake),
            iban=fake.iban(),
            ip=fake.ipv4_public() if self.dice.random() < 0.8 else fake.ipv6(),
            company=fake.company(),
        )

    def _card(self, fake: Faker) -> str:
        number = fake.credit_card_number("visa16")
        grouped = " ".join(number[at : at + 4] for at in range(0, 16, 4))
        return grouped if self.dice.random() < 0.5 else number

    def _national_id(self, fake: Faker, language: str) -> str:
        if language != "es":
            return str(getattr(fake, _NATIONAL_ID.get(language, "ssn"))())
        number = self.dice.randrange(10_000_000, 100_000_000)
        return f"{number}{_SPANISH_LETTERS[number % len(_SPANISH_LETTERS)]}"
