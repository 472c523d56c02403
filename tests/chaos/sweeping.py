"""Looks for the planted values wherever a run has written: files, tables, Redis, metrics, core dumps."""

from collections.abc import Iterator
from pathlib import Path

from tests.chaos.installation import CANARIES, SOURCES, Installation
from tests.stories.conftest import ROOT

# Where they are on purpose: the files that jobs mask, and what the flow is given before it has masked it.
_GIVEN_TOPIC = b"topic:user-info"
_MOST_AT_ONCE = 64 << 20


def found_in(there: Installation) -> list[str]:
    """Return where a canary was found that should be nowhere."""
    places = [*_files(there.folder), *_tables(there), *_redis(there), *_metrics(there)]
    return [name for name, content in places if any(canary in content for canary in CANARIES)]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file but PostgreSQL's and Valkey's own, which are read as tables and keys; core dumps by name."""
    skipped = {folder / SOURCES, folder / "postgres", folder / "valkey"}
    for path in folder.rglob("*"):
        if path.is_file() and not skipped.intersection(path.parents):
            yield str(path), path.read_bytes()[:_MOST_AT_ONCE]
    yield from ((str(path), CANARIES[0]) for path in (*ROOT.glob("core*"), *folder.rglob("core.[0-9]*")))


def _tables(there: Installation) -> Iterator[tuple[str, bytes]]:
    names = there.sql("COPY (SELECT tablename FROM pg_tables WHERE schemaname = 'public') TO STDOUT").split()
    for name in names[1:]:
        yield f"table {name}", there.sql(f'COPY "{name}" TO STDOUT').encode()


def _redis(there: Installation) -> Iterator[tuple[str, bytes]]:
    """Yield every key: queues of tasks, results, caches, limits, topics; read as Valkey itself would save it."""
    with there.client() as client:
        client.config_set("rdbcompression", "no")
        for key in client.scan_iter("*"):
            if not key.endswith(_GIVEN_TOPIC) and b"user-info" not in key:
                yield f"Redis {key!r}", client.dump(key) or b""


def _metrics(there: Installation) -> Iterator[tuple[str, bytes]]:
    for service in (there.web, there.gateway):
        yield f"metrics of {service.application}", service.client.get("/metrics").content
