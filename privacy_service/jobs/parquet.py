"""Row groups of Parquet files masked row by row: a column that nothing is hidden in keeps its very values."""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from privacy_service.jobs.chunks import CHUNK_BYTES, Chunk, Hiding, Masked, OnError, Trouble
from privacy_service.jobs.errors import JobRefused, Unreadable
from privacy_service.jobs.kinds import FileKind, Form, Packing
from privacy_service.jobs.masking import mask_chunk
from privacy_service.jobs.places import Place

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
        metadata = _opened(file).metadata
        count, end = metadata.num_row_groups, place.size()
        for index in range(count):
            yield Chunk(index, index, index + 1, index == 0, index == count - 1, None, end * (index + 1) // count)


def mask_row_group(place: Place, index: int, hiding: Hiding, out: Place) -> Masked:
    """Write one row group masked, as a file of its own, in groups small enough for a small memory."""
    result = Masked(b"")
    with place.open() as file, out.appearing() as sink:
        source = _opened(file)
        group = source.metadata.row_group(index)
        with pq.ParquetWriter(sink, source.schema_arrow, compression=_codec_of(source.metadata)) as writer:
            for batch in source.iter_batches(_rows_at_once(group), row_groups=[index]):
                writer.write_table(_masked_batch(pa.Table.from_batches([batch]), hiding, result))
    return result


def joined(parts: Sequence[Place], like: Place, sink: Any) -> None:
    """Write the row groups of all parts, in order, as one file."""
    with like.open() as file:
        source = _opened(file)
        schema, codec = source.schema_arrow, _codec_of(source.metadata)
    with pq.ParquetWriter(sink, schema, compression=codec) as writer:
        for part in parts:
            with part.open() as file:
                source = _opened(file)
                for index in range(source.metadata.num_row_groups):
                    writer.write_table(source.read_row_group(index))


def as_lines(place: Place) -> Iterator[bytes]:
    """Yield the rows of a file as lines of JSON, some thousand at a time."""
    check_installed()
    with place.open() as file:
        for batch in _opened(file).iter_batches(_MOST_ROWS // 16):
            yield b"".join(line + b"\n" for line in map(_as_json, batch.to_pylist()))


def _as_json(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _codec_of(metadata: Any) -> str:
    has_any = metadata.num_row_groups and metadata.num_columns
    codec = metadata.row_group(0).column(0).compression if has_any else "SNAPPY"
    return "none" if codec == "UNCOMPRESSED" else codec.lower()


def _opened(file: Any) -> Any:
    try:
        opened = pq.ParquetFile(file)
    except (pa.ArrowInvalid, OSError):
        message = "this is no Parquet file, or a damaged one"
        raise Unreadable(message) from None
    names = opened.schema_arrow.names
    if len(set(names)) < len(names):
        message = "two columns share a name"
        raise Unreadable(message)
    return opened


def _rows_at_once(group: Any) -> int:
    each = max(1, group.total_byte_size // max(1, group.num_rows))
    return int(max(1, min(_MOST_ROWS, CHUNK_BYTES // each)))


def _masked_batch(table: Any, hiding: Hiding, result: Masked) -> Any:
    """Return the rows masked: as lines of JSON they are read as records, each value beside its neighbours."""
    table = _readable(table, hiding, result)
    rows = table.to_pylist()
    lines = [_as_json(row) for row in rows]
    body = b"".join(line + b"\n" for line in lines)
    as_records = replace(hiding, form=Form(FileKind.JSONL, Packing.NONE))
    masked = mask_chunk(Chunk(0, 0, len(body), is_first=True, is_last=True), body, as_records)
    result.rows += len(rows)
    result.sampled += masked.sampled
    result.entities.update(masked.entities)
    result.fields.update(masked.fields)
    changes = _changes(lines, masked.data.split(b"\n")[:-1])
    return _with_changes(table, rows, changes) if changes else table


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


def _plain(value: Any) -> Any:
    """Return what JSON has for a value: a number with a fraction of tens as it is spelled, bytes as text."""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()  # Deep inside a nested column; searched as any text.
    return str(value)


def _changes(before: Sequence[bytes], after: Sequence[bytes]) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """Return the rows that masking changed, as JSON before and after."""
    pairs = enumerate(zip(before, after, strict=True))
    return {at: (orjson.loads(old), orjson.loads(new)) for at, (old, new) in pairs if old != new}


def _with_changes(table: Any, rows: Sequence[dict[str, Any]], changes: dict[int, Any]) -> Any:
    for old, new in changes.values():
        if old.keys() != new.keys():
            message = "the name of a column is personal data itself; rename the column"
            raise Unreadable(message)
    for at, field in enumerate(table.schema):
        name = field.name
        changed = {row: new[name] for row, (old, new) in changes.items() if old[name] != new[name]}
        if changed:
            values = [_typed(changed[row], field) if row in changed else one[name] for row, one in enumerate(rows)]
            table = table.set_column(at, field, _array(values, field, changed))
    return table


def _array(values: list[Any], field: Any, changed: dict[int, Any]) -> Any:
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        # A stand-in that the column's type cannot hold: then nothing stands there.
        empty = _empty(field)
    return pa.array([empty if row in changed else value for row, value in enumerate(values)], type=field.type)


def _typed(value: Any, field: Any) -> Any:
    typed = _converted(value, field.type)
    return _empty(field) if typed is None and value is not None else typed


def _empty(field: Any) -> Any:
    """Return what stands for nothing: NULL, or where a column allows none, the zero of its type."""
    if field.nullable:
        return None
    for is_kind, zero in ((_is_texty, ""), (_holds_bytes, b""), (_is_number, 0), (pa.types.is_boolean, False)):
        if is_kind(field.type):
            return zero
    message = "a column that may not be empty holds what must be hidden, and its type has no stand-in"
    raise Unreadable(message)


def _is_texty(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _converted(value: Any, kind: Any) -> Any:
    """Return a masked JSON value as the column's type has it, or None where it has no such value."""
    if value is None:
        return None
    for is_kind, convert in _CONVERTERS:
        if is_kind(kind):
            return convert(value, kind)
    return None


def _to_list(value: Any, kind: Any) -> Any:
    return [_converted(one, kind.value_type) for one in value] if isinstance(value, list) else None


def _to_struct(value: Any, kind: Any) -> Any:
    if not isinstance(value, dict):
        return None
    inner = [kind.field(at) for at in range(kind.num_fields)]
    return {field.name: _converted(value.get(field.name), field.type) for field in inner}


def _to_map(value: Any, kind: Any) -> Any:
    pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2] if isinstance(value, list) else []  # noqa: PLR2004 - a key and a value.
    return [(_converted(key, kind.key_type), _converted(one, kind.item_type)) for key, one in pairs]


def _to_number(value: Any, kind: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if pa.types.is_decimal(kind):
        return number
    return int(number) if pa.types.is_integer(kind) else float(number)


def _to_moment(read: Callable[[str], Any]) -> Callable[[Any, Any], Any]:
    def convert(value: Any, _: Any) -> Any:
        try:
            return read(value) if isinstance(value, str) else None
        except ValueError:
            return None

    return convert


def _is(*names: str) -> Callable[[Any], bool]:
    return lambda kind: any(getattr(pa.types, f"is_{name}")(kind) for name in names)


_CONVERTERS: tuple[tuple[Callable[[Any], bool], Callable[[Any, Any], Any]], ...] = (
    (_is("string", "large_string", "string_view"), lambda value, _: value if isinstance(value, str) else str(value)),
    (_holds_bytes, lambda value, _: str(value).encode()),
    (_is("boolean"), lambda value, _: value if isinstance(value, bool) else None),
    (_is("integer", "floating", "decimal"), _to_number),
    (_is("date"), _to_moment(date.fromisoformat)),
    (_is("timestamp"), _to_moment(datetime.fromisoformat)),
    (_is("time"), _to_moment(time.fromisoformat)),
    (_is("dictionary"), lambda value, kind: _converted(value, kind.value_type)),
    (_is("list", "large_list", "fixed_size_list"), _to_list),
    (_is("struct"), _to_struct),
    (_is("map"), _to_map),
)
