"""A record of a topic as its reader may see it: one JSON object on one line."""

from collections import Counter
from typing import Any

import orjson

from classifier import PayloadKind
from privacy_service.enforcement.enforce import Enforced, Payload, count_leak, enforce
from privacy_service.exceptions import BodyTooDeep, InvalidBody, LeakBlocked
from privacy_service.streams.functions.mask import kinds_of
from privacy_service.streams.records import Record
from privacy_service.streams.topics.visits import Visit

Counts = Counter[str]
_BREAKS = bytes.maketrans(b"\r\n", b"  ")  # In JSON they stand between values alone.


def shown(record: Record, visit: Visit, counts: Counts) -> bytes:
    """Return a record with its id; what cannot be read as the reader may see it is withheld."""
    try:
        key = _key(record.key, visit, counts) if record.key else None
        value = _value(record.value, visit, counts)
    except (InvalidBody, BodyTooDeep, UnicodeDecodeError):
        return _object({"id": record.id, "withheld": "it cannot be read as UTF-8 text or JSON"})
    except LeakBlocked as error:
        count_leak(error)
        return _object({"id": record.id, "withheld": "its masked copy still showed something"})
    members: dict[str, Any] = {"id": record.id} if key is None else {"id": record.id, "key": key}
    return _object({**members, "value": value})


def _object(members: dict[str, Any]) -> bytes:
    return orjson.dumps(members)


def _key(key: bytes, visit: Visit, counts: Counts) -> str:
    return _enforced(key, PayloadKind.TEXT, visit, counts).decode()


def _value(value: bytes, visit: Visit, counts: Counts) -> str | orjson.Fragment:
    """Return JSON as it is written, all else as a text."""
    for kind in kinds_of(value):
        try:
            body = _enforced(value, kind, visit, counts)
        except InvalidBody:
            continue
        return orjson.Fragment(body.translate(_BREAKS)) if _is_json(body) else body.decode()
    return _enforced(value, PayloadKind.TEXT, visit, counts).decode()


def _enforced(body: bytes, kind: PayloadKind, visit: Visit, counts: Counts) -> bytes:
    enforced = enforce(visit.decision, Payload(kind, body)) if visit.is_masked else Enforced(body)
    counts.update(enforced.entities)
    return enforced.body


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True
