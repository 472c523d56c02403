"""Masking one chunk into a part: the same in this process, in a pool of processes, and in a worker of Celery."""

from dataclasses import dataclass

from privacy_service.jobs.chunks import Chunk, Done, Hiding, Masked
from privacy_service.jobs.cutting.tables import Head
from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.kinds import FileKind, Packing
from privacy_service.jobs.masking import mask_chunk
from privacy_service.jobs.packing import packed
from privacy_service.jobs.parquet import mask_row_group
from privacy_service.jobs.places import Place, sum_of, sum_of_file


@dataclass(frozen=True, slots=True)
class Work:
    """A chunk to mask: from where, how, and where to."""

    source: Place
    chunk: Chunk
    hiding: Hiding
    part: Place
    packing: Packing
    head: Head | None = None


def carry_out(work: Work) -> Done:
    """Mask a chunk, write its part and say what was done; raise Unreadable or OSError.

    The part holds masked data alone, and no other error gets out: it could quote what was read.
    """
    try:
        return _carried_out(work)
    except (Unreadable, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not carry a value out.
        kind = type(error).__name__
    message = f"the masking failed ({kind})"
    raise Unreadable(message)


def _carried_out(work: Work) -> Done:
    chunk, source = work.chunk, work.source
    if work.hiding.form.kind is FileKind.PARQUET:
        masked = mask_row_group(source, chunk.index, work.hiding, work.part)
        return _done(chunk, masked, "", sum_of_file(work.part), work.part.size())
    data = source.read(chunk.start, chunk.end) if chunk.data is None else chunk.data
    masked = mask_chunk(chunk, data, work.hiding, work.head)
    part = packed(masked.data, work.packing)
    work.part.write([part])
    return _done(chunk, masked, sum_of(data), sum_of(part), len(part))


def _done(chunk: Chunk, masked: Masked, sum_in: str, sum_out: str, size: int) -> Done:
    return Done(
        index=chunk.index,
        start=chunk.start,
        end=chunk.end,
        sum_in=sum_in,
        sum_out=sum_out,
        size=size,
        rows=masked.rows,
        lines=masked.lines,
        entities=dict(masked.entities),
        fields={f"{path} {entity}": count for (path, entity), count in masked.fields.items()},
        sampled=masked.sampled,
        troubles=tuple(masked.troubles),
    )
