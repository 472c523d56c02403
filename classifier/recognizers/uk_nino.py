"""UK national insurance numbers, which carry no check digit; their letters are telling."""

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, RIGHT, PatternRecognizer

UK_NINO = PatternRecognizer(
    entity=Entity.UK_NINO,
    name="uk_nino",
    pattern=rf"{LEFT}([A-CEGHJ-PRTW-Z][A-CEGHJ-NPRTW-Z](?: ?\d{{2}}){{3}} ?[A-D]|QQ(?: ?\d{{2}}){{3}} ?[A-D]){RIGHT}",
    keys=("nino", "nationalinsurance", "nationalinsurancenumber", "ninumber"),
)
