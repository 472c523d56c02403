"""NDJSON as it flows: whole lines, never a part of one, in batches that come soon and are worth a call."""

import time
from collections.abc import Callable, Iterator

from privacy_service.client.errors import BodyTooLarge

MOST_AT_ONCE = 1024 * 1024
ENOUGH = 64 * 1024
PAUSE_SECONDS = 0.05
_LONGEST_LINE = 10 * 1024 * 1024


class Lines:
    """Takes pieces of any size and gives whole lines.

    A piece gives its lines at once where none were given for the pause, or where enough are held: a slow stream is not
    delayed, a fast one makes few calls. Lines that come sooner wait for the next piece, or for the end.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._held = bytearray()
        self._clock = clock
        self._given_at = -PAUSE_SECONDS

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the lines that are due; raise BodyTooLarge for a line that does not end."""
        self._held += piece
        if len(self._held) < ENOUGH and self._clock() - self._given_at < PAUSE_SECONDS:
            return
        if (end := self._held.rfind(b"\n") + 1) > 0:
            whole, self._held = bytes(self._held[:end]), self._held[end:]
            yield from _portions(whole)
            self._given_at = self._clock()
        if len(self._held) > _LONGEST_LINE:
            detail = f"A line is longer than {_LONGEST_LINE} bytes."
            raise BodyTooLarge(detail, reason="body-too-large")

    def rest(self) -> Iterator[bytes]:
        """Yield what is left at the end, whether or not a line break ends it."""
        if self._held:
            whole, self._held = bytes(self._held), bytearray()
            yield from _portions(whole)


def _portions(whole: bytes) -> Iterator[bytes]:
    """Cut lines into portions of a megabyte at most, unless a line is longer."""
    start = 0
    while len(whole) - start > MOST_AT_ONCE:
        end = whole.rfind(b"\n", start, start + MOST_AT_ONCE) + 1 or whole.find(b"\n", start) + 1
        if not end:
            break
        yield whole[start:end]
        start = end
    yield whole[start:]
