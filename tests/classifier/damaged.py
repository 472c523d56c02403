"""Identifiers of twenty kinds and the damage that copies, scans and chats do to them; made from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from stdnum import iso7064, luhn, verhoeff
from stdnum.br import cpf
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer

ZERO_WIDTH = ("\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff")
ODD_SPACES = ("\u00a0", "\u2009", "\u202f", "\u3000")
DASHES = ("\u2010", "\u2011", "\u2013", "\u2212")
SLIPS = {"0": "O", "1": "l", "5": "S", "8": "B"}


@dataclass(frozen=True, slots=True)
class Damaged:
    """A text, and where in it the identifier stands whole."""

    kind: str
    damage: str
    text: str
    start: int
    end: int


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _until(chance: random.Random, make: Callable[[], str], is_valid: Callable[[str], bool]) -> str:
    return next(value for value in iter(make, None) if is_valid(value))


def _card(chance: random.Random) -> str:
    body = chance.choice(("4", "51", "55", "6011")) + _digits(chance, 15)
    body = body[:15]
    return _grouped(body + luhn.calc_check_digit(body), (4, 4, 4, 4), chance.choice(" -"))


def _grouped(digits: str, sizes: tuple[int, ...], separator: str) -> str:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(digits[at : at + size])
        at += size
    return separator.join(pieces)


def _iban(chance: random.Random) -> str:
    country, length = chance.choice((("DE", 18), ("ES", 20), ("PL", 24), ("BE", 12)))
    account = _digits(chance, length)
    check = iso7064.mod_97_10.calc_check_digits(account + country)
    compact = f"{country}{check}{account}"
    return " ".join(compact[at : at + 4] for at in range(0, len(compact), 4))


def _birth(chance: random.Random) -> tuple[str, str, str]:
    return f"{chance.randint(50, 99)}", f"{chance.randint(1, 12):02}", f"{chance.randint(1, 28):02}"


def _pesel(chance: random.Random) -> str:
    body = "".join(_birth(chance)) + _digits(chance, 4)
    return body + pesel.calc_check_digit(body)


def _personnummer(chance: random.Random) -> str:
    body = "".join(_birth(chance)) + _digits(chance, 3)
    return _until(chance, lambda: f"{body[:6]}-{body[6:]}{chance.randint(0, 9)}", personnummer.is_valid)


def _nir(chance: random.Random) -> str:
    year, month, _ = _birth(chance)
    place = f"{chance.randint(10, 89)}{chance.randint(100, 989)}{chance.randint(100, 999)}"
    body = f"{chance.choice('12')}{year}{month}{place}"
    return _grouped(body + nir.calc_check_digits(body), (1, 2, 2, 2, 3, 3, 2), " ")


def _nhs(chance: random.Random) -> str:
    number = _until(chance, lambda: chance.choice("4567") + _digits(chance, 9), nhs.is_valid)
    return _grouped(number, (3, 3, 4), " ")


def _bsn(chance: random.Random) -> str:
    return _until(chance, lambda: chance.choice("123") + _digits(chance, 8), bsn.is_valid)


def _cpf(chance: random.Random) -> str:
    return cpf.format(_until(chance, lambda: _digits(chance, 11), cpf.is_valid))


def _tax_id(chance: random.Random) -> str:
    number = _until(chance, lambda: chance.choice("123456789") + _digits(chance, 10), idnr.is_valid)
    return _grouped(number, (2, 3, 3, 3), " ")


def _ahv(chance: random.Random) -> str:
    number = _until(chance, lambda: "756" + _digits(chance, 10), ahv.is_valid)
    return _grouped(number, (3, 4, 4, 2), ".")


def _aadhaar(chance: random.Random) -> str:
    body = chance.choice("2345") + _digits(chance, 10)
    return _grouped(body + verhoeff.calc_check_digit(body), (4, 4, 4), " ")


def _wallet(chance: random.Random) -> str:
    letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    body = b"\x00" + chance.randbytes(20)
    number = int.from_bytes(body + sha256(sha256(body).digest()).digest()[:4], "big")
    text = ""
    while number:
        number, rest = divmod(number, 58)
        text = letters[rest] + text
    return "1" + text


def _email(chance: random.Random) -> str:
    name = chance.choice(("anna.lind", "j.kovac", "mira_osei", "tomas+news", "li.wei"))
    return f"{name}{chance.randint(1, 99)}@{chance.choice(('example.com', 'mail.example.org', 'example.co.uk'))}"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "email": _email,
    "card": _card,
    "iban": _iban,
    "ssn": lambda c: f"{c.randint(100, 665)}-{c.randint(10, 99)}-{c.randint(1000, 9999)}",
    "phone-international": lambda c: f"+49 {c.choice(('171', '160', '30'))} {c.randint(2000000, 9999999)}",
    "phone-uk": lambda c: f"+44 20 7{c.randint(100, 999)} {c.randint(1000, 9999)}",
    "phone-us": lambda c: f"({c.choice((212, 415, 617, 303))}) 555-{c.randint(1000, 9999)}",
    "phone-french": lambda c: "06 " + " ".join(f"{c.randint(10, 79)}" for _ in range(4)),
    "phone-german": lambda c: f"0171 {c.randint(2000000, 9999999)}",
    "ip": lambda c: f"203.0.113.{c.randint(100, 254)}",
    "mac": lambda c: ":".join(f"{c.randint(16, 255):02x}" for _ in range(6)),
    "pesel": _pesel,
    "cpf": _cpf,
    "personnummer": _personnummer,
    "nir": _nir,
    "nhs": _nhs,
    "bsn": _bsn,
    "tax-id": _tax_id,
    "ahv": _ahv,
    "aadhaar": _aadhaar,
    "wallet": _wallet,
    "birth": lambda c: f"{c.randint(10, 28)}.{c.randint(10, 12)}.{c.randint(1950, 2001)}",
}
# Bare digits are anybody's: people write a word before them.
WORDS = {
    "pesel": "PESEL: ", "nhs": "NHS number ", "bsn": "BSN ", "tax-id": "Steuer-ID ", "birth": "born on ", "nir": "NIR ",
    "aadhaar": "Aadhaar ", "phone-french": "Tel. ", "phone-german": "Tel. ", "personnummer": "personnummer ",
}  # fmt: skip
OF_DIGITS = frozenset(KINDS) - {"email", "mac", "wallet", "birth"}


def _spread(value: str, chance: random.Random, signs: tuple[str, ...]) -> str:
    """Put an invisible sign between two signs of the value, here and there."""
    return (
        "".join(letter + (chance.choice(signs) if chance.random() < 0.3 else "") for letter in value[:-1]) + value[-1]
    )


def _slip(value: str, chance: random.Random) -> str:
    places = [at for at, letter in enumerate(value) if letter in SLIPS and at > 1]
    if not places:
        return value
    at = chance.choice(places)
    return value[:at] + SLIPS[value[at]] + value[at + 1 :]


def _full_width(value: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in value)


def _separated(value: str, new: str) -> str:
    """Return the value with another separator between its groups."""
    return "".join(new if letter in " -." else letter for letter in value)


DAMAGES: dict[str, Callable[[str, str, random.Random], str]] = {
    "as it is": lambda _kind, value, _c: value,
    "zero width": lambda _kind, value, c: _spread(value, c, ZERO_WIDTH),
    "full width": lambda _kind, value, _c: _full_width(value),
    "slip": lambda kind, value, c: _slip(value, c) if kind in OF_DIGITS else value,
    "odd spaces": lambda _kind, value, c: value.replace(" ", c.choice(ODD_SPACES)),
    "odd dashes": lambda _kind, value, c: value.replace("-", c.choice(DASHES)),
    "line break": lambda _kind, value, _c: value.replace(" ", "\n", 1).replace("-", "-\n", 1),
    "other separators": lambda kind, value, c: (
        _separated(value, c.choice((" ", "-", "."))) if kind in OF_DIGITS - {"ip"} else value
    ),
    "no separators": lambda kind, value, _c: (
        _separated(value, "") if kind in OF_DIGITS - {"ip", "ssn", "ahv", "cpf", "phone-us"} else value
    ),
    "double spaces": lambda _kind, value, _c: value.replace(" ", "  "),
}
AROUND = (
    ("", ""),
    ("see ", "."),
    ("(", ")"),
    ("it was ", ", he said"),
    ("| ", " |"),
    ("«", "»"),
    ("\n", "\n"),
    ("- ", "; ok"),
)


def damaged_identifiers(seed: int, count: int) -> Iterator[Damaged]:
    """Yield as many damaged identifiers, every kind and every damage in turn."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, and nothing is kept secret with it.
    kinds, damages = list(KINDS), list(DAMAGES)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        damage = chance.choice(damages)
        value = DAMAGES[damage](kind, KINDS[kind](chance), chance)
        before, after = chance.choice(AROUND)
        start = len(before) + len(WORDS.get(kind, ""))
        text = before + WORDS.get(kind, "") + value + after
        yield Damaged(kind, damage, text, start, start + len(value))
