"""Spanish ids of foreigners, proven by their check digits."""

from stdnum.es import nie

from classifier.entities import Entity
from classifier.recognizers.base import national_id

ES_NIE = national_id(
    Entity.ES_NIE,
    written=r"[XYZxyz][- ]?\d{7}[- ]?[A-Za-z]",
    bare=r"[XYZxyz][-. ]?\d{1}[-. ]?\d{3}[-. ]?\d{3}[-. ]?[A-Za-z]",
    words=r"nie",
    proof=nie.is_valid,
    keys=("nie", "numerodeextranjero"),
)
