"""Sentences from templates, with the kind of each token: what the sequence model learns from."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from importlib.resources import files

from classifier.names.features import folded
from classifier.names.tokens import Token, tokens_of
from classifier.names.training import docstrings
from classifier.names.training.identities import OTHER, Identities
from classifier.names.training.words import words_of_section

KINDS = {"P": "PER", "G": "PER", "F": "PER", "A": "ADR", "S": "ADR", "C": "LOC", "K": "LOC", "L": "LOC", "O": "ORG"}
LANGUAGES = {"en": 90, "de": 60, "fr": 60, "es": 70, "it": 60, "pt": 55, "nl": 50, "pl": 65, "mixed": 34}
# Share of the words that lists do not know, beyond those that the training hides from them.
UNHEARD_THINGS, UNHEARD_WORDS = 0.45, 0.12
# One technical sentence in so many is learned from: all of them cost names in chat (wnut17 37.5 % readable, then 42.1).
TECHNICAL_ONE_IN = 3
_SLOT = re.compile(r"\{([A-Z])\}")
_LOREM = {
    "en": "en_US",
    "de": "de_DE",
    "fr": "fr_FR",
    "es": "es_ES",
    "it": "it_IT",
    "nl": "nl_NL",
    "pl": "pl_PL",
    "cs": "cs_CZ",
    "da": "da_DK",
    "el": "el_GR",
    "ru": "ru_RU",
    "uk": "uk_UA",
    "ar": "ar_AA",
    "fa": "fa_IR",
    "hy": "hy_AM",
    "az": "az_AZ",
    "bn": "bn_BD",
    "mk": "mk_MK",
    "fi": "en_US",
    "he": "he_IL",
    "pt": "es_ES",
}
_PLACES = words_of_section("landmarks")
_JOBS = words_of_section("jobs")
_KNOWN_THINGS = words_of_section("things")
# Endings of words that are no names, in the languages that share an alphabet with them.
_ENDINGS = words_of_section("endings")
_STEMS = words_of_section("stems")
_MIDDLES = words_of_section("middles")


_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %B %Y", "%B %d, %Y", "%d %b")
# Days are drawn from here: Faker's own dates end today, and no two runs would agree.
FIRST_DAY, DAYS = date(1950, 1, 1), 27_000


@dataclass(frozen=True, slots=True)
class Example:
    """The tokens of a text and the label of each."""

    tokens: list[Token]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with slots, and the locales whose people may fill them."""

    text: str
    locales: tuple[str, ...]
    language: str


@cache
def templates(language: str) -> tuple[Template, ...]:
    """Return the templates of a file."""
    path = files("classifier.names.training").joinpath("templates", f"{language}.txt")
    found: list[Template] = []
    locales: tuple[str, ...] = ()
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("locales:"):
            locales = tuple(line.split()[1:])
        elif line and not line.startswith("# "):
            found.append(Template(line.replace("\\n", "\n"), locales, language))
    return tuple(found)


def vocabulary() -> set[str]:
    """Return the words that the templates themselves are written in."""
    texts = [_SLOT.sub(" ", template.text) for language in LANGUAGES for template in templates(language)]
    return {folded(token.text) for text in texts for token in tokens_of(text) if token.text.isalpha()}


