"""Belgian national numbers, proven by their check digits."""

from stdnum.be import nn

from classifier.entities import Entity
from classifier.recognizers.base import national_id

BE_NN = national_id(
    Entity.BE_NN,
    written=r"\d{2}\.\d{2}\.\d{2}[- ]\d{3}[. ]\d{2}",
    bare=r"\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[. ]?\d{2}",
    words=r"rijksregister|registre national|national n|insz|niss",
    proof=nn.is_valid,
    keys=("rijksregisternummer", "numeronational", "insz", "niss"),
)
