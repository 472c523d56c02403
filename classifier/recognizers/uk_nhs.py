"""UK health service numbers, proven by their check digits."""

from stdnum.gb import nhs

from classifier.entities import Entity
from classifier.recognizers.base import national_id

UK_NHS = national_id(
    Entity.UK_NHS,
    bare=r"\d{3}[ -]?\d{3}[ -]?\d{4}",
    words=r"nhs",
    proof=nhs.is_valid,
    keys=("nhs", "nhsnumber", "nhsno"),
)
