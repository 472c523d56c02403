"""Indian Aadhaar numbers, proven by their check digits."""

from classifier.entities import Entity
from classifier.recognizers.base import national_id
from classifier.recognizers.checks import is_aadhaar

IN_AADHAAR = national_id(
    Entity.IN_AADHAAR,
    written=r"[2-9]\d{3}[ -]\d{4}[ -]\d{4}",
    bare=r"\d{4}[ -]?\d{4}[ -]?\d{4}",
    words=r"aadhaar|aadhar|uidai",
    proof=is_aadhaar,
    keys=("aadhaar", "aadhar", "aadhaarnumber", "aadharnumber"),
)
