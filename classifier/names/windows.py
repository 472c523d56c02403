"""Texts cut into stretches that the model can see at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from classifier.names.wordpiece import Word
from classifier.spans import Span

# The model takes 512 pieces with the two that frame them; its cost a piece grows with the length.
WINDOW_PIECES = 254
# A name at the border of a window stands whole in the next one, with something around it.
OVERLAP_PIECES = 48


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text; the names that lie outside its core are its neighbours' to tell."""

    words: list[Word]
    core_start: int
    core_end: int

    def owns(self, span: Span) -> bool:
        """Say whether a name touches the core."""
        return span.end > self.core_start and span.start < self.core_end


def cut(words: Iterable[Word]) -> Iterator[Window]:
    """Yield overlapping windows over the words of a text."""
    held: list[Word] = []
    size = core_start = 0
    for word in words:
        if size + len(word.ids) > WINDOW_PIECES:
            overlap = _overlap(held)
            core_end = held[-(len(overlap) + 1) // 2].start
            yield Window(held, core_start, core_end)
            held, core_start = overlap, core_end
            size = sum(len(each.ids) for each in held)
        held.append(word)
        size += len(word.ids)
    if held:
        yield Window(held, core_start, held[-1].end)


def _overlap(words: list[Word]) -> list[Word]:
    """Return the last words, as many as two windows share."""
    size, first = 0, len(words)
    while first > 1 and size + len(words[first - 1].ids) <= OVERLAP_PIECES:
        first -= 1
        size += len(words[first].ids)
    return words[first:] or words[-1:]
