"""Czech and Slovak birth numbers, proven by their check digits."""

from stdnum.cz import rc

from classifier.entities import Entity
from classifier.recognizers.base import national_id

CZ_RC = national_id(
    Entity.CZ_RC,
    written=r"\d{6}/\d{3,4}",
    bare=r"\d{6}/?\d{3,4}",
    words=r"rodn",
    proof=rc.is_valid,
    keys=("rodnecislo", "birthnumber"),
)
