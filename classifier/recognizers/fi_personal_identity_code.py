"""Finnish personal codes, proven by their check digits."""

from stdnum.fi import hetu

from classifier.entities import Entity
from classifier.recognizers.base import national_id

FI_PERSONAL_IDENTITY_CODE = national_id(
    Entity.FI_PERSONAL_IDENTITY_CODE,
    written=r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A-Fa-fU-Yu-y]\d{3}[0-9A-Ya-y]",
    bare=r"\d{6}[-+A-Fa-fU-Yu-y]\d{3}[0-9A-Ya-y]",
    words=r"hetu|henkil",
    proof=hetu.is_valid,
    keys=("hetu", "henkilotunnus"),
)
