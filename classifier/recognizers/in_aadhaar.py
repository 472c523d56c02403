"""Indian Aadhaar numbers, proven by their check digits."""

from stdnum.in_ import aadhaar

from classifier.entities import Entity
from classifier.recognizers.base import national_id

IN_AADHAAR = national_id(
    Entity.IN_AADHAAR,
    written=r"[2-9]\d{3}[ -]\d{4}[ -]\d{4}",
    bare=r"\d{4}[ -]?\d{4}[ -]?\d{4}",
    words=r"aadhaar|aadhar|uidai",
    proof=aadhaar.is_valid,
    keys=("aadhaar", "aadhar", "aadhaarnumber", "aadharnumber"),
)
