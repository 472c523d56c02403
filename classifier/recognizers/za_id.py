"""South African ids, proven by their check digits."""

from stdnum.za import idnr

from classifier.entities import Entity
from classifier.recognizers.base import national_id

ZA_ID = national_id(
    Entity.ZA_ID,
    bare=r"\d{13}|\d{6} \d{4} \d{3}",
    words=r"id n|identity n|sa id|rsa id",
    proof=idnr.is_valid,
    keys=("saidnumber", "rsaid", "southafricanid"),
)
