"""Many small texts searched in one pass, as the leaves of a document are."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from classifier.patterns import PATTERNS
from classifier.spans import Span
from classifier.views import view_of

# No pattern can match across it (see `recognizers.base.NUL`).
SEPARATOR = "\x00"


def find_in_leaves(leaves: Sequence[str]) -> dict[int, list[Span]]:
    """Return what is personal in each leaf that holds any, by its index; overlaps are not settled."""
    joined = SEPARATOR.join(leaves)
    found = PATTERNS.find(joined)
    view = view_of(joined)
    if view is not None:
        # What only shows once escapes are undone and invisible characters are gone.
        found = [*found, *(view.original(span) for span in PATTERNS.find(view.text))]
    if not found:
        return {}
    starts = [0, *accumulate(len(leaf) + 1 for leaf in leaves)]
    by_leaf: dict[int, list[Span]] = {}
    for span in found:
        index = bisect_right(starts, span.start) - 1
        by_leaf.setdefault(index, []).append(_shifted(span, starts[index]))
    return by_leaf


def _shifted(span: Span, offset: int) -> Span:
    if offset == 0:
        return span
    return Span(span.start - offset, span.end - offset, span.entity, span.score, span.recognizer)
