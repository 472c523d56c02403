"""French social security numbers, proven by their check digits."""

from stdnum.fr import nir

from classifier.entities import Entity
from classifier.recognizers.base import national_id

FR_NIR = national_id(
    Entity.FR_NIR,
    written=r"[12][ .]\d{2}[ .]\d{2}[ .]\d[0-9AB][ .]\d{3}[ .]\d{3}[ .]?\d{2}",
    bare=r"[12][ .]?\d{2}[ .]?\d{2}[ .]?\d[0-9AB][ .]?\d{3}[ .]?\d{3}[ .]?\d{2}",
    words=r"nir|insee|s[?e]curit[?e] sociale|num[?e]ro de s",
    proof=nir.is_valid,
    keys=("nir", "insee", "numeroinsee", "numerosecuritesociale", "numerodesecuritesociale"),
)
