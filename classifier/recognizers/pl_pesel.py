"""Polish national numbers, proven by their check digits."""

from stdnum.pl import pesel

from classifier.entities import Entity
from classifier.recognizers.base import national_id

PL_PESEL = national_id(
    Entity.PL_PESEL,
    bare=r"\d{11}|\d{2} \d{2} \d{2} \d{5}",
    words=r"pesel",
    proof=pesel.is_valid,
    keys=("pesel", "numerpesel", "nrpesel"),
)
