"""The sentences of a text, and which of them are worth the time of a model that reads slowly."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

# Behind a dot, a question mark or a line; what stands before the dot of `Dr.`, `J.` or `approx.` ends no sentence.
_END = re.compile(r"[ \t]*[\r\n]\s*|(?<=[.!?\u2026])[\"')\]\u201d\u2019]{0,3}[ \t]+")
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:[^\W\d_]|[A-Z]\w{1,3}"
    r"|no|nr|st|str|ul|al|pl|os|av|ave|rd|bd|dr|mr|mrs|ms|prof|sr|jr|fr|gen|sig|dott|tel|vs|ca)\.$"
)
LONGEST_ABBREVIATION = 7
_ENDS = (".", "!", "?")
# A line so short beside one that is read may go on with its address.
SHORT_LINE = 40
# So little between two stretches is read with them: it costs less than what the model knows less of each alone.
SHORT_GAP = 80

Stretch = tuple[int, int]


def sentences_of(text: str) -> Iterator[Stretch]:
    """Yield where sentences and lines stand, one after the other, with the spaces behind them."""
    start = 0
    for match in _END.finditer(text):
        if match.end() > start and not _is_abbreviation(text, match):
            yield start, match.end()
            start = match.end()
    if start < len(text):
        yield start, len(text)


def _is_abbreviation(text: str, end: re.Match[str]) -> bool:
    before = text[max(0, end.start() - LONGEST_ABBREVIATION) : end.start()]
    return text[end.end() - 1] in " \t" and _ABBREVIATION.search(before) is not None


def stretches(text: str, places: Iterable[Stretch]) -> list[Stretch]:
    """Return the sentences in which something stands, neighbours joined, with short lines right beside them."""
    sentences = list(sentences_of(text))
    starts = [start for start, _ in sentences]
    chosen = bytearray(len(sentences))
    for start, end in places:
        first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
        chosen[first : last + 1] = b"\1" * (last + 1 - first)
    joined: list[Stretch] = []
    for at, (start, end) in enumerate(sentences):
        if not (chosen[at] or _goes_on(text, sentences, chosen, at)):
            continue
        if joined and start - joined[-1][1] <= SHORT_GAP:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def _goes_on(text: str, sentences: Sequence[Stretch], chosen: bytearray, at: int) -> bool:
    """Say whether this is a short line, and no sentence, above or below one that was chosen."""
    start, end = sentences[at]
    if end - start > SHORT_LINE or text[start:end].rstrip().endswith(_ENDS):
        return False
    is_below = at > 0 and chosen[at - 1] and "\n" in text[sentences[at - 1][0] : start][-SHORT_LINE:]
    is_above = at + 1 < len(sentences) and chosen[at + 1] and "\n" in text[start:end]
    return bool(is_below or is_above)
