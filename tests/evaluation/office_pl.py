"""Polish office documents, with names that are inflected and identifiers that were damaged on the way."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from faker import Faker

from tests.evaluation.drafts import Document, Draft, Told, chosen

COUNT = 300
UNTOUCHED = 0.35

# A first name and a surname: who it is, of whom, with whom.
_FIRST = (
    ("Jan", "Jana", "Janem"),
    ("Adam", "Adama", "Adamem"),
    ("Tomasz", "Tomasza", "Tomaszem"),
    ("Michał", "Michała", "Michałem"),
    ("Łukasz", "Łukasza", "Łukaszem"),
    ("Anna", "Anny", "Anną"),
    ("Katarzyna", "Katarzyny", "Katarzyną"),
    ("Małgorzata", "Małgorzaty", "Małgorzatą"),
    ("Ewa", "Ewy", "Ewą"),
    ("Joanna", "Joanny", "Joanną"),
)
_LAST_OF_MEN = (
    ("Kowalski", "Kowalskiego", "Kowalskim"),
    ("Wiśniewski", "Wiśniewskiego", "Wiśniewskim"),
    ("Nowak", "Nowaka", "Nowakiem"),
    ("Wójcik", "Wójcika", "Wójcikiem"),
    ("Dąbrowski", "Dąbrowskiego", "Dąbrowskim"),
    ("Mazur", "Mazura", "Mazurem"),
)
_LAST_OF_WOMEN = (
    ("Kowalska", "Kowalskiej", "Kowalską"),
    ("Zielińska", "Zielińskiej", "Zielińską"),
    ("Nowak", "Nowak", "Nowak"),
    ("Szymańska", "Szymańskiej", "Szymańską"),
    ("Wójcik", "Wójcik", "Wójcik"),
    ("Pawłowska", "Pawłowskiej", "Pawłowską"),
)
_MEN = 5

_CONTRACT = """Umowa zlecenia nr {number}

zawarta w dniu 12 marca 2024 r. w miejscowości {city} pomiędzy spółką {company} a {with}, zamieszkałym pod adresem
{street}, {postcode} {city}, PESEL {pesel}.

§ 1. Zleceniobiorca wykona przegląd instalacji w terminie 14 dni.
§ 2. Wynagrodzenie w kwocie 2 400,00 zł zostanie przelane na rachunek {account}.
"""
_MINUTES = """Protokół z zebrania wspólnoty

Obecni: {who}, {who2}. Głosowano nad uchwałą nr 7/2024. Lokatorka prosi o kontakt pod numerem {phone} lub {email}.
Termin następnego zebrania zostanie podany na tablicy ogłoszeń.
"""
_REQUEST = """Wniosek o wydanie zaświadczenia

Imię i nazwisko: {who}
PESEL: {pesel}
Seria i numer dowodu: {card}
Adres: {street}, {postcode} {city}
Telefon: {phone}

Uzasadnienie: zaświadczenie jest potrzebne do rozliczenia dotacji za rok 2023.
"""
_NOTE = """Notatka służbowa

W sprawie reklamacji rozmawiano z {with}. Pismo {of} wpłynęło 3 czerwca i dotyczy opóźnienia w dostawie trzech palet.
Zwrot na konto {account}, NIP {nip}. Sprawę prowadzi dział obsługi.
"""
_LETTER = """Dzień dobry,

przesyłam poprawione dane do faktury: {company}, NIP {nip}, {street}, {postcode} {city}. Proszę o potwierdzenie na
{email}.

Z poważaniem
{who}
tel. {phone}
"""
_TEMPLATES = (_CONTRACT, _MINUTES, _REQUEST, _NOTE, _LETTER)
_FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
_LOOKALIKES = str.maketrans("01", "Ol")


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the three cases that the templates need."""

    who: str
    of: str
    with_: str


def office_documents(seed: int = 4, count: int = COUNT) -> Iterator[Document]:
    """Yield documents of an office in Poland."""
    dice = random.Random(seed)  # noqa: S311 - invented people are no secret.
    fake = Faker("pl_PL")
    fake.seed_instance(seed)
    for number in range(count):
        draft = Draft()
        draft.fill(chosen(dice, *_TEMPLATES), _values(dice, fake))
        yield draft.document(f"office-pl-{number}", "pl")


def damaged(dice: random.Random, number: str) -> str:
    """Return an identifier as scanners, forms and people leave it; most often not as it should be."""
    return number if dice.random() < UNTOUCHED else chosen(dice, *_DAMAGES)(dice, number)


def _spaced(dice: random.Random, number: str) -> str:
    return _grouped(number, dice.randint(2, 4), chosen(dice, " ", "\u00a0", "  "))


def _dashed(dice: random.Random, number: str) -> str:
    return _grouped(number, 3, chosen(dice, "-", ".", "\u2011"))


def _broken(dice: random.Random, number: str) -> str:
    """Cut a number by the end of a line, or by a character that nobody sees."""
    cut = dice.randint(3, len(number) - 3)
    return number[:cut] + chosen(dice, "\n", "\u200b") + number[cut:]


def _misread(_: random.Random, number: str) -> str:
    return number.translate(_LOOKALIKES)


def _widened(_: random.Random, number: str) -> str:
    return number.translate(_FULL_WIDTH)


_DAMAGES = (_spaced, _dashed, _broken, _misread, _widened)


def _grouped(number: str, size: int, separator: str) -> str:
    return separator.join(number[at : at + size] for at in range(0, len(number), size))


def _name(dice: random.Random) -> Name:
    index = dice.randrange(len(_FIRST))
    last = chosen(dice, *(_LAST_OF_MEN if index < _MEN else _LAST_OF_WOMEN))
    return Name(*(f"{first} {second}" for first, second in zip(_FIRST[index], last, strict=True)))


def _values(dice: random.Random, fake: Faker) -> dict[str, Told | str]:
    name, other = _name(dice), _name(dice)
    return {
        "who": Told(name.who, "PERSON"),
        "of": Told(name.of, "PERSON"),
        "with": Told(name.with_, "PERSON"),
        "who2": Told(other.who, "PERSON"),
        "pesel": Told(damaged(dice, fake.pesel()), "NATIONAL_ID"),
        "nip": Told(damaged(dice, fake.nip()), "NATIONAL_ID"),
        "card": Told(damaged(dice, fake.identity_card_number()), "NATIONAL_ID"),
        "account": Told(damaged(dice, fake.iban()), "IBAN"),
        "phone": Told(damaged(dice, fake.phone_number()), "PHONE"),
        "email": Told(fake.email(), "EMAIL"),
        "street": Told(fake.street_address(), "ADDRESS"),
        "postcode": Told(fake.postcode(), "LOCATION"),
        "city": Told(fake.city(), "LOCATION"),
        "company": Told(fake.company(), "ORGANIZATION"),
        "number": f"{dice.randint(1, 400)}/2024",
    }
