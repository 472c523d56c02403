"""What asking about one identifier costs, and how much memory ten million suppressions take."""

import os
import secrets
import time
from collections.abc import Iterator
from uuid import uuid4

from privacy_service.subjects.filters import Filter
from privacy_service.subjects.identifiers import DIGEST_BYTES, Identifier, Kind, digester_of
from tests.benchmarks.measuring import Effort, show, verdict

PEOPLE = 10_000_000
MOST_MB = 64
MOST_MICROSECONDS = 1.0
_AT_ONCE = 100_000
_ASKED = 1000


def main() -> None:
    """Print the table."""
    before, started = _resident_mb(), time.process_time()
    made = Filter(PEOPLE)
    made.update(_digests())
    seconds, megabytes = time.process_time() - started, _resident_mb() - before
    digest = digester_of(uuid4()).digest
    strangers = [Identifier(Kind.EMAIL, f"person{number}@example.com") for number in range(_ASKED)]
    digests = [digest(one) for one in strangers]
    asking = Effort().microseconds(lambda: [one in made for one in digests]) / _ASKED
    hashing = Effort().microseconds(lambda: [digest(one) for one in strangers]) / _ASKED
    rows = [
        ["resident memory, MB", f"{megabytes:.0f}", f"{MOST_MB}", verdict(met=megabytes <= MOST_MB)],
        ["the filter's answer, µs", f"{asking:.2f}", f"{MOST_MICROSECONDS}", verdict(met=asking <= MOST_MICROSECONDS)],
        ["the digest before it, µs", f"{hashing:.2f}", "", ""],
        ["filling it, CPU s", f"{seconds:.1f}", "", ""],
    ]
    show(f"Suppressions: {PEOPLE:,} people in one filter", ["", "", "at most", ""], rows)


def _digests() -> Iterator[bytes]:
    for _ in range(PEOPLE // _AT_ONCE):
        drawn = secrets.token_bytes(DIGEST_BYTES * _AT_ONCE)
        yield from (drawn[at : at + DIGEST_BYTES] for at in range(0, len(drawn), DIGEST_BYTES))


def _resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - the kernel's file of this process.
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
