"""Reading a Redis: whom its keys and records name, and what they hold of somebody."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

from privacy_service.subjects.destinations.base import PLACE, Refused
from privacy_service.subjects.events import identifiers_in
from privacy_service.subjects.identifiers import Identifier, Kind

AT_ONCE = 1000


def records_of(store: Any, stream: str) -> Iterator[tuple[bytes, Mapping[bytes, bytes], list[Identifier]]]:
    """Yield the id and the fields of each record of a stream, and whom it is about, in batches: memory stays small."""
    at = b"-"
    while records := store.xrange(stream, min=at, count=AT_ONCE):
        for record_id, fields in records:
            yield record_id, fields, [one for event in _events(fields) for one in identifiers_in(event)]
        at = b"(" + records[-1][0]


def named_by_keys(store: Any, pattern: str, wanted: frozenset[Kind]) -> Iterator[tuple[Identifier, ...]]:
    """Yield whom each key of a pattern names."""
    reader = _reader_of(pattern)
    for key in store.scan_iter(match=PLACE.sub("*", pattern), count=AT_ONCE):
        found = reader.fullmatch(text_of(key))
        named = found.groupdict().items() if found else ()
        if names := tuple(Identifier(Kind(kind), value) for kind, value in named if kind in wanted):
            yield names


def named_by_records(store: Any, stream: str, wanted: frozenset[Kind]) -> Iterator[tuple[Identifier, ...]]:
    """Yield whom each record of a stream is about."""
    for _, _, named in records_of(store, stream):
        if names := tuple(dict.fromkeys(one for one in named if one.kind in wanted)):
            yield names


def held_by_keys(store: Any, keys: Iterable[bytes]) -> Iterator[Mapping[str, object]]:
    """Yield what each key holds."""
    for key in sorted(keys):
        for value in _values(store, key):
            yield {"key": text_of(key), "value": value}


def newest(store: Any, stream: str, rows: int) -> Iterator[Mapping[str, object]]:
    """Yield the newest records of a stream: the document that one is, rather than the field that holds it."""
    for _, fields in store.xrevrange(stream, count=rows):
        yield [event for event in _events(fields) if isinstance(event, dict)][-1]


def some_values(store: Any, pattern: str, rows: int) -> Iterator[Mapping[str, object]]:
    """Yield what lies under some keys of a pattern: hashes and JSON; what else lies under one has no fields."""
    for key in islice(store.scan_iter(match=PLACE.sub("*", pattern), count=AT_ONCE), rows):
        kind = store.type(key)
        if kind == b"hash":
            yield {text_of(name): text_of(value) for name, value in store.hgetall(key).items()}
        elif kind == b"string" and (value := store.get(key)) is not None:
            yield from [event for event in _events({b"value": value}) if isinstance(event, dict)][1:]


def as_record(record_id: bytes, fields: Mapping[bytes, bytes]) -> Mapping[str, object]:
    """Return a record of a stream as it is handed out."""
    return {"id": text_of(record_id), **{text_of(name): text_of(value) for name, value in fields.items()}}


def text_of(value: bytes) -> str:
    """Return bytes of a Redis as text."""
    return value.decode(errors="replace")


def _events(fields: Mapping[bytes, bytes]) -> Iterator[Any]:
    """Yield what a record says: its fields as one event, and each field that is JSON as another."""
    yield {text_of(name): text_of(value) for name, value in fields.items()}
    for value in fields.values():
        if value[:1] == b"{":
            try:
                yield orjson.loads(value)
            except orjson.JSONDecodeError:
                continue


def _reader_of(pattern: str) -> re.Pattern[str]:
    """Return what reads the identifiers out of a key: a place ends where the letter after it comes first."""
    written, end = "", 0
    for place in PLACE.finditer(pattern):
        written += _glob_as_regex(pattern[end : place.start()])
        written += f"(?P={place[1]})" if f"(?P<{place[1]}>" in written else f"(?P<{place[1]}>.+?)"
        end = place.end()
    return re.compile(written + _glob_as_regex(pattern[end:]), re.DOTALL)


def _glob_as_regex(glob: str) -> str:
    return re.escape(glob).replace(r"\*", ".*").replace(r"\?", ".")


def _values(store: Any, key: bytes) -> Iterator[object]:
    """Yield what a key holds: whole where it is a text, else piece by piece."""
    kind = text_of(store.type(key))
    if kind == "string":
        value = store.get(key)
        yield from () if value is None else (text_of(value),)
    elif kind == "hash":
        yield from ({text_of(name): text_of(value)} for name, value in store.hscan_iter(key, count=AT_ONCE))
    elif kind == "set":
        yield from (text_of(value) for value in store.sscan_iter(key, count=AT_ONCE))
    elif kind == "zset":
        yield from ({text_of(value): score} for value, score in store.zscan_iter(key, count=AT_ONCE))
    elif kind == "list":
        yield from _elements(store, key)
    elif kind == "stream":
        yield from (as_record(record_id, fields) for record_id, fields, _ in records_of(store, text_of(key)))
    elif kind != "none":  # It was deleted meanwhile.
        message = f"A key holds a {kind}, which cannot be handed out."
        raise Refused(message)


def _elements(store: Any, key: bytes) -> Iterator[str]:
    start = 0
    while part := store.lrange(key, start, start + AT_ONCE - 1):
        yield from map(text_of, part)
        start += len(part)
