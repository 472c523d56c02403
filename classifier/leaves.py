"""Many small texts searched in one pass, as the leaves of a document are."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from classifier.labels import LABELS
from classifier.plugins import PLUGINS
from classifier.recognizers import RECOGNIZERS
from classifier.scan import PatternSet
from classifier.spans import Span
from classifier.tokens import without_tokens

# No pattern can match across it (see `recognizers.base.NUL`).
SEPARATOR = "\x00"

_PATTERNS = PatternSet((*RECOGNIZERS, LABELS))


def find_in_leaves(leaves: Sequence[str]) -> dict[int, list[Span]]:
    """Return what is personal in each leaf that holds any, by its index; overlaps are not settled."""
    return PLUGINS.add_to(_found_by_patterns(leaves), leaves)


def _found_by_patterns(leaves: Sequence[str]) -> dict[int, list[Span]]:
    found = _PATTERNS.find(SEPARATOR.join(leaves))
    if not found:
        return {}
    starts = [0, *accumulate(len(leaf) + 1 for leaf in leaves)]
    by_leaf: dict[int, list[Span]] = {}
    for span in found:
        index = bisect_right(starts, span.start) - 1
        by_leaf.setdefault(index, []).append(_shifted(span, starts[index]))
    return without_tokens(by_leaf, leaves)


def _shifted(span: Span, offset: int) -> Span:
    return Span(span.start - offset, span.end - offset, span.entity, span.score, span.recognizer)
