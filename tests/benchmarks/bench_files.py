"""What masking files costs, in megabytes a second of one core, and how much of that is the classifier's.

`python -m tests.benchmarks --files`
"""

import copy
import csv
import gzip
import hashlib
import io
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from classifier import PayloadKind, Policy, Tier, mask
from privacy_service.jobs.chunks import Hiding
from privacy_service.jobs.cutting import chunks_of, pieces_of
from privacy_service.jobs.cutting.lines import end_of_lines
from privacy_service.jobs.file_run import Finished
from privacy_service.jobs.kinds import Packing, form_of
from privacy_service.jobs.manifest import PolicyUsed
from privacy_service.jobs.masking import PIECE_BYTES
from privacy_service.jobs.packing import Unpacked
from privacy_service.jobs.places import Place
from privacy_service.jobs.running import mask_all
from privacy_service.jobs.task import FileTask, cutting_for, parts_beside
from tests.benchmarks.inputs import PERSONAL
from tests.benchmarks.measuring import show, verdict

MEGABYTE = 10**6
SIZE = 12 * MEGABYTE
_ROUNDS = 5
LEAST_SPEED = 35  # Megabytes a second of a core, as issue 7 asks.
STRICT = Policy.named("strict")
USED = PolicyUsed("strict", "", 0, "0" * 16)


def event(at: int) -> dict[str, Any]:
    """Return an event of about 1 KB with four personal fields."""
    made = copy.deepcopy(PERSONAL)
    made["messageId"] = f"ajs-next-{1_700_000_000_000 + at}-8f5c0e3b"
    made["traits"]["email"] = f"alice.liddell{at}@example.com"
    made["traits"].pop("address")
    made["traits"]["segments"] = ["spring-sale", "returning", "mobile-first", "newsletter-weekly", "app-installed"]
    return made


class Quiet:
    """Hears how a run goes, and fails where it does."""

    def advanced(self, task: FileTask, done_bytes: int) -> None:
        """Hear nothing."""

    def finished(self, task: FileTask, finished: Finished) -> None:
        """Hear nothing."""

    def failed(self, task: FileTask, message: str) -> None:
        """Fail."""
        del task
        raise SystemExit(message)


def main(folder: Path) -> None:
    """Print the tables."""
    events = [event(at) for at in range(SIZE // len(orjson.dumps(event(0))))]
    lines = b"".join(orjson.dumps(one) + b"\n" for one in events)
    source = folder / "events.jsonl"
    source.write_bytes(lines)
    alone = _speed(len(lines), lambda: _masking_alone(lines))
    whole = _speed(len(lines), lambda: _masked(source, folder / "out" / "events.jsonl"))
    rows = [
        ("the classifier alone, pieces of 256 KB", f"{alone:.1f}", ""),
        ("a file, everything included", f"{whole:.1f}", verdict(met=whole >= LEAST_SPEED)),
        ("share of the classifier", f"{whole / alone:.0%}", ""),
    ]
    show(
        f"Files of 1 KB events with four personal fields, tier fast, MB/s a core (goal {LEAST_SPEED})",
        ("", "MB/s", ""),
        rows,
    )
    _stages(source, lines)
    _kinds(folder, events)
    _workers(folder, source, len(lines))


def _masking_alone(lines: bytes) -> None:
    for piece in pieces_of(lines, end_of_lines, PIECE_BYTES):
        mask(piece, STRICT, kind=PayloadKind.NDJSON, tier=Tier.FAST)


def _masked(source: Path, out: Path, workers: int = 1) -> None:
    hiding = Hiding(form_of(source.name), STRICT, Tier.FAST)
    place = Place(str(out))
    task = FileTask(Place(str(source)), place, hiding, USED, parts_beside(place))
    mask_all([task], workers=workers, goes_on=False, listener=Quiet())


def _stages(source: Path, lines: bytes) -> None:
    """Print what all around the masking costs, each stage alone."""
    hiding = Hiding(form_of(source.name), STRICT, Tier.FAST)
    place = Place(str(source))

    def cut() -> None:
        with place.open() as raw:
            for _ in chunks_of(Unpacked(raw, Packing.NONE), cutting_for(place, hiding), 8 << 20):
                pass

    stages: tuple[tuple[str, Callable[[], object]], ...] = (
        ("cutting", cut),
        ("one SHA-256 (a file takes two)", lambda: hashlib.sha256(lines).hexdigest()),
        ("one CRC-32 (a file takes three)", lambda: crc32(lines)),
        ("writing a part or the whole", lambda: place.beside("written").write([lines])),
        ("packing with gzip", lambda: gzip.compress(lines, 6)),
    )
    rows = [(name, f"{_speed(len(lines), act):,.0f}") for name, act in stages]
    show("Around it, each alone, MB/s a core", ("", "MB/s"), rows)


def _kinds(folder: Path, events: list[dict[str, Any]]) -> None:
    """Print the speed of each kind, in megabytes of what is in the file before it is packed."""
    some = events[: len(events) // 4]
    flat = [{**one["traits"], **one["context"], "id": one["messageId"]} for one in some]
    flat = [{name: value for name, value in one.items() if isinstance(value, str | int)} for one in flat]
    table = io.StringIO()
    writer = csv.DictWriter(table, flat[0].keys())
    writer.writeheader()
    writer.writerows(flat)
    bodies = {
        "events.json": orjson.dumps(some),
        "events.csv": table.getvalue().encode(),
        "events.jsonl.gz": b"".join(orjson.dumps(one) + b"\n" for one in some),
    }
    rows = []
    for name, body in bodies.items():
        (folder / name).write_bytes(gzip.compress(body, 6) if name.endswith(".gz") else body)
        rows.append((name, f"{_speed(len(body), lambda name=name: _masked(folder / name, folder / 'out' / name)):.1f}"))  # type: ignore[misc]
    pq.write_table(pa.Table.from_pylist(flat), folder / "events.parquet", row_group_size=4000)
    as_text = len(table.getvalue())
    parquet = _speed(as_text, lambda: _masked(folder / "events.parquet", folder / "out" / "events.parquet"))
    rows.append(("events.parquet (as CSV)", f"{parquet:.1f}"))
    show("Other kinds, MB/s a core", ("", "MB/s"), rows)


def _workers(folder: Path, source: Path, size: int) -> None:
    """Print how fast a file is masked by the clock, by one process and by one a core."""
    rows = []
    for workers in sorted({1, os.cpu_count() or 1}):
        began = time.monotonic()
        _masked(source, folder / "out" / f"{workers}.jsonl", workers)
        rows.append(
            (f"{workers} process(es), their start included", f"{size / MEGABYTE / (time.monotonic() - began):.1f}")
        )
    show("By the clock, MB/s", ("", "MB/s"), rows)


def _speed(size: int, act: Callable[[], object]) -> float:
    """Return megabytes a second of one core, the median of some rounds."""
    return size / MEGABYTE / statistics.median(_seconds(act) for _ in range(_ROUNDS))


def _seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return max(time.process_time() - began, 1e-9)
