"""Spanish tax ids, proven by their check digits."""

from stdnum.es import nif

from classifier.entities import Entity
from classifier.recognizers.base import national_id

ES_NIF = national_id(
    Entity.ES_NIF,
    written=r"\d{8}[- ]?[A-Za-z]|\d{2}\.\d{3}\.\d{3}[- ]?[A-Za-z]",
    bare=r"\d{2}[. ]?\d{3}[. ]?\d{3}[- ]?[A-Za-z]",
    words=r"nif|dni",
    proof=nif.is_valid,
    keys=("nif", "dni", "nifnumber", "numerodni", "dninumero"),
)
