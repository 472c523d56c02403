"""Files for tests, each with what its masking must not leave, and the ways to mask them."""

import io
from collections.abc import Iterable
from pathlib import Path

import orjson

from classifier import Policy, Tier
from privacy_service.jobs.chunks import Chunk, Hiding, OnError
from privacy_service.jobs.cutting import HEAD_BYTES, chunks_of, cutting_of
from privacy_service.jobs.kinds import FileKind, Form, Packing, form_of
from privacy_service.jobs.manifest import PolicyUsed
from privacy_service.jobs.masking import mask_chunk
from privacy_service.jobs.places import Place
from privacy_service.jobs.task import FileTask, parts_beside

STRICT = Policy.named("strict")
USED = PolicyUsed("strict", "", 0, "0123456789abcdef")
CANARY = "canary.person"
RECORDS = [
    {"id": at, "email": f"{CANARY}{at}@example.com", "ssn": "123-45-6789", "said": 'a "quote" \\ and [a {bracket\n'}
    for at in range(60)
]
LINES = b"".join(orjson.dumps(record) + b"\n" for record in RECORDS)
LIST = orjson.dumps(RECORDS)
TABLE = b"id,email,said\n" + b"".join(
    b'%d,canary.person%d@example.com,"he said ""call\n+1 415 555 %04d"""\n' % (at, at, at) for at in range(60)
)
PROSE = b"".join(b"Dear reader %d,\nwrite to canary.person%d@example.com\nor call.\n\n" % (at, at) for at in range(60))
BODIES = {FileKind.JSONL: LINES, FileKind.JSON: LIST, FileKind.CSV: TABLE, FileKind.TEXT: PROSE}


def hiding(kind: FileKind, policy: Policy = STRICT, on_error: OnError = OnError.STOP) -> Hiding:
    """Return how a plain file of this kind is hidden."""
    return Hiding(Form(kind, Packing.NONE), policy, Tier.PATTERNS, on_error)


def chunks(data: bytes, kind: FileKind, size: int) -> list[Chunk]:
    """Return a file in chunks."""
    cutting = cutting_of(kind, data[:HEAD_BYTES], Tier.PATTERNS)
    return list(chunks_of(io.BytesIO(data), cutting, size))


def masked_in_chunks(data: bytes, how: Hiding, size: int) -> bytes:
    """Return a file masked chunk by chunk."""
    cutting = cutting_of(how.form.kind, data[:HEAD_BYTES], how.tier)
    found: Iterable[Chunk] = chunks_of(io.BytesIO(data), cutting, size)
    return b"".join(mask_chunk(one, one.data or b"", how, cutting.head).data for one in found)


def task_for(source: Path, out: Path, *, chunk_bytes: int = 1024, on_error: OnError = OnError.STOP) -> FileTask:
    """Return the masking of a file, in small chunks."""
    how = Hiding(form_of(source.name), STRICT, Tier.PATTERNS, on_error)
    masked = Place(str(out))
    return FileTask(Place(str(source)), masked, how, USED, parts_beside(masked), chunk_bytes)
