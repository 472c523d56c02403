"""Where personal data stands in a text as it was written, even where that text is a JSON document."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from classifier.keys import KeyTable, root_table
from classifier.leaves import find_in_leaves
from classifier.payloads.json_body import Inspected, inspect, is_document, places_of, table_inside
from classifier.spans import Span, settle_labels, settle_overlaps
from classifier.tiers import Search

# How one decoded character may be written in a string literal; a pair of surrogates is one character.
_WRITTEN = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)

# From an offset in a decoded leaf to the offset in what holds it.
Shift = Callable[[int], int]


def locate_text(text: str, search: Search) -> list[Span]:
    """Return what is personal in a text, by its own code points; a text that is a JSON document is read as one."""
    return _settled(spans_in_texts([text], search)[0])


def spans_in_texts(texts: Sequence[str], search: Search) -> list[list[Span]]:
    """Return what is found in each text, not settled; those that are no documents are searched in one pass."""
    plain = [at for at, text in enumerate(texts) if not is_document(text, search)]
    in_leaves = find_in_leaves([texts[at] for at in plain], search.tier, search.own) if plain else {}
    found = {plain[index]: spans for index, spans in in_leaves.items()}
    documents = set(range(len(texts))).difference(plain)
    found |= {at: list(_in_document(texts[at], search, root_table(search))) for at in documents}
    return [found.get(at, []) for at in range(len(texts))]


def _in_document(text: str, search: Search, table: KeyTable) -> Iterator[Span]:
    inspected = inspect(text, table, search)
    starts = [0, *accumulate(len(part) + 1 for part in inspected.parts)]
    embedded = {(at, 0): rule for at, rule in inspected.embedded}
    found = dict(places_of(inspected))
    for place in sorted(found.keys() | embedded.keys()):
        shift = _shift(inspected, place, starts[place[0]])
        if place in embedded:
            inner = inspected.texts[place[0]]
            spans: Iterable[Span] = _in_document(inner, search.inside(), table_inside(embedded[place], search))
        else:
            spans = found[place]
        for span in spans:
            yield Span(shift(span.start), shift(span.end), span.entity, span.score, span.recognizer)


def _shift(inspected: Inspected, place: tuple[int, int], start: int) -> Shift:
    part, offset = place
    raw = inspected.parts[part]
    if part % 2 == 0 or "\\" not in raw:
        return lambda at: start + offset + at
    written = [match.start() for match in _WRITTEN.finditer(raw)]
    return lambda at: start + (written[at] if at < len(written) else len(raw))


def _settled(spans: Iterable[Span]) -> list[Span]:
    return settle_overlaps(settle_labels(spans))
