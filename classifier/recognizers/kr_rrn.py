"""Korean resident numbers, proven by their check digits."""

from stdnum.kr import rrn

from classifier.entities import Entity
from classifier.recognizers.base import national_id

KR_RRN = national_id(
    Entity.KR_RRN,
    written=r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[0-9]\d{6}",
    bare=r"\d{6}[- ]?\d{7}",
    words=r"rrn|resident registration",
    proof=rrn.is_valid,
    keys=("rrn", "residentregistrationnumber"),
)
