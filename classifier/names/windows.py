"""Texts cut into stretches that the model can see at once, and these put together to batches of like length."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from classifier.names.wordpiece import Word
from classifier.spans import Span

# The model takes 512 pieces with the two that frame them; its cost a piece grows with the length.
WINDOW_PIECES = 254
# A name at the border of a window stands whole in the next one, with something around it.
OVERLAP_PIECES = 48
BATCH_WINDOWS = 16
# Longer windows gain nothing from company, and what the model must hold grows with the square of their length.
BATCH_PIECES = 400
# So many windows are sorted by length together; more would hold the words of a long document in memory.
POOL_WINDOWS = 256


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text; the names that lie outside its core are its neighbours' to tell."""

    text: int
    words: list[Word]
    core_start: int
    core_end: int

    @property
    def size(self) -> int:
        """Return how many pieces it has."""
        return sum(len(word.ids) for word in self.words)

    def owns(self, span: Span) -> bool:
        """Say whether a name touches the core."""
        return span.end > self.core_start and span.start < self.core_end


def cut(text: int, words: Iterable[Word]) -> Iterator[Window]:
    """Yield overlapping windows over the words of the text with this number."""
    held: list[Word] = []
    size = core_start = 0
    for word in words:
        if size + len(word.ids) > WINDOW_PIECES:
            overlap = _overlap(held)
            core_end = held[-(len(overlap) + 1) // 2].start
            yield Window(text, held, core_start, core_end)
            held, core_start = overlap, core_end
            size = sum(len(each.ids) for each in held)
        held.append(word)
        size += len(word.ids)
    if held:
        yield Window(text, held, core_start, held[-1].end)


def _overlap(words: list[Word]) -> list[Word]:
    """Return the last words, as many as two windows share."""
    size, first = 0, len(words)
    while first > 1 and size + len(words[first - 1].ids) <= OVERLAP_PIECES:
        first -= 1
        size += len(words[first].ids)
    return words[first:] or words[-1:]


def batches(windows: Iterable[Window]) -> Iterator[list[Window]]:
    """Yield windows of like length together, holding a bounded number of them at a time."""
    source = iter(windows)
    while pool := sorted(islice(source, POOL_WINDOWS), key=lambda window: window.size):
        batch: list[Window] = []
        for window in pool:
            if len(batch) == BATCH_WINDOWS or (len(batch) + 1) * window.size > BATCH_PIECES:
                yield batch
                batch = []
            batch.append(window)
        yield batch
