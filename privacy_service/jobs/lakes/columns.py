"""Parquet files: the columns that tell whom a row is about, and a file written anew without some rows."""

from collections.abc import Callable, Iterator
from typing import Any

from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.lakes.matching import Matching, Record
from privacy_service.jobs.parquet import check_installed, codec_of, opened
from privacy_service.jobs.places import Place

_ROWS = 65_536


def records(place: Place, matching: Matching, *, whole: bool = False) -> Iterator[Record]:
    """Yield the rows of a file, of which only the columns that matter unless the whole is wanted."""
    check_installed()
    with place.open() as file:
        source = opened(file)
        columns = None if whole else _columns(source, matching)
        for batch in source.iter_batches(_ROWS, columns=columns):
            yield from batch.to_pylist()


def rewrite(place: Place, matching: Matching, is_gone: Callable[[Record], bool], sink: Any) -> None:
    """Write a file without some of its rows, row group by row group, packed as it was."""
    import pyarrow as pa  # noqa: PLC0415 - an extra.
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above.

    with place.open() as file:
        source = opened(file)
        columns = _columns(source, matching)
        with pq.ParquetWriter(sink, source.schema_arrow, compression=codec_of(source.metadata)) as writer:
            for index in range(source.metadata.num_row_groups):
                for batch in source.iter_batches(_ROWS, row_groups=[index]):
                    looked_at = batch.select(columns) if columns else batch
                    stays = pa.array([not is_gone(row) for row in looked_at.to_pylist()], type=pa.bool_())
                    writer.write_batch(batch.filter(stays))


def _columns(source: Any, matching: Matching) -> list[str] | None:
    names = source.schema_arrow.names
    if not matching.is_told_by(names):
        message = "it has none of the columns that tell whom a row is about"
        raise Unreadable(message)
    return [name for name in names if name in matching.roots] if matching.fields else None
