"""Norwegian birth numbers, proven by their check digits."""

from stdnum.no import fodselsnummer

from classifier.entities import Entity
from classifier.recognizers.base import national_id

NO_FODSELSNUMMER = national_id(
    Entity.NO_FODSELSNUMMER,
    written=r"[0-7]\d[0-9]\d{3} \d{5}",
    bare=r"\d{6}[ -]?\d{5}",
    words=r"f[?o]dselsn|personnummer|fnr",
    proof=fodselsnummer.is_valid,
    keys=("fodselsnummer", "fnr"),
)
