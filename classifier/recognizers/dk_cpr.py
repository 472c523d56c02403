"""Danish civil registration numbers, proven by their check digits."""

from stdnum.dk import cpr

from classifier.entities import Entity
from classifier.recognizers.base import national_id

DK_CPR = national_id(
    Entity.DK_CPR,
    written=r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}-\d{4}",
    bare=r"\d{6}[- ]?\d{4}",
    words=r"cpr",
    proof=cpr.is_valid,
    keys=("cpr", "cprnumber", "cprnummer"),
)
