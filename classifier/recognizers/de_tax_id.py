"""German tax ids, proven by their check digits."""

from stdnum.de import idnr

from classifier.entities import Entity
from classifier.recognizers.base import national_id

DE_TAX_ID = national_id(
    Entity.DE_TAX_ID,
    written=r"\d{2} \d{3} \d{3} \d{3}",
    bare=r"\d{2}[ .]?\d{3}[ .]?\d{3}[ .]?\d{3}",
    words=r"steuer[ -]?id|idnr|steueridentifikation|tax[ -]?id|tin",
    proof=idnr.is_valid,
    keys=("steuerid", "idnr", "steueridentifikationsnummer", "steueridnr", "steuerlicheidentifikationsnummer"),
)
