"""International bank account numbers, proven by country, length and mod 97."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache

from stdnum import numdb

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, PatternRecognizer

MINIMUM_LENGTH = 15

# Whoever groups by threes parts the check digits as well: `PL4 042 169`.
_START = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}[ .-]{0,2}(?:[0-9][ .-]{0,2}[0-9OoIlSBZ]|[OoIlSBZ][ .-]{0,2}[0-9])")
_STRICT_START = re.compile(r"[A-Z]{2} ?(?:[0-9][0-9OoIlSBZ]|[OoIlSBZ][0-9])")
_LETTER = re.compile(r"[0-9A-Za-z]")
_FIELD = re.compile(r"([0-9]+)!?([nac])")
# Base 36 as the check digits want it: A is 10, B is 11 ...
_VALUES = {ord("A") + offset: str(10 + offset) for offset in range(26)}
# Letters that a reading machine takes for digits.
_SLIPS = str.maketrans("OQDILZSBG", "000112586")


def locate(value: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the accounts in a run of letters and digits, which may hold several, and other words."""
    places = [match.start() for match in _LETTER.finditer(value)]
    compact = "".join([value[place] for place in places]).upper()
    done = 0
    for start in (match.start() for match in _START.finditer(value)):
        if start >= done:
            first = bisect_left(places, start)
            length = account_length(compact[first : first + 2])
            if MINIMUM_LENGTH <= length <= len(compact) - first:
                end = places[first + length - 1] + 1
                account = compact[first : first + length]
                proven = is_account(account)
                # A slip of the pen breaks the check digits, not what the number is.
                is_apart = _STRICT_START.match(value, start) and not value[end : end + 1].isalnum()
                if proven or (is_apart and _is_made_like_one(account)):
                    done = end
                    yield start, end, proven


def is_account(compact: str) -> bool:
    """Say whether the check digits are right, letters that stand for digits read as such."""
    return _has_checksum(compact) or _has_checksum(_with_digits(compact))


def _has_checksum(compact: str) -> bool:
    turned = (compact[4:] + compact[:4]).translate(_VALUES)
    return turned.isdecimal() and int(turned) % 97 == 1


def _with_digits(compact: str) -> str:
    """Return the account with digits where its country has only digits."""
    read = compact.translate(_SLIPS)
    return "".join(read[at] if kind == "n" else compact[at] for at, kind in _kinds(compact))


def _is_made_like_one(compact: str) -> bool:
    """Say whether digits stand where the country has digits, but for one slip: `BE 8797 or so 8834` has words there."""
    read = _with_digits(compact)
    return sum(kind == "n" and not read[at].isdigit() for at, kind in _kinds(compact)) <= 1


def _kinds(compact: str) -> Iterable[tuple[int, str]]:
    """Return for each place whether the country has a digit there, a letter, or either."""
    kinds = "aann" + "".join(kind * size for size, kind in _fields(compact[:2]))
    return enumerate(kinds[: len(compact)])


def account_length(country: str) -> int:
    """Return how long the accounts of this country are, or 0 where it issues none."""
    fields = _fields(country) if country.isalpha() else ()
    return 4 + sum(size for size, _ in fields) if fields else 0


@cache
def _fields(country: str) -> tuple[tuple[int, str], ...]:
    parts = numdb.get("iban").info(country + "00")
    layout = parts[0][1].get("bban", "") if parts else ""
    return tuple((int(size), kind) for size, kind in _FIELD.findall(layout))


IBAN_CODE = PatternRecognizer(
    entity=Entity.IBAN_CODE,
    name="iban",
    pattern=rf"{LEFT}([A-Za-z]{{2}}[ .-]{{0,2}}(?:\d[ .-]{{0,2}}[\dOoIlSBZ]|[OoIlSBZ][ .-]{{0,2}}\d)"
    r"(?:[ \t\r\n]{0,2}[-./_]?[ \t\r\n]{0,2}[0-9A-Za-z]){11,})",
    locate=locate,
    # A country, its length and its layout say more than that a phone number could be written so.
    score=0.8,
)
