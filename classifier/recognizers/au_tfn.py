"""Australian tax file numbers, proven by their check digits."""

from stdnum.au import tfn

from classifier.entities import Entity
from classifier.recognizers.base import national_id

AU_TFN = national_id(
    Entity.AU_TFN,
    bare=r"\d{3}[ -]?\d{3}[ -]?\d{3}",
    words=r"tfn|tax file n",
    proof=tfn.is_valid,
    keys=("tfn", "taxfilenumber"),
)
