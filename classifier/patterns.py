"""The one set of patterns that leaves and field names are searched with."""

from collections.abc import Iterable

from classifier.assignments import ASSIGNMENTS
from classifier.labels import LABELS
from classifier.recognizers import SEARCHED
from classifier.scan import PatternSet
from classifier.slips import SlipRecognizer
from classifier.spans import Span
from classifier.views import VeilGate
from classifier.wrapped import WrappedRecognizer


def _find_again(text: str) -> Iterable[Span]:
    """Search a text that one of the recognizers made out of another."""
    return PATTERNS.find(text)


RECOGNIZERS = (
    *SEARCHED,
    LABELS,
    ASSIGNMENTS,
    SlipRecognizer(_find_again),
    WrappedRecognizer(_find_again),
    VeilGate(),
)
PATTERNS = PatternSet(RECOGNIZERS)
# By which place in the set the gate answers to what only shows unescaped.
VEILED = len(RECOGNIZERS) - 1