class Writer:
    """Write examples: a template, filled, in one of the ways people type."""

    def __init__(self, seed: int) -> None:
        """Start all draws from a seed."""
        self._people = Identities(seed)
        self._random = self._people.random
        self._things = sorted({word for word in words_of_section("common") if word.isascii() and len(word) > 4})  # noqa: PLR2004
        self._own: dict[str, Callable[[str], str]] = {
            "L": self._place,
            "N": self._number,
            "I": self._reference,
            "D": self._date,
            "T": self._time,
            "M": self._amount,
            "V": self._version,
            "J": self._job,
            "X": lambda _: self._thing(),
            "Z": lambda _: self._code(),
        }

    def examples(self) -> Iterator[Example]:
        """Yield all examples, language by language, and at last technical English, which is about nobody."""
        for language, times in LANGUAGES.items():
            for template in templates(language):
                rare = times if "{" in template.text else times // 2
                for _ in range(max(1, rare)):
                    yield self._example(template)
        for text in docstrings.sentences()[::TECHNICAL_ONE_IN]:
            yield labelled([text], ["O"])

    def _example(self, template: Template) -> Example:
        locale = self._random.choice(template.locales)
        pieces, kinds = self._filled(template, locale)
        if self._random.random() < 0.25:  # noqa: PLR2004 - a sentence seldom stands alone.
            more = self._random.choice(templates(template.language))
            shared = locale if locale in more.locales else self._random.choice(more.locales)
            others, other_kinds = self._filled(more, shared)
            pieces, kinds = (
                [*pieces, self._random.choice((" ", "\n", " ", "\n\n")), *others],
                [*kinds, "O", *other_kinds],
            )
        return labelled(self._typed(pieces), kinds)

    def _filled(self, template: Template, locale: str) -> tuple[list[str], list[str]]:
        pieces: list[str] = []
        kinds: list[str] = []
        for at, piece in enumerate(_SLOT.split(template.text)):
            pieces.append(self._fill(piece, locale, template.language) if at % 2 else piece)
            kinds.append(KINDS.get(piece, "O") if at % 2 else "O")
        return pieces, kinds

    def _typed(self, pieces: list[str]) -> list[str]:
        draw = self._random.random()
        if draw < 0.09:  # noqa: PLR2004
            return [piece.lower() for piece in pieces]
        if draw < 0.13:  # noqa: PLR2004
            return [piece.upper() for piece in pieces]
        if draw < 0.16:  # noqa: PLR2004
            return [piece.title() for piece in pieces]
        if draw < 0.22:  # noqa: PLR2004
            return [piece.replace(",", "").replace(".", "") for piece in pieces]
        return pieces

    def _fill(self, slot: str, locale: str, language: str) -> str:
        of_people = _OF_PEOPLE.get(slot)
        if of_people is not None:
            return of_people(self._people, locale)
        own = self._own.get(slot)
        return own(locale) if own is not None else self._words(locale, language)

    def _place(self, locale: str) -> str:
        return f"{self._people.city(locale)} {self._random.choice(_PLACES)}"

    def _number(self, _: str) -> str:
        draw = self._random
        return str(draw.choice((draw.randint(1, 99), draw.randint(100, 9999), draw.randint(1900, 2030))))

    def _reference(self, _: str) -> str:
        draw = self._random
        sharp, dashed = f"#{draw.randint(1000, 99999)}", f"AB-{draw.randint(10000, 999999)}"
        return draw.choice((sharp, dashed, str(draw.randint(10**6, 10**10))))

    def _date(self, _: str) -> str:
        day = FIRST_DAY + timedelta(days=self._random.randrange(DAYS))
        return day.strftime(self._random.choice(_DATES))

    def _time(self, _: str) -> str:
        return f"{self._random.randint(0, 23)}:{self._random.randint(0, 59):02}"

    def _amount(self, _: str) -> str:
        draw = self._random
        dollars, cents = f"${draw.randint(5, 9999)}", f"{draw.randint(5, 999)},{draw.randint(10, 99)} EUR"
        return draw.choice((dollars, cents, f"€{draw.randint(5, 999)}"))

    def _version(self, _: str) -> str:
        return f"{self._random.randint(0, 20)}.{self._random.randint(0, 20)}"

    def _job(self, _: str) -> str:
        return self._random.choice((*_JOBS, str(self._people.faker("en_US").job())))

    def _thing(self) -> str:
        draw = self._random
        words = [word.title() for word in draw.choices(self._things, k=2)]
        words = [self._unheard().title() if draw.random() < UNHEARD_THINGS else word for word in words]
        return draw.choice(
            (words[0], words[0], " ".join(words), words[0].upper(), "".join(words), draw.choice(_KNOWN_THINGS))
        )

    def _unheard(self) -> str:
        """Return a word that no list has, made like one that is no name."""
        draw = self._random
        return draw.choice(_STEMS) + "".join(draw.choices(_MIDDLES, k=draw.randint(1, 2))) + draw.choice(_ENDINGS)

    def _code(self) -> str:
        draw = self._random
        code = "".join("0123456789ABCDEF"[draw.randrange(16)] for _ in range(draw.randint(4, 24)))
        number = " ".join(f"{draw.randint(0, 9999):04}" for _ in range(draw.randint(1, 5)))
        prefix = "".join(draw.choices("ABCDEFGHIKLMNOPRSTUVWXYZ", k=draw.randint(1, 5)))
        ways = (
            code,
            code.lower(),
            f"0x{code.lower()}",
            number,
            number.replace(" ", "-"),
            f"{prefix}-{number}",
            f"{prefix}{code}",
        )
        return draw.choice(
            (
                *ways,
                f"[{prefix}_{draw.randint(1, 9)}]",
                f"{prefix} {code}",
                f"${draw.randint(1, 999)},{draw.randint(100, 999)}",
            )
        )

    def _words(self, locale: str, language: str) -> str:
        name = _LOREM.get(locale.partition("_")[0], _LOREM.get(language))
        if name is None and locale not in OTHER:
            name = "en_US"
        listed = _lorem(name) if name else ("…",)
        words = self._random.choices(listed, k=self._random.randint(2, 9))
        words = [self._unheard() if self._random.random() < UNHEARD_WORDS else word for word in words]
        return " ".join(words).capitalize() if self._random.random() < 0.4 else " ".join(words)  # noqa: PLR2004


@cache
def _lorem(name: str) -> tuple[str, ...]:
    provider = import_module(f"faker.providers.lorem.{name}").Provider
    words = tuple(str(word) for word in provider.word_list)
    return (*words, *words_of_section("common")[:900]) if name == "en_US" else words


def labelled(pieces: Sequence[str], kinds: Sequence[str]) -> Example:
    """Return the tokens of joined pieces, each with the label of the piece it starts in."""
    starts: list[tuple[int, int, str]] = []
    position = 0
    for piece, kind in zip(pieces, kinds, strict=True):
        starts.append((position, position + len(piece), kind))
        position += len(piece)
    tokens = list(tokens_of("".join(pieces)))
    labels: list[str] = []
    at = 0
    for token in tokens:
        while token.start >= starts[at][1]:
            at += 1
        start, _, kind = starts[at]
        opens = token.start == start or not labels or not labels[-1].endswith(kind)
        labels.append("O" if kind == "O" else f"{'B' if opens else 'I'}-{kind}")
    return Example(tokens, labels)


# What a slot of a template is filled with by the people; the other slots are a writer's own.
_OF_PEOPLE: dict[str, Callable[[Identities, str], str]] = {
    "P": Identities.person,
    "G": Identities.given,
    "F": Identities.family,
    "A": Identities.address,
    "S": Identities.street,
    "C": Identities.city,
    "K": Identities.country,
    "O": Identities.company,
    "E": lambda people, _: str(people.faker("en_US").email()),
    "U": lambda people, _: str(people.faker("en_US").url()),
    "H": lambda people, _: "@" + str(people.faker("en_US").user_name()),
}
