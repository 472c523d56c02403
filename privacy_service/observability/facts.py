"""Facts that nobody counts, such as how long a queue is: read when Prometheus asks, never while a request is answered.

Whoever knows a fact declares it and registers what reads it. What was read serves for a few seconds, so that asking
often costs the database nothing. A source that fails costs its own facts alone, and says so in `privacy_fact_failures`.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import monotonic

from django.db import close_old_connections, transaction

logger = logging.getLogger(__name__)

KEPT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Fact:
    """One metric whose value is looked up."""

    name: str
    documentation: str
    labels: tuple[str, ...] = ()
    only_grows: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One fact's value for these labels."""

    fact: Fact
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where some facts are read."""

    name: str
    facts: tuple[Fact, ...]
    read: Callable[[], Iterable[Reading]]


FAILURES = Fact("privacy_fact_failures", "1 where this source of facts could not be read at the last look", ("source",))
SOURCES: dict[str, Source] = {}


def register(source: Source) -> None:
    """Have these facts read; the same name takes the place of an earlier one."""
    SOURCES[source.name] = source


class _Kept:
    """What was last read, and until when it serves."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.readings: list[Reading] = []
        self.until = float("-inf")


_kept = _Kept()


def readings() -> list[Reading]:
    """Return every fact as it was a few seconds ago at most."""
    with _kept.lock:
        if monotonic() > _kept.until:
            _kept.readings = [reading for source in SOURCES.values() for reading in _read(source)]
            _kept.until = monotonic() + KEPT_SECONDS
        return _kept.readings


def forget() -> None:
    """Make the next look read everything anew."""
    _kept.until = float("-inf")


def _read(source: Source) -> Iterator[Reading]:
    failed = 0
    try:
        yield from _tried(source)
    except Exception as error:  # noqa: BLE001 - whatever it was, the other metrics are shown.
        logger.warning("Facts of %s could not be read: %s", source.name, type(error).__name__)
        failed = 1
    yield Reading(FAILURES, failed, (source.name,))


def _tried(source: Source) -> list[Reading]:
    in_transaction = transaction.get_connection().in_atomic_block
    if not in_transaction:
        close_old_connections()
    return list(source.read())
