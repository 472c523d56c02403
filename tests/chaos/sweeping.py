"""Looks for the planted values wherever a run has written: files, tables, Redis, metrics, traces, core dumps."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.installation import SOURCES, Installation
from tests.chaos.needles import is_in
from tests.chaos.watching import ON_PURPOSE

_MOST_AT_ONCE = 64 << 20
_DUMP = re.compile(r"core(\.\d+)?")  # As Linux names one where nobody told it otherwise.
_LOG_OF_POSTGRESQL = "log"


def found_in(there: Installation) -> list[str]:
    """Return where a planted value was found that should be nowhere, and every core dump."""
    places = [*_files(there.folder), *_tables(there), *_redis(there), *_metrics(there), *_traces(there)]
    found = [name for name, content in places if is_in(content)]
    return found + [f"sent to Redis: {line!r}" for line in there.watch.leaks] + _dumps(there.folder)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file but those of jobs on purpose, and PostgreSQL's and Valkey's, which are read as tables and keys.

    PostgreSQL's log is read too: a statement that fails is written there.
    """
    skipped = {folder / SOURCES, folder / "postgres", folder / "valkey"}
    for path in [*folder.rglob("*"), folder / "postgres" / _LOG_OF_POSTGRESQL]:
        is_skipped = skipped.intersection(path.parents) and path.name != _LOG_OF_POSTGRESQL
        if not is_skipped and path.is_file():
            yield str(path), path.read_bytes()[:_MOST_AT_ONCE]


def _dumps(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("core*") if path.is_file() and _DUMP.fullmatch(path.name)]


def _tables(there: Installation) -> Iterator[tuple[str, bytes]]:
    names = there.sql("COPY (SELECT tablename FROM pg_tables WHERE schemaname = 'public') TO STDOUT").split()
    for name in names[1:]:
        yield f"table {name}", there.sql(f'COPY "{name}" TO STDOUT').encode()


def _redis(there: Installation) -> Iterator[tuple[str, bytes]]:
    """Yield every key: queues of tasks, results, caches, limits, topics; read as Valkey itself would save it."""
    with there.client() as client:
        client.config_set("rdbcompression", "no")
        for key in client.scan_iter("*"):
            if not any(name in key for name in ON_PURPOSE):
                yield f"Redis {key!r}", client.dump(key) or b""


def _metrics(there: Installation) -> Iterator[tuple[str, bytes]]:
    for service in (there.web, there.gateway):
        yield f"metrics of {service.application}", service.client.get("/metrics").content


def _traces(there: Installation) -> Iterator[tuple[str, bytes]]:
    for sent in there.collector.asked:
        yield "a trace", sent.body
