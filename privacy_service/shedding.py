"""The door of the hot path: when more is asked than can be answered, some are refused at once and the rest wait little.

Threads of a process share one interpreter: what they do at once takes longer for each, and more in sum. So only so many
have a place to work, and the others stand in line, in order. A line that comes and goes is a burst, and waits. One that
stands for a while without an empty moment will not go away by waiting (RFC 8289): from then on it grows no longer than
a few, and whoever finds it full is refused before any work was done (docs/adr/0017-shedding.md). That ends once nobody
was refused for a while: where it ended with the first empty moment, the line stood again and again.
"""

from _thread import LockType, allocate_lock, get_ident
from collections import deque
from dataclasses import dataclass
from math import inf
from time import monotonic

from django.conf import settings

from privacy_service.exceptions import Overloaded


@dataclass(frozen=True, slots=True)
class Limits:
    """How many work at once and stand in line."""

    at_work: int
    in_line: int
    after_seconds: float  # How long a line stands before anybody is refused for it; 0: nobody ever is.
    wary_seconds: float = 1.0  # How long after a refusal a full line is refused at once.
    stuck_seconds: float = 0.05  # Who works for longer waits for something itself, and keeps nobody else out.


class Door:
    """Lets so many threads of this process work at once; the others wait, or are refused."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._patience = limits.after_seconds or inf
        self._inside: dict[int, float] = {}  # By thread, since when.
        self._line: deque[tuple[int, LockType]] = deque()
        self._empty_at = monotonic()  # When somebody last found no line.
        self._refused_at = -inf
        self._changing = allocate_lock()

    def enter(self) -> None:
        """Take a place, perhaps after a wait; raise Overloaded where a line that stands is full."""
        me, now = get_ident(), monotonic()
        with self._changing:
            if not self._line:
                self._empty_at = now
                if self._has_room(now):
                    self._inside[me] = now
                    return
            elif len(self._line) >= self._limits.in_line and self._is_wary(now):
                if now - self._empty_at > self._patience / 2:
                    self._refused_at = now  # Else it is a burst: were it to count, one a second would keep this up.
                raise Overloaded
            turn = _turn()
            self._line.append((me, turn))
        self._wait_for(turn)

    def leave(self) -> bool:
        """Give the place back to whoever is next; say whether there was one."""
        with self._changing:
            had_one = self._inside.pop(get_ident(), None) is not None
            if self._line:
                self._hand_on()
        return had_one

    def come_back(self) -> None:
        """Take a place again, before those who stand in line; nobody who was let in once is refused."""
        me, now = get_ident(), monotonic()
        with self._changing:
            if self._has_room(now):
                self._inside[me] = now
                return
            if not self._line:
                self._empty_at = now
            turn = _turn()
            self._line.appendleft((me, turn))
        self._wait_for(turn)

    def _is_wary(self, now: float) -> bool:
        """Say whether a full line is one that stands: it was never empty, or was so only since others were refused."""
        return now - self._empty_at > self._patience or now - self._refused_at < self._limits.wary_seconds

    def _has_room(self, now: float) -> bool:
        if len(self._inside) < self._limits.at_work:
            return True
        busy = sum(now - since < self._limits.stuck_seconds for since in self._inside.values())
        return busy < self._limits.at_work

    def _wait_for(self, turn: LockType) -> None:
        while not turn.acquire(timeout=self._limits.stuck_seconds):
            with self._changing:
                self._hand_on()  # Whoever is inside may be stuck by now.

    def _hand_on(self) -> None:
        now = monotonic()
        while self._line and self._has_room(now):
            thread, turn = self._line.popleft()
            self._inside[thread] = now
            turn.release()


def _turn() -> LockType:
    turn = allocate_lock()
    turn.acquire()  # Whoever hands a place on opens it.
    return turn


door = Door(Limits(settings.PRIVACY_SHED_AT_WORK, settings.PRIVACY_SHED_IN_LINE, settings.PRIVACY_SHED_AFTER_SECONDS))
