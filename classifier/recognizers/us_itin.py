"""US taxpayer numbers, proven by their check digits."""

from stdnum.us import itin

from classifier.entities import Entity
from classifier.recognizers.base import national_id

US_ITIN = national_id(
    Entity.US_ITIN,
    bare=r"9\d{2}[- ]?\d{2}[- ]?\d{4}",
    words=r"itin|individual taxpayer",
    proof=itin.is_valid,
    keys=("itin", "itinnumber"),
)
