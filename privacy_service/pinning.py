"""Keeping the Python of a server process on one core, so that what it works with stays in that core's cache.

The threads of a process share one interpreter: one of them runs at a time, wherever the system puts it. Woken by
turns on two cores, each finds the objects that it needs in the other core's cache: masking then costs twice what it
costs in one thread (docs/performance.md). Where there are as many processes as cores, each takes a core for its Python;
the threads of the web server below it, which run none, go where there is room.
"""

import logging
import os
import socket
from collections.abc import Sequence
from threading import local

logger = logging.getLogger(__name__)


def usable_cores() -> list[int]:
    """Return the numbers of the cores that this process may run on; none where the system does not say."""
    try:
        return sorted(os.sched_getaffinity(0))
    except AttributeError:  # Not Linux.
        return []


class Core:
    """The core of this process, once it has taken one that no other process of ours holds."""

    def __init__(self, choice: Sequence[int]) -> None:
        self._choice = list(choice)
        self._number: int | None = None
        self._thread = local()

    def take(self) -> None:
        """Take a core that is free; where none is, such as beside the processes that this one replaces, ask again."""
        if self._number is not None:
            return
        for number in self._choice:
            if _claim(number) is not None:
                self._number = number
                return

    def stay(self) -> None:
        """Keep the calling thread on this process's core from now on; where that is refused, no thread any more."""
        number = self._number  # Once: another thread may give it up meanwhile.
        if number is None or getattr(self._thread, "is_here", False):
            return
        self._thread.is_here = True
        try:
            os.sched_setaffinity(0, {number})
        except OSError:  # A sandbox, or a core that was taken from the container meanwhile.
            logger.warning("This process cannot keep to core %d: its threads run anywhere", number)
            self._number = None
            self._choice.clear()


def _claim(number: int) -> int | None:
    """Return the open file that marks a core as taken until this process ends; None where another process has one."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0privacy-service/core/{number}")  # A name without a file: the system takes it back by itself.
    except OSError:
        claim.close()
        return None
    return claim.detach()


core = Core(usable_cores())
