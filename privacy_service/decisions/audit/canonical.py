"""The one way in which a record is written down before it is hashed, so that anybody can write it down again.

A record is a JSON object after RFC 8785: keys in order, no white space, UTF-8. Ids are in their hyphenated form, times
in UTC with six digits of a second, and a field that holds nothing (null, 0, an empty text or object) is left out:
columns that later versions add leave the hashes of older records as they are. docs/audit.md says it for auditors.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

# What a record says; where it stands in its chain is kept beside it and is no part of what is hashed.
FIELDS = (
    "id",
    "at",
    "kind",
    "workspace_id",
    "actor_id",
    "actor_digest",
    "key_id",
    "endpoint",
    "effect",
    "reason",
    "policy_version",
    "entities",
    "resource_type",
    "resource_id",
    "resource_name",
    "detail",
)
_EMPTY: tuple[object, ...] = (None, 0, "", {})


def canonical(fields: Mapping[str, Any]) -> bytes:
    """Write a record down."""
    return orjson.dumps(
        {name: _written(value) for name, value in fields.items() if value not in _EMPTY}, option=orjson.OPT_SORT_KEYS
    )


def placed(line: bytes, position: int, previous_hash: bytes, its_hash: bytes) -> bytes:
    """Add a record's place to its canonical form."""
    place = (line[:-1], position, previous_hash, its_hash)
    return b'%b,"position":%d,"previous_hash":"%b","hash":"%b"}' % place


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value


def upgraded(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a decision that was spooled before there were chains, in today's form."""
    ids = {name: UUID(fields[name]) for name in ("id", "workspace_id", "actor_id", "key_id") if fields.get(name)}
    return {**fields, **ids, "at": datetime.fromisoformat(fields["at"]).replace(tzinfo=UTC), "kind": "decision"}
