"""The one set of patterns that leaves and field names are searched with."""

from classifier.assignments import ASSIGNMENTS
from classifier.entities import Entity
from classifier.labels import LABELS
from classifier.names.gate import NameGate
from classifier.recognizers import FAMILIES, RECOGNIZERS, SEARCHED
from classifier.scan import PatternSet
from classifier.slips import SlipRecognizer

# What is written without digits, or has letters of its own, is not read anew for slips.
_NOT_OF_DIGITS = frozenset(
    (
        Entity.EMAIL_ADDRESS,
        Entity.URL,
        Entity.SECRET,
        Entity.PASSWORD,
        Entity.CRYPTO,
        Entity.VIN,
        Entity.IBAN_CODE,
        Entity.AGE,
    )
)

SLIPS = SlipRecognizer(
    (*(recognizer for recognizer in RECOGNIZERS if recognizer.entity not in _NOT_OF_DIGITS), *FAMILIES)
)
_RECOGNIZERS = (*SEARCHED, LABELS, ASSIGNMENTS, SLIPS, NameGate())
PATTERNS = PatternSet(_RECOGNIZERS)
GATE = len(_RECOGNIZERS) - 1  # By which place in the set the gate to the names tiers answers.
