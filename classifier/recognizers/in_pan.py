"""Indian permanent account numbers, proven by their check digits."""

from stdnum.in_ import pan

from classifier.entities import Entity
from classifier.recognizers.base import national_id

IN_PAN = national_id(
    Entity.IN_PAN,
    written=r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]",
    bare=r"[A-Za-z]{5}\d{4}[A-Za-z]",
    words=r"pan|permanent account",
    proof=pan.is_valid,
    keys=("pannumber", "panno", "pancard", "permanentaccountnumber"),
)
