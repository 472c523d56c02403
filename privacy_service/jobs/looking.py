"""What is still personal in a file that was masked, chunk by chunk: kinds, folded fields and counts."""

from collections import Counter
from collections.abc import Iterator

from classifier import Entity, PayloadKind, Policy
from privacy_service.enforcement.verifying import Left, left_in
from privacy_service.jobs import parquet
from privacy_service.jobs.chunks import Chunk, Hiding
from privacy_service.jobs.cutting import Cutting, chunks_of
from privacy_service.jobs.kinds import FileKind, packing_of
from privacy_service.jobs.masking import PIECE_BYTES
from privacy_service.jobs.packing import unpacked
from privacy_service.jobs.places import Place
from privacy_service.jobs.task import FileTask, cutting_for

# What these leave looks like any other value; whether it is one nobody can say.
_LOOKS_REAL = frozenset({"keep", "synthetic", "generalize", "encrypt"})


def left_in_output(task: FileTask) -> Left:
    """Count what a masked file still holds, but for kinds that its policy leaves looking like values."""
    readable = readable_under(task.hiding.policy)
    left: Left = Counter()
    for body, kind in bodies_of(task.out, task.hiding):
        left.update(left_in(body, kind, task.hiding.tier, readable))
    return left


def readable_under(policy: Policy) -> frozenset[Entity]:
    """Return the kinds that a policy keeps, makes up, coarsens or encrypts."""
    return frozenset(entity for entity in Entity if policy.operator_of(entity).name in _LOOKS_REAL)


def bodies_of(out: Place, hiding: Hiding) -> Iterator[tuple[bytes, PayloadKind]]:
    """Yield a file in parts that can be read by themselves; raise Unreadable or JobRefused."""
    kind = hiding.form.kind
    if kind is FileKind.PARQUET:
        for lines in parquet.as_lines(out):
            yield lines, PayloadKind.NDJSON
        return
    form = type(hiding.form)(kind, packing_of(out.name))
    seen = Hiding(form, hiding.policy, hiding.tier)
    cutting = cutting_for(out, seen)
    with unpacked(out, form.packing) as reading:
        for chunk in chunks_of(reading, cutting, PIECE_BYTES):
            yield _payload(chunk, kind, cutting)


def _payload(chunk: Chunk, kind: FileKind, cutting: Cutting) -> tuple[bytes, PayloadKind]:
    """Return a chunk as a body that can be read by itself."""
    data = chunk.data or b""
    match kind:
        case FileKind.JSONL:
            return data, PayloadKind.NDJSON
        case FileKind.JSON:
            whole = data if chunk.is_last else data[:-1] + b"]"
            return whole if chunk.is_first else b"[" + whole, PayloadKind.JSON
        case FileKind.CSV | FileKind.TSV if cutting.head:
            return data if chunk.is_first else cutting.head.shown + data, PayloadKind.CSV
        case _:
            return data, PayloadKind.TEXT
