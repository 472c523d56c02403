"""Row groups of Parquet files masked row by row: a column that nothing is hidden in keeps its very values."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from privacy_service.jobs.chunks import CHUNK_BYTES, Chunk, Hiding, Masked, OnError, Trouble
from privacy_service.jobs.errors import JobRefused, Unreadable
from privacy_service.jobs.places import Place
from privacy_service.jobs.records import as_json, masked_rows

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:  # An extra; `check_installed` says so.
    pa = pq = None

_MOST_ROWS = 65_536


def check_installed() -> None:
    """Raise JobRefused where the extra is not installed."""
    if pq is None:
        message = "Reading Parquet needs one more package: pip install 'privacy-service[files]'."
        raise JobRefused(message)


def row_groups(place: Place) -> Iterator[Chunk]:
    """Yield a chunk for each row group of the file."""
    check_installed()
    with place.open() as file:
        metadata = opened(file).metadata
        count, end = metadata.num_row_groups, place.size()
        for index in range(count):
            yield Chunk(index, index, index + 1, index == 0, index == count - 1, None, end * (index + 1) // count)


def mask_row_group(place: Place, index: int, hiding: Hiding, out: Place) -> Masked:
    """Write one row group masked, as a file of its own, in groups small enough for a small memory."""
    result = Masked(b"")
    with place.open() as file, out.appearing() as sink:
        source = opened(file)
        group = source.metadata.row_group(index)
        with pq.ParquetWriter(sink, source.schema_arrow, compression=codec_of(source.metadata)) as writer:
            for batch in source.iter_batches(_rows_at_once(group), row_groups=[index]):
                writer.write_table(_masked_batch(pa.Table.from_batches([batch]), hiding, result))
    return result


def joined(parts: Sequence[Place], like: Place, sink: Any) -> None:
    """Write the row groups of all parts, in order, as one file."""
    with like.open() as file:
        source = opened(file)
        schema, codec = source.schema_arrow, codec_of(source.metadata)
    with pq.ParquetWriter(sink, schema, compression=codec) as writer:
        for part in parts:
            with part.open() as file:
                source = opened(file)
                for index in range(source.metadata.num_row_groups):
                    writer.write_table(source.read_row_group(index))


def as_lines(place: Place) -> Iterator[bytes]:
    """Yield the rows of a file as lines of JSON, some thousand at a time."""
    check_installed()
    with place.open() as file:
        for batch in opened(file).iter_batches(_MOST_ROWS // 16):
            yield b"".join(line + b"\n" for line in map(as_json, batch.to_pylist()))


def codec_of(metadata: Any) -> str:
    """Return how the columns of a file are packed."""
    has_any = metadata.num_row_groups and metadata.num_columns
    codec = metadata.row_group(0).column(0).compression if has_any else "SNAPPY"
    return "none" if codec == "UNCOMPRESSED" else codec.lower()


def opened(file: Any) -> Any:
    """Return a file that can be read as Parquet; raise Unreadable."""
    try:
        source = pq.ParquetFile(file)
    except (pa.ArrowInvalid, OSError):
        message = "this is no Parquet file, or a damaged one"
        raise Unreadable(message) from None
    names = source.schema_arrow.names
    if len(set(names)) < len(names):
        message = "two columns share a name"
        raise Unreadable(message)
    return source


def _rows_at_once(group: Any) -> int:
    each = max(1, group.total_byte_size // max(1, group.num_rows))
    return int(max(1, min(_MOST_ROWS, CHUNK_BYTES // each)))


def _masked_batch(table: Any, hiding: Hiding, result: Masked) -> Any:
    """Return the rows with what is personal hidden; a column in which nothing is hidden keeps its very values."""
    table = _readable(table, hiding, result)
    rows = table.to_pylist()
    changes = masked_rows(rows, hiding, result)
    for at, field in enumerate(table.schema):
        hidden = {row: new[field.name] for row, new in changes.items() if field.name in new}
        if hidden:
            values = [hidden.get(row, one[field.name]) for row, one in enumerate(rows)]
            table = table.set_column(at, field, _array(values, field, hidden))
    return table


def _readable(table: Any, hiding: Hiding, result: Masked) -> Any:
    """Return the table without columns whose bytes are no text: nobody can say what stands in them."""
    for at, field in enumerate(table.schema):
        if not _holds_bytes(field.type) or _is_text(table.column(at)):
            continue
        message = f"column {at + 1} holds bytes that are no text"
        if hiding.on_error is OnError.STOP:
            raise Unreadable(message + "; --on-error text empties such columns")
        result.troubles.append(Trouble(0, 0, message + ", and was emptied"))
        table = table.set_column(at, field, pa.nulls(len(table), field.type))
    return table


def _holds_bytes(kind: Any) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return any(test(kind) for test in tests)


def _is_text(column: Any) -> bool:
    try:
        for value in column.to_pylist():
            if value is not None:
                value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _array(values: list[Any], field: Any, hidden: dict[int, Any]) -> Any:
    """Return values as a column; what its type cannot hold, or it does not allow to be empty, stands as nothing."""
    empty = _empty(field) if not field.nullable else None
    filled = [empty if value is None and row in hidden else value for row, value in enumerate(values)]
    try:
        return pa.array(filled, type=field.type)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        nothing = [empty if row in hidden else value for row, value in enumerate(values)]
    return pa.array(nothing, type=field.type)


def _empty(field: Any) -> Any:
    """Return the zero of a type whose column allows no NULL."""
    kinds = pa.types
    zeros = (
        (kinds.is_string, ""),
        (kinds.is_large_string, ""),
        (_holds_bytes, b""),
        (kinds.is_boolean, False),
        (kinds.is_integer, 0),
        (kinds.is_floating, 0.0),
        (kinds.is_decimal, Decimal(0)),
    )
    for is_kind, zero in zeros:
        if is_kind(field.type):
            return zero
    message = "a column that may not be empty holds what must be hidden, and its type has no stand-in"
    raise Unreadable(message)
