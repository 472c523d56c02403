"""Chinese resident ids, proven by their check digits."""

from stdnum.cn import ric

from classifier.entities import Entity
from classifier.recognizers.base import national_id

CN_RIC = national_id(
    Entity.CN_RIC,
    written=r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx]",
    bare=r"[1-9]\d{16}[0-9Xx]",
    words=r"resident|identity|id card",
    proof=ric.is_valid,
    keys=("ric", "residentidentitycard", "shenfenzheng"),
)
