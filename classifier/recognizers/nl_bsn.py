"""Dutch citizen service numbers, proven by their check digits."""

from stdnum.nl import bsn

from classifier.entities import Entity
from classifier.recognizers.base import national_id

NL_BSN = national_id(
    Entity.NL_BSN,
    written=r"\d{4}\.\d{2}\.\d{3}",
    bare=r"\d{3}[. ]?\d{3}[. ]?\d{3}|\d{4}\.\d{2}\.\d{3}",
    words=r"bsn|burgerservicen|sofi",
    proof=bsn.is_valid,
    keys=("bsn", "burgerservicenummer", "sofinummer", "bsnnummer"),
)
