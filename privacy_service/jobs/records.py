"""Rows of typed values masked as records: each value beside its neighbours, and what is hidden in the type it had."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import orjson

from privacy_service.jobs.chunks import Chunk, Hiding, Masked, OnError
from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.kinds import FileKind, Form, Packing
from privacy_service.jobs.masking import mask_chunk

Row = Mapping[str, Any]


def masked_rows(rows: Sequence[Row], hiding: Hiding, result: Masked) -> dict[int, dict[str, Any]]:
    """Return for each row in which anything is hidden the values that stand there instead; count in the result."""
    lines = [as_json(row) for row in rows]
    body = b"".join(line + b"\n" for line in lines)
    as_records = replace(hiding, form=Form(FileKind.JSONL, Packing.NONE))
    masked = mask_chunk(Chunk(0, 0, len(body), is_first=True, is_last=True), body, as_records)
    result.rows += len(rows)
    result.sampled += masked.sampled
    result.entities.update(masked.entities)
    result.fields.update(masked.fields)
    pairs = enumerate(zip(lines, masked.data.split(b"\n"), strict=False))
    return {at: _changed(rows[at], old, new) for at, (old, new) in pairs if old != new}


def readable_rows(rows: Sequence[Row], on_error: OnError) -> list[Row]:
    """Return the rows without bytes that are no text: nobody can say what stands in them; or raise Unreadable."""
    found = [{name for name, value in row.items() if isinstance(value, bytes) and not _is_text(value)} for row in rows]
    if on_error is OnError.STOP and (names := sorted(set().union(*found))):
        message = f"the column {names[0]} holds bytes that are no text; --on-error text empties such values"
        raise Unreadable(message)
    return [{**row, **dict.fromkeys(names)} if names else row for row, names in zip(rows, found, strict=True)]


def _is_text(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def as_json(row: Row) -> bytes:
    """Return a row as a line of JSON."""
    return orjson.dumps(dict(row), default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    """Return what JSON has for a value: a number is searched as one, bytes as the text they are."""
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() and abs(value) < 1 << 63 else float(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    return str(value)


def _changed(row: Row, before: bytes, after: bytes) -> dict[str, Any]:
    old, new = orjson.loads(before), orjson.loads(after)
    if old.keys() != new.keys():
        message = "the name of a column is personal data itself; rename the column"
        raise Unreadable(message)
    return {name: retyped(new[name], row[name]) for name in row if old[name] != new[name]}


def retyped(new: Any, old: Any) -> Any:
    """Return what stands for a value, in the type of that value, or None where that type cannot hold it."""
    if new is None or old is None:
        return new
    return next((convert(new, old) for kind, convert in _CONVERTERS if isinstance(old, kind)), None)


def _to_bytes(new: Any, _: bytes) -> bytes:
    return str(new).encode()


def _to_number(new: Any, old: Any) -> Any:
    if isinstance(new, bool) or not isinstance(new, int | float | str):
        return None
    try:
        number = Decimal(str(new))
    except InvalidOperation:
        return None
    return type(old)(number) if number.is_finite() else None


def _to_moment(new: Any, old: Any) -> Any:
    try:
        return type(old).fromisoformat(new) if isinstance(new, str) else None
    except ValueError:
        return None


def _to_uuid(new: Any, _: UUID) -> UUID | None:
    try:
        return UUID(new) if isinstance(new, str) else None
    except ValueError:
        return None


def _to_dict(new: Any, old: dict[Any, Any]) -> Any:
    if not isinstance(new, dict):
        return None
    return {name: retyped(value, old[name]) if name in old else value for name, value in new.items()}


def _to_list(new: Any, old: Sequence[Any]) -> Any:
    if not isinstance(new, list) or len(new) != len(old):
        return None
    return type(old)(retyped(one, was) for one, was in zip(new, old, strict=True))  # type: ignore[call-arg]


# A truth is a number to Python, and a moment a date: the narrow ones come first.
_CONVERTERS: tuple[tuple[type | tuple[type, ...], Callable[[Any, Any], Any]], ...] = (
    (str, lambda new, _: new if isinstance(new, str) else str(new)),
    (bool, lambda new, _: new if isinstance(new, bool) else None),
    ((int, float, Decimal), _to_number),
    ((datetime, date, time), _to_moment),
    (UUID, _to_uuid),
    ((bytes, memoryview), _to_bytes),
    (dict, _to_dict),
    ((list, tuple), _to_list),
)
