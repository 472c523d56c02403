"""A recognizer that does what foreign code may do when a text says so: raise, hang, take all memory, crash, die."""

import os
import resource
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from classifier import Entity, Span

HANGS_SECONDS = 3.0
_MOST_MEMORY = 4 << 30


def _raise() -> NoReturn:
    raise RuntimeError


def _take_all_memory() -> None:
    """Ask for more than the process may have; what it may have is limited first, for the machine's sake."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, resource.RLIM_INFINITY))
    bytearray(_MOST_MEMORY)


WORDS: Mapping[str, Callable[[], object]] = {
    "please-raise": _raise,
    "please-hang": lambda: time.sleep(HANGS_SECONDS),
    "please-take-all-memory": _take_all_memory,
    "please-crash": os.abort,  # The kernel would write down its memory.
    "please-die": lambda: os.kill(os.getpid(), signal.SIGKILL),
}


class Misbehaving:
    """Finds nothing."""

    name = "misbehaving"
    entities = frozenset({Entity.PERSON})

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Do what the texts ask for."""
        for text in texts:
            for word, act in WORDS.items():
                if word in text:
                    act()
        return [[] for _ in texts]
