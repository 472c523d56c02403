"""Italian fiscal codes, proven by their check digits."""

from stdnum.it import codicefiscale

from classifier.entities import Entity
from classifier.recognizers.base import national_id

IT_FISCAL_CODE = national_id(
    Entity.IT_FISCAL_CODE,
    written=r"[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z]",
    bare=r"[A-Za-z]{6}[0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{3}[A-Za-z]",
    words=r"cod(?:ice|\\.) ?fisc[a-z.]{0,5}|fiscal code",
    proof=codicefiscale.is_valid,
    keys=("codicefiscale", "fiscalcode", "codfiscale"),
)
