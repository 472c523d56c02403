"""The machine-readable lines of passports and identity cards, proven by their check digits (ICAO 9303)."""

from classifier.entities import Entity
from classifier.recognizers.base import PatternRecognizer
from classifier.recognizers.checks import icao_digit

_NUMBER = slice(0, 9)


def is_second_line(value: str) -> bool:
    """Check the number of the document in the line that bears it."""
    line = value.strip()
    if line[:1] in "PIACV" and "<<" in line[4:] and not line[9:10].isdigit():
        return True
    at = 5 if line[:1] in "IAC" and line[1:2].isalpha() is not False and not line[9].isdigit() else 0
    number, check = line[at : at + 9], line[at + 9 : at + 10]
    return icao_digit(number) == check


TRAVEL_DOCUMENT = PatternRecognizer(
    entity=Entity.PASSPORT,
    name="travel_document",
    pattern=(
        r"(?:^|[^0-9A-Z<])([PIACV][A-Z<][A-Z<]{3}[A-Z0-9<]{25,39}|[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{2,16}"
        r"|\d{7}[MFX<]\d{7}[A-Z<]{3}[A-Z0-9<]{11}\d)(?:$|[^0-9A-Z<])"
    ),
    proof=is_second_line,
    score=0.9,
)
