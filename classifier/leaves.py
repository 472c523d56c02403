"""Many small texts searched in one pass, as the leaves of a document are."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from classifier.memory import MEMORIES, looks_of
from classifier.names.evidence import beside_patterns
from classifier.names.gate import name_candidates
from classifier.patterns import PATTERNS, VEILED
from classifier.plugins import PLUGINS
from classifier.scan import fold
from classifier.spans import Span, settle_overlaps
from classifier.tiers import Tier, name_finder
from classifier.tokens import without_tokens
from classifier.views import view_of

if TYPE_CHECKING:
    # Their tables of field names search leaves themselves.
    from classifier.matchers import CompiledMatchers

# No pattern can match across it (see `recognizers.base.NUL`).
SEPARATOR = "\x00"
_UNSEEN = "\u200b"

Found = dict[int, list[Span]]
Value = TypeVar("Value")


def find_in_leaves(leaves: Sequence[str], tier: Tier = Tier.PATTERNS, own: "CompiledMatchers | None" = None) -> Found:
    """Return what is personal in each leaf that holds any, by its index; overlaps are not settled."""
    found = _found_in(leaves, tier)
    PLUGINS.add_to(found, leaves)
    if own is not None:
        own.add_to(found, leaves)
    return without_tokens(found, leaves) if found else found


def find_patterns(leaves: Sequence[str]) -> Found:
    """Return what the patterns alone find in each leaf, whatever plug-ins and owners say."""
    return without_tokens(_found_in(leaves, Tier.PATTERNS), leaves)


def _found_in(leaves: Sequence[str], tier: Tier) -> Found:
    """Return what is found in leaves; what holds nothing, or nothing of a person, is remembered."""
    memory = MEMORIES[tier]
    places, found = memory.recall(leaves)
    if not places:
        return found
    texts = _of(leaves, places)
    looks = looks_of(texts)
    if looks:
        unlike = memory.unlike(looks)
        if not unlike:
            return found
        places, texts, looks = _of(places, unlike), _of(texts, unlike), _of(looks, unlike)
    new = search(texts, tier)
    memory.add(texts, looks, new)
    return found | {places[at]: spans for at, spans in new.items()}


def _of(values: Sequence[Value], places: Sequence[int]) -> list[Value]:
    return [values[at] for at in places]


def search(texts: Sequence[str], tier: Tier) -> Found:
    """Return what is found in texts, whatever is known of them; what stands beside a text changes nothing."""
    text = SEPARATOR.join(texts)
    if text.count(SEPARATOR) >= len(texts):  # One holds NUL itself, which nobody sees.
        text = SEPARATOR.join(each.replace(SEPARATOR, _UNSEEN) for each in texts)
    folded = fold(text)
    hits = PATTERNS.match(folded)
    seen = _found_in_view(text) if VEILED in hits or not text.isascii() else ()
    found = _by_leaf([*PATTERNS.spans(text, folded, hits), *seen], texts) if hits or seen else {}
    if tier is not Tier.PATTERNS:
        _add_names(found, texts, tier)
    return found


def _by_leaf(spans: Iterable[Span], leaves: Sequence[str]) -> Found:
    found: Found = {}
    starts: list[int] = []
    for span in spans:
        starts = starts or [0, *accumulate(len(leaf) + 1 for leaf in leaves)]
        index = bisect_right(starts, span.start) - 1
        found.setdefault(index, []).append(_shifted(span, starts[index]))
    return found


def _found_in_view(text: str) -> Iterable[Span]:
    """Return what only shows once escapes are undone and invisible characters are gone."""
    view = view_of(text)
    return () if view is None else [view.original(span) for span in PATTERNS.find(view.text)]


def _shifted(span: Span, offset: int) -> Span:
    if offset == 0:
        return span
    return Span(span.start - offset, span.end - offset, span.entity, span.score, span.recognizer)


def _add_names(found: Found, leaves: Sequence[str], tier: Tier) -> None:
    """Add the names of all leaves that may hold any, read in one call."""
    indexes = name_candidates(leaves, tier)
    find_names = name_finder(tier)
    if not indexes or find_names is None:
        return
    texts = [leaves[index] for index in indexes]
    for index, spans in zip(indexes, find_names(texts), strict=True):
        patterns = settle_overlaps(found.get(index, ()))
        told = [part for span in spans for part in beside_patterns(span, leaves[index], patterns)]
        if told:
            found.setdefault(index, []).extend(told)
