"""Invented people, addresses and companies of many countries, drawn from Faker's providers."""

import random
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from faker import Faker

from classifier.names.training.words import words_of_section, zone_cities

LATIN = words_of_section("latin-locales")
# Whatever is not Latin; a name of these stands in sentences of its own script only.
OTHER = words_of_section("other-locales")
MORE_LATIN = words_of_section("more-locales")
SYLLABLES = words_of_section("syllables")
SURNAMES = words_of_section("surnames")
_MALE_FEMALE = re.compile(r"^(?:first_names|last_names|male_last_names|unisex_last_names)")
_LATIN_LETTERS = re.compile(r"[^\W\d_]")


@cache
def person_names(locale: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the given and the family names that Faker knows of a locale."""
    module = "en" if locale == "fil_PH" else locale
    provider = import_module(f"faker.providers.person.{module}").Provider
    given: list[str] = []
    family: list[str] = []
    for name in sorted(dir(provider)):
        listed = getattr(provider, name)
        if _MALE_FEMALE.match(name) and isinstance(listed, Iterable):
            (given if name.startswith("first") else family).extend(map(str, listed))
    return _usable(given), _usable(family or given)


def _usable(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name.strip() for name in names if name.strip() and not any(map(str.isdigit, name))}))


@cache
def _faker(locale: str) -> Faker:
    known = {"en": "en_US", "en_KE": "en_GB", "en_NG": "en_GB"}
    try:
        return Faker(known.get(locale, locale))
    except (AttributeError, ImportError):
        return Faker("en_US")


class Identities:
    """Draw names, places and companies, all from one seed."""

    def __init__(self, seed: int) -> None:
        """Start all draws from a seed."""
        self.random = random.Random(seed)  # noqa: S311 - reproducible draws, not secrets.
        self._seeded: set[str] = set()
        self._seed = seed

    def faker(self, locale: str) -> Any:
        """Return the Faker of a locale, seeded once."""
        faker = _faker(locale)
        if locale not in self._seeded:
            faker.seed_instance(self._seed)
            self._seeded.add(locale)
        return faker

    def given(self, locale: str) -> str:
        """Return a given name."""
        if locale == "romanized":
            return "".join(self.random.choices(SYLLABLES, k=self.random.choice((1, 2, 2)))).capitalize()
        return self.random.choice(person_names(self._home(locale))[0])

    def family(self, locale: str) -> str:
        """Return a family name."""
        if locale == "romanized":
            return self.random.choice(SURNAMES)
        return self.random.choice(person_names(self._home(locale))[1])

    def _home(self, locale: str) -> str:
        """Return where a person comes from: people live in other countries too."""
        if locale in LATIN and self.random.random() < (0.4 if locale.startswith("en") else 0.12):
            return self.random.choice(LATIN)
        return locale

    def person(self, locale: str) -> str:
        """Return a person's name in one of the ways that people write it."""
        home = self._home(locale)
        given, family = self.given(home), self.family(home)
        if home == "romanized":
            return self.random.choice((f"{family} {given}",) * 4 + (f"{given} {family}", f"{family} {given[:1]}."))
        if home == "es_ES" and self.random.random() < 0.6:  # noqa: PLR2004 - most Spaniards write both family names.
            family += " " + self.family(home)
        if home in OTHER:
            return self.random.choice((f"{given} {family}",) * 4 + (f"{family} {given}", given))
        return self._written(given, family, home)

    def _written(self, given: str, family: str, home: str) -> str:
        initial = self.random.choice("ABCDEFGHJKLMNPRSTVW")
        other = self.given(home)
        ways = [f"{given} {family}"] * 11
        ways += [given] * 2 + [f"{family}, {given}", f"{given} {initial}. {family}", f"{given[0]}. {family}"]
        ways += [f"{given} {other} {family}", f"{given} {family}-{self.family(home)}", f"{given}-{other} {family}"]
        return self.random.choice(ways)

    def city(self, locale: str) -> str:
        """Return a city, mostly of the country."""
        if locale in (*OTHER, "ja_JP"):
            return str(self.faker(locale).city())
        if self.random.random() < 0.55:  # noqa: PLR2004 - as many well-known cities as small ones.
            return self.random.choice(world_cities())
        home = locale if locale in LATIN else self.random.choice(LATIN)
        return str(self.faker(home).city())

    def country(self, locale: str) -> str:
        """Return a country or a region."""
        faker = self.faker(locale if locale != "romanized" else "en_US")
        region = getattr(faker, "state", None) if locale in ("en_US", "en_IN", "de_DE", "es_MX", "it_IT") else None
        if region is not None and self.random.random() < 0.4:  # noqa: PLR2004
            return str(region())
        return str(faker.country())

    def address(self, locale: str) -> str:
        """Return a whole address in one line or several."""
        faker = self.faker(self._addressed(locale))
        lines = [line.strip() for line in str(faker.address()).splitlines() if line.strip()]
        return self.random.choice((", ", ", ", ", ", "\n", " ", ",\n")).join(lines)

    def street(self, locale: str) -> str:
        """Return a street with a number."""
        faker = self.faker(self._addressed(locale))
        street = str(faker.street_address()).replace("\n", ", ")
        return street if self.random.random() < 0.85 else str(faker.street_name())  # noqa: PLR2004

    def _addressed(self, locale: str) -> str:
        if locale in ("romanized", "en", "fil_PH", "en_KE", "en_NG", "en_PK", "en_TH"):
            return "en_US"
        home = self._home(locale)
        return home if home not in ("en_KE", "en_NG", "en_PK") else "en_GB"

    def company(self, locale: str) -> str:
        """Return the name of a company."""
        if locale in ("romanized", *MORE_LATIN):
            locale = "en_US"
        name = str(self.faker(locale).company())
        if locale.startswith("en"):
            family = self.family(locale)
            ending = self.random.choice(
                ("Ltd", "Inc", "Inc.", "LLC", "Ltd.", "Corp", "Group", "Bank", "Partners", "plc")
            )
            ways = (name, name, f"{family} {ending}", f"{family} & {self.family(locale)} {ending}")
            return self.random.choice((*ways, f"University of {self.city(locale)}", f"{self.city(locale)} Hospital"))
        return name


def letters_in(names: Sequence[str]) -> list[str]:
    """Return the single words that names are made of."""
    return [word for name in names for word in re.split(r"[\s,()/'\u2019]+", name) if _LATIN_LETTERS.match(word)]


@cache
def world_cities() -> tuple[str, ...]:
    """Return well-known cities: those that time zones are named after, and a list of our own."""
    own = [word.title() for word in words_of_section("place") if word.isascii() and len(word) > 3]  # noqa: PLR2004
    return tuple(sorted({*own, *zone_cities(), "New York", "San Francisco", "Los Angeles", "Hong Kong", "Cape Town"}))
