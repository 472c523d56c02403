"""International bank account numbers, proven by country, length and mod 97."""

import re
from collections.abc import Iterator

from stdnum import iban, numdb

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, PatternRecognizer

MINIMUM_LENGTH, MAXIMUM_LENGTH = 15, 34

_START = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2} ?[0-9]{2}")
_LETTER = re.compile(r"[0-9A-Za-z]")
_SIZE = re.compile(r"[0-9]+")


def locate(value: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the accounts in a run of letters and digits, which may hold several, and other words."""
    done = 0
    for start in (match.start() for match in _START.finditer(value)):
        found = _account_at(value, start) if start >= done else None
        if found is not None:
            done, proven = found
            yield start, done, proven


def _account_at(value: str, start: int) -> tuple[int, bool] | None:
    """Return where the account that starts here ends, and whether its check digits are right."""
    ends = [match.end() for match in _LETTER.finditer(value, start, start + 4 * MAXIMUM_LENGTH)]
    compact = "".join(value[end - 1] for end in ends).upper()
    length = _registered_length(compact)
    if not MINIMUM_LENGTH <= length <= len(compact):
        return None
    end = ends[length - 1]
    if iban.is_valid(compact[:length], check_country=False):
        return end, True
    # A slip of the pen breaks the check digits, not what the number is.
    is_whole = value[start : start + 2].isupper() and not value[end : end + 1].isalnum()
    return (end, False) if is_whole else None


def _registered_length(compact: str) -> int:
    """Return how long the accounts of this country are, or 0 where it issues none like this."""
    parts = numdb.get("iban").info(compact)
    sizes = _SIZE.findall(parts[0][1].get("bban", "")) if parts else []
    return 4 + sum(map(int, sizes)) if sizes else 0


IBAN_CODE = PatternRecognizer(
    entity=Entity.IBAN_CODE,
    name="iban",
    pattern=rf"{LEFT}([A-Za-z]{{2}}[ ]?\d{{2}}(?:[ \t\r\n]{{0,2}}[-.]?[ \t\r\n]{{0,2}}[0-9A-Za-z]){{11,}})",
    locate=locate,
)
