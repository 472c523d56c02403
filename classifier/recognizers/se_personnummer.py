"""Swedish personal numbers, proven by their check digits."""

from stdnum.se import personnummer

from classifier.entities import Entity
from classifier.recognizers.base import national_id

SE_PERSONNUMMER = national_id(
    Entity.SE_PERSONNUMMER,
    written=r"(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{4}",
    bare=r"\d{6}[-+ ]?\d{4}|\d{8}[-+ ]?\d{4}",
    words=r"personnummer|personal identity",
    proof=personnummer.is_valid,
    keys=("personnummer", "personnr"),
)
