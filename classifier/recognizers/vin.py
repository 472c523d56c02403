"""Vehicle identification numbers, proven by their ninth sign; where no rule asks for it, a word must announce them."""

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, RIGHT, PatternRecognizer

_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", map(int, "123456781234579234567890123456789"), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_LEAST_LETTERS, _LEAST_DIGITS = 3, 5


def is_vin(value: str) -> bool:
    """Check the ninth sign, and that letters and digits are mixed as in a number of a vehicle."""
    digits = sum(map(str.isdigit, value))
    if digits < _LEAST_DIGITS or len(value) - digits < _LEAST_LETTERS:
        return False
    rest = sum(_VALUES[letter] * weight for letter, weight in zip(value, _WEIGHTS, strict=True)) % 11
    return value[8] == "0123456789X"[rest]


VIN = PatternRecognizer(
    entity=Entity.VIN,
    name="vin",
    pattern=rf"{LEFT}([A-HJ-NPR-Z0-9]{{8}}[0-9X][A-HJ-NPR-Z0-9]{{4}}\d{{4}}){RIGHT}",
    proof=is_vin,
    needs_proof=True,
    keys=("vin", "vinnumber", "vehicleidentificationnumber", "fahrgestellnummer", "chassisnumber", "numervin"),
)
