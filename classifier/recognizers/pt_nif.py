"""Portuguese tax numbers, proven by their check digits."""

from stdnum.pt import nif

from classifier.entities import Entity
from classifier.recognizers.base import national_id

PT_NIF = national_id(
    Entity.PT_NIF,
    bare=r"\d{3}[ .]?\d{3}[ .]?\d{3}",
    words=r"nif|contribuinte",
    proof=nif.is_valid,
    keys=("contribuinte", "numerodecontribuinte"),
)
