"""`generalize`: a value made coarser: a date its year, an age its decade, an address its network, a place its country.

What cannot be made coarser with certainty is replaced by its kind, never left.
"""

import re
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_interface, ip_network

from classifier.entities import Entity
from classifier.operators.base import Hider, Params, check_choice, entity_of
from classifier.operators.places import country_of

DATES = ("year", "decade")
# HIPAA's Safe Harbor (45 CFR 164.514(b)(2)(i)(C)) puts all who are older into one class.
OLDEST_DECADE = 90
OLDEST = 130
NETWORK_BITS = {4: 24, 6: 48}
LONGEST_AREA = 6
LONGEST_AMOUNT = 15

_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_COMPACT = re.compile(r"((?:1[89]|20)\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_COMPACT_REVERSED = re.compile(r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])((?:1[89]|20)\d\d)")
_NUMBER = re.compile(r"\d+")
_AMOUNT = re.compile(r"\d[\d.,'\u2019 \u00a0\u202f]*")
_CENTS = re.compile(r"[.,]\d{1,2}$")
_MULTIPLIED = re.compile(r"(?i)\d *(?:k|m|mio|mn|bn|tsd|lakh|crore|million|thousand)(?![a-z])")
_POSTCODE = re.compile(r"[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|\d{5}(?:-\d{4})?")

Coarsen = Callable[[str], str | None]


class Generalize(Hider):
    """Make a value coarser: 1985-03-12 becomes 1985."""

    name = "generalize"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the coarser value, or the kind where there is none."""
        entity, dates = entity_of(params), str((params or {}).get("dates", DATES[0]))
        coarse = _TABLES[dates].get(entity)
        return (coarse(text) if coarse else None) or f"<{entity}>"

    def validate(self, params: Params | None = None) -> None:
        """Refuse an unknown way to treat dates."""
        check_choice((params or {}).get("dates", DATES[0]), DATES, "dates")


def coarse_number(text: str, entity: Entity, dates: str) -> str | None:
    """Return a coarser number for a JSON number: the lower end of its class."""
    coarse = _TABLES[dates].get(entity) if text.isdigit() else None
    first = _NUMBER.match((coarse(text) if coarse else None) or "")
    return str(int(first.group())) if first else None


def year_of(text: str, dates: str = DATES[0]) -> str | None:
    """Return the year, or decade, of a date that names exactly one."""
    compact = _COMPACT.fullmatch(text.strip()) or _COMPACT_REVERSED.fullmatch(text.strip())
    years = {compact.group(1)} if compact else set(_YEAR.findall(text))
    if len(years) != 1:
        return None
    year = int(years.pop())
    return f"{year - year % 10}s" if dates == "decade" else str(year)


def age_decade(text: str) -> str | None:
    """Return the ten years an age lies in."""
    numbers = _NUMBER.findall(text)
    if len(numbers) != 1 or len(numbers[0]) > len(str(OLDEST)) or int(numbers[0]) > OLDEST:
        return None
    first = int(numbers[0]) // 10 * 10
    return f"{OLDEST_DECADE}+" if first >= OLDEST_DECADE else f"{first}-{first + 9}"


def network_of(text: str) -> str | None:
    """Return the network an address lies in."""
    try:
        address: IPv4Address | IPv6Address = ip_interface(text.strip().partition("%")[0]).ip
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    known = mapped or address
    return str(ip_network((known, NETWORK_BITS[known.version]), strict=False))


def postal_area(text: str) -> str | None:
    """Return the first part of a postcode; of one that is all digits, the first half."""
    outward = re.split(r"[\s\-]", text.strip(), maxsplit=1)[0]
    if outward.isdigit() and len(outward) <= LONGEST_AREA:
        return outward[: (len(outward) + 1) // 2]
    if outward == text.strip():
        # In one word, as `OX12JD`: the inward part is the last three.
        outward = outward[:-3]
    return outward if 1 < len(outward) <= LONGEST_AREA and outward.isalnum() else None


def place(text: str) -> str | None:
    """Return the country of a place, or the area of a text that is a postcode."""
    return country_of(text) or (postal_area(text) if _POSTCODE.fullmatch(text.strip()) else None)


def magnitude(text: str) -> str | None:
    """Return the order of magnitude of an amount: 52,300 lies in 10000-99999."""
    amounts = _AMOUNT.findall(text)
    if len(amounts) != 1 or _MULTIPLIED.search(text):
        return None
    whole = "".join(_NUMBER.findall(_CENTS.sub("", amounts[0].strip())))
    if len(whole) > LONGEST_AMOUNT:
        return None
    digits = len(str(int(whole)))
    first = 0 if digits == 1 else 10 ** (digits - 1)
    return f"{first}-{10**digits - 1}"


# By name: some of these entities are found only where a recognizer or a field name for them is installed.
def _by_entity(dates: str) -> dict[str, Coarsen]:
    return {
        **dict.fromkeys(("DATE_OF_BIRTH", "DATE_TIME", "CARD_EXPIRATION"), partial(year_of, dates=dates)),
        **dict.fromkeys(("AGE",), age_decade),
        **dict.fromkeys(("IP_ADDRESS",), network_of),
        **dict.fromkeys(("POSTCODE",), postal_area),
        **dict.fromkeys(("LOCATION", "CITY", "STATE", "COUNTRY", "STREET_ADDRESS"), place),
        **dict.fromkeys(("SALARY",), magnitude),
    }


def _compiled(dates: str) -> dict[Entity, Coarsen]:
    return {Entity[name]: coarse for name, coarse in _by_entity(dates).items() if name in Entity.__members__}


_TABLES = {dates: _compiled(dates) for dates in DATES}
