"""Mexican population codes, proven by their check digits."""

from stdnum.mx import curp

from classifier.entities import Entity
from classifier.recognizers.base import national_id

MX_CURP = national_id(
    Entity.MX_CURP,
    written=r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d",
    bare=r"[A-Za-z]{4}\d{6}[A-Za-z]{6}[0-9A-Za-z]{2}",
    words=r"curp",
    proof=curp.is_valid,
    keys=("curp",),
)
