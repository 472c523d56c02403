"""Geographic coordinates: a pair of decimal degrees, or degrees, minutes and seconds."""

import re

from classifier.entities import Entity
from classifier.recognizers.base import PatternRecognizer

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LATITUDE, _LONGITUDE = 90, 180


def is_place(value: str) -> bool:
    """Say whether a pair lies on Earth; two shares below one are probabilities."""
    found = [float(number) for number in _NUMBER.findall(value)]
    if len(found) != 2:  # noqa: PLR2004 - degrees with minutes tell by their form.
        return True
    return abs(found[0]) <= _LATITUDE and abs(found[1]) <= _LONGITUDE and max(map(abs, found)) > 1


COORDINATES = PatternRecognizer(
    entity=Entity.COORDINATES,
    name="coordinates",
    pattern=(
        r"(?:^|[^0-9A-Za-z.])(-?\d{1,2}\.\d{4,}[ ]?[,;/][ ]?-?\d{1,3}\.\d{4,}|"
        r"\d{1,2}(?:\.\d+)?[ ]?[?][ ]?(?:\d{1,2}[ ]?['?]+[ ]?)?(?:\d{1,2}(?:\.\d+)?[ ]?[\"'?]+[ ]?)?[NS][ ,]{0,3}"
        r"\d{1,3}(?:\.\d+)?[ ]?[?][ ]?(?:\d{1,2}[ ]?['?]+[ ]?)?"
        r"(?:\d{1,2}(?:\.\d+)?[ ]?[\"'?]+[ ]?)?[EWO])(?:$|[^0-9A-Za-z])"
    ),
    proof=is_place,
    needs_proof=True,
)
