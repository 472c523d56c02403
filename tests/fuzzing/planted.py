"""Bodies of every kind with values planted among odd Unicode, made from a seed by which they can be had again."""

# ruff: noqa: RUF001 - odd letters are what these texts are about.

import csv
import io
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stdnum import luhn

from classifier import PayloadKind, Tier

# A word that stands beside a value: letters of many scripts, marks that turn or join, signs of every syntax.
_WORDS = (
    "blue", "é", "e\u0301", "日本", "данные", "שלום", "مرحبا", "\u202eabc\u202c", "a\u200bb", "\ufeff", "🎉", "👩‍👩‍👧",
    "\u0000", "\u001f", "\\", '"', "'", "{", "]", ",", ";", "\t", "=", "&", "%41", "\\u0041", "null", "-0", "1e9", "𝒳",
    "\u2028", "Ａ", "ﬁ", "ß", "İ", "\U0001f3fb", "<b>", "--", "...", "x" * 60,
)  # fmt: skip
_KEYS = ("note", "text", "value", "é", "", "a.b", "x-y", "data", "0", "日本", "items")
_TELLING = ("email", "ssn", "phoneNumber", "card_number", "customer_email", "contactEmail")
KINDS = (PayloadKind.JSON, PayloadKind.NDJSON, PayloadKind.CSV, PayloadKind.TEXT, PayloadKind.FORM)


@dataclass(frozen=True, slots=True)
class Planted:
    """A body, and what must not be left of it."""

    kind: PayloadKind
    body: bytes
    values: tuple[str, ...]
    tier: Tier


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))


def _card(chance: random.Random) -> str:
    body = "4" + _digits(chance, 14)
    return body + luhn.calc_check_digit(body)


def _ssn(chance: random.Random) -> str:
    return f"{chance.randint(101, 665)}-{chance.randint(11, 99)}-{chance.randint(1001, 9998)}"


_VALUES: tuple[Callable[[random.Random], str], ...] = (
    lambda chance: f"kanarie.{_digits(chance, 6)}@example.com",
    _ssn,
    _card,
    lambda chance: f"+1 415 555 {chance.randint(1000, 9999)}",
    lambda chance: f"203.0.113.{chance.randint(10, 250)}",
    lambda chance: f"00:1b:44:{chance.randint(16, 99)}:3a:{chance.randint(16, 99)}",
)


def planted(seed: int, count: int) -> Iterator[Planted]:
    """Make so many bodies."""
    for number in range(count):
        yield one(random.Random(f"{seed}/{number}"))  # noqa: S311 - it chooses examples.


def one(chance: random.Random) -> Planted:
    """Make a body."""
    kind = chance.choice(KINDS)
    values = tuple(chance.choice(_VALUES)(chance) for _ in range(chance.randint(1, 4)))
    # What is planted is found by patterns; one in eight looks for names as well, which takes ten times as long.
    tier = Tier.FAST if chance.random() < 0.125 else Tier.PATTERNS
    return Planted(kind, _WRITERS[kind](chance, values), values, tier)


def _around(chance: random.Random, value: str, words: tuple[str, ...] = _WORDS) -> str:
    """Put a value among words; a space stands between, as part of a longer word it would be another value."""
    before, after = (" ".join(chance.choices(words, k=chance.randint(0, 3))) for _ in range(2))
    return f"{before} {value} {after}".strip(" ")


def _document(chance: random.Random, values: tuple[str, ...]) -> Any:
    document: Any = {}
    for value in values:
        telling = chance.random() < 0.3
        leaf = value if telling else _around(chance, value)
        document = {chance.choice(_TELLING if telling else _KEYS): leaf, f"k{_digits(chance, 2)}": document}
        if chance.random() < 0.3:
            document = [document, chance.choice((None, True, 1.5, -0.0, "", chance.choice(_WORDS)))]
    return document


def _json(chance: random.Random, values: tuple[str, ...]) -> bytes:
    indent = chance.choice((None, None, 1))
    return json.dumps(_document(chance, values), ensure_ascii=chance.random() < 0.5, indent=indent).encode()


def _ndjson(chance: random.Random, values: tuple[str, ...]) -> bytes:
    lines = [json.dumps(_document(chance, (value,)), ensure_ascii=chance.random() < 0.5) for value in values]
    return (chance.choice(("\n", "\r\n")).join(lines) + "\n" * chance.randint(0, 1)).encode()


def _csv(chance: random.Random, values: tuple[str, ...]) -> bytes:
    words = tuple(word for word in _WORDS if word != "\u0000")  # A NUL is refused in what is no JSON.
    written = io.StringIO()
    writer = csv.writer(written, lineterminator=chance.choice(("\n", "\r\n")))
    writer.writerow(["id", chance.choice(_KEYS[:3]), "more"])
    for number, value in enumerate(values):
        writer.writerow([number, _around(chance, value, words), chance.choice(words)])
    return written.getvalue().encode()


def _text(chance: random.Random, values: tuple[str, ...]) -> bytes:
    return chance.choice(("\n", " ", "\r\n\r\n")).join(_around(chance, value) for value in values).encode()


def _form(chance: random.Random, values: tuple[str, ...]) -> bytes:
    return urlencode([(chance.choice(_KEYS), _around(chance, value)) for value in values]).encode()


_WRITERS: dict[PayloadKind, Callable[[random.Random, tuple[str, ...]], bytes]] = {
    PayloadKind.JSON: _json,
    PayloadKind.NDJSON: _ndjson,
    PayloadKind.CSV: _csv,
    PayloadKind.TEXT: _text,
    PayloadKind.FORM: _form,
}
