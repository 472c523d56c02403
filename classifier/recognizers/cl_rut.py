"""Chilean national numbers, proven by their check digits."""

from stdnum.cl import rut

from classifier.entities import Entity
from classifier.recognizers.base import national_id

CL_RUT = national_id(
    Entity.CL_RUT,
    written=r"\d{1,2}\.\d{3}\.\d{3}-[0-9Kk]",
    bare=r"\d{1,2}\.?\d{3}\.?\d{3}-?[0-9Kk]",
    words=r"rut|run",
    proof=rut.is_valid,
    keys=("rut", "rutnumber"),
)
