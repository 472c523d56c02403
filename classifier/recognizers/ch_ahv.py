"""Swiss social security numbers, proven by their check digits."""

from stdnum.ch import ssn

from classifier.entities import Entity
from classifier.recognizers.base import national_id

CH_AHV = national_id(
    Entity.CH_AHV,
    written=r"756[. ]\d{4}[. ]\d{4}[. ]\d{2}",
    bare=r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}",
    words=r"ahv|avs|sozialversicherung",
    proof=ssn.is_valid,
    keys=("ahv", "avs", "ahvnummer", "ahvnumber", "avsnumber"),
)
