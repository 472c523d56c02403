"""How a namespace's topics, states and workers are named on a Redis, and how a record lies in a stream."""

import time
from collections.abc import Sequence

import orjson

from privacy_service.streams.records import Record

Id = bytes | str


class Keys:
    """The names of what a namespace keeps; the braces hold it together in a cluster, as one script needs it."""

    def __init__(self, namespace: str) -> None:
        self._prefix = f"privacy:{{{namespace}}}:"

    def topic(self, name: str) -> bytes:
        """Return where a topic's records lie."""
        return f"{self._prefix}topic:{name}".encode()

    def seen(self, name: str) -> bytes:
        """Return where the ids lie that a topic has had."""
        return f"{self._prefix}seen:{name}".encode()

    def state(self, service: str, function: str) -> bytes:
        """Return where a function's counts lie."""
        return f"{self._prefix}state:{service}/{function}".encode()

    def token(self, service: str, consumer: str) -> bytes:
        """Return where it lies what lets a worker write."""
        return f"{self._prefix}worker:{service}/{consumer}".encode()


def fields_of(record: Record) -> tuple[bytes, ...]:
    """Return the fields of a record's entry."""
    return (b"v", record.value, b"k", record.key) if record.key else (b"v", record.value)


def record_of(entry_id: bytes, fields: Sequence[bytes]) -> Record:
    """Return an entry as a record: what others have added without a `v` is a JSON object of its fields."""
    if fields[0] == b"v":
        key = fields[3] if len(fields) > 2 and fields[2] == b"k" else b""  # noqa: PLR2004 - names and values in turn.
        return Record(fields[1], key, entry_id.decode())
    texts = [field.decode("utf-8", "replace") for field in fields]
    pairs = dict(zip(texts[::2], texts[1::2], strict=True))
    return Record(pairs["v"].encode() if "v" in pairs else orjson.dumps(pairs), b"", entry_id.decode())


def order_of(entry_id: Id) -> tuple[int, int]:
    """Return what ids are ordered by."""
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    milliseconds, _, sequence = text.partition("-")
    return int(milliseconds or 0), int(sequence or 0)


def seconds_since(entry_id: Id) -> float:
    """Return how old an entry is."""
    return max(0.0, time.time() - order_of(entry_id)[0] / 1000)
