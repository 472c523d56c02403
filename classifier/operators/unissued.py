"""Whether a made-up number could be somebody's: what passes the proof of its recognizer could."""

from classifier.entities import Entity
from classifier.recognizers import RECOGNIZERS
from classifier.recognizers.checks import Proof
from classifier.scan import fold

# Their made-up values come from ranges that are nobody's.
_RESERVED = {Entity.CREDIT_CARD, Entity.EMAIL_ADDRESS, Entity.IP_ADDRESS, Entity.PHONE_NUMBER, Entity.IBAN_CODE}
_PROOFS: dict[Entity, Proof] = {
    recognizer.entity: recognizer.proof
    for recognizer in RECOGNIZERS
    if recognizer.proof is not None and recognizer.entity not in _RESERVED
}


def may_be_issued(made: str, entity: Entity) -> bool:
    """Say whether a made-up number passes the checksum that real ones of its kind pass."""
    proof = _PROOFS.get(entity)
    try:
        return proof is not None and proof(fold(made).decode("ascii"))
    except (LookupError, ValueError):
        # A proof is written for what its pattern finds; what it cannot read is no number of its kind.
        return False
