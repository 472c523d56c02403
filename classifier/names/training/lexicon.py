"""The lists of names, places and everyday words, from Faker's providers, time zones and lists of our own."""

import gettext
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pydoc_data import topics
from typing import Any

import faker.providers.address
import faker.providers.company.en_US
import faker.providers.job
import faker.providers.lorem
import faker.providers.person

from classifier.names import gazetteers
from classifier.names.features import folded
from classifier.names.training import docstrings
from classifier.names.training.identities import SURNAMES, letters_in, person_names
from classifier.names.training.words import words_of_section, zone_cities

_SECTIONS = {
    "title": gazetteers.TITLE,
    "company": gazetteers.COMPANY,
    "street": gazetteers.STREET,
    "calendar": gazetteers.CALENDAR,
    "place": gazetteers.PLACE,
    "common": gazetteers.COMMON,
}
_PLACES = ("cities", "city_names", "communes", "municipalities", "real_city_names", "concelhos", "districts")
_REGIONS = ("countries", "states", "provinces", "regions", "counties", "cantons", "departments", "estados", "wilayas")
# Longer lists are of hamlets, whose names are words and family names too.
LONGEST_LIST = 1200
_LATIN_LOREM = frozenset(("la", "en_PH", "fil_PH", "tl_PH", "he_IL"))
SHORTEST = 2
_TRANSLATIONS = frozenset(words_of_section("translations"))
_LOWER_WORD = re.compile(r"(?<![\w.%(&])[^\W\d_A-Z]{3,}(?![\w.(=])")
# Parts of names that are words first.
_PARTICLES = frozenset(words_of_section("particles"))


def _providers(package: Any) -> Iterator[tuple[str, Any]]:
    for module in pkgutil.iter_modules(package.__path__):
        yield module.name, import_module(f"{package.__name__}.{module.name}").Provider


def _translations_of(package: str) -> Iterator[Path]:
    """Yield a package's files of translations; the package itself is not imported."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield from Path(folder).rglob(f"LC_MESSAGES/{package}.mo")


@cache
def translated_words() -> frozenset[str]:
    """Return the words of Django's own texts in many languages, and of Python's manual."""
    words = set(_LOWER_WORD.findall(" ".join(topics.topics.values())))
    for path in sorted(_translations_of("django")):
        if path.parent.parent.name not in _TRANSLATIONS:
            continue
        with path.open("rb") as file:
            texts = gettext.GNUTranslations(file)._catalog.values()  # type: ignore[attr-defined]  # noqa: SLF001
        words.update(_LOWER_WORD.findall(" ".join(map(str, texts))))
    return frozenset(words)


@cache
def listed_words() -> tuple[str, ...]:
    """Return English words from the names of jobs, goods and trades that Faker knows."""
    jobs = [str(job) for _, provider in _providers(faker.providers.job) for job in provider.jobs]
    company = faker.providers.company.en_US.Provider
    phrases = [word for group in (*company.catch_phrase_words, *company.bsWords) for word in group]
    return tuple(sorted({word for text in (*jobs, *phrases) for word in re.findall(r"[^\W\d_]{3,}", text)}))


def everyday_words() -> set[str]:
    """Return the words of Faker's texts that are written in a language people speak, of programmers, and ours."""
    words = {*words_of_section("common"), *translated_words(), *listed_words(), *docstrings.words()}
    for name, provider in _providers(faker.providers.lorem):
        if name not in _LATIN_LOREM:
            words.update(str(word) for word in provider.word_list)
    return {folded(word) for word in words if word.isalpha()}


def sure_words() -> set[str]:
    """Return the words that are words before they are names, in the languages that most texts are written in."""
    words = set(words_of_section("common"))
    for name in ("en_US", "de_DE", "fr_FR", "es_ES"):
        words.update(import_module(f"faker.providers.lorem.{name}").Provider.word_list)
    return {folded(word) for word in words}


def well_known_given() -> set[str]:
    """Return the given names that many people have, whatever they mean in some other language."""
    names = [
        name for locale in ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT") for name in person_names(locale)[0]
    ]
    return {folded(name) for name in (*names, *words_of_section("given"))}


def build(vocabulary: set[str]) -> dict[str, str]:
    """Return for each word the letters of its lists; the vocabulary is that of the templates."""
    found: dict[str, set[str]] = defaultdict(set)
    for letter, words in _sources():
        for word in letters_in([str(word) for word in words]):
            low = folded(word.strip(".-"))
            if len(low) >= SHORTEST and not (letter in gazetteers.NAMES and low in _PARTICLES):
                found[low].add(letter)
    surely_names = well_known_given() - sure_words()
    for word in (everyday_words() | vocabulary) - surely_names:
        if len(word) > 1:
            found[word].add(gazetteers.COMMON)
    return {word: "".join(sorted(letters)) for word, letters in sorted(found.items())}


def _sources() -> Iterator[tuple[str, list[str]]]:
    for section, letter in _SECTIONS.items():
        if letter != gazetteers.COMMON:
            yield letter, words_of_section(section)
    for name, _ in _providers(faker.providers.person):
        given, family = person_names(name)
        yield gazetteers.GIVEN, list(given)
        yield gazetteers.FAMILY, list(family)
    yield gazetteers.GIVEN, words_of_section("given")
    yield gazetteers.FAMILY, words_of_section("family")
    yield gazetteers.FAMILY, list(SURNAMES)
    yield gazetteers.PLACE, zone_cities()
    for _, provider in _providers(faker.providers.address):
        yield from _places(provider)


def _places(provider: Any) -> Iterator[tuple[str, list[str]]]:
    for names, letter in ((_PLACES, gazetteers.PLACE), (_REGIONS, gazetteers.REGION)):
        for name in names:
            listed = getattr(provider, name, ())
            if 0 < len(listed) <= LONGEST_LIST:
                yield letter, [part for each in listed for part in ([each] if isinstance(each, str) else each)]
