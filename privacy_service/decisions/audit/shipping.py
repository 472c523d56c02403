"""ship(): moves what was kept into the database, in batches."""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import orjson
from django.db import DataError, IntegrityError, connection, transaction

from privacy_service.decisions.audit.trail import spool
from privacy_service.decisions.spool import whole_lines
from privacy_service.observability import metrics

logger = logging.getLogger(__name__)

_BATCH = 1000


def ship() -> int:
    """Move every waiting record into the database and return how many lines were moved."""
    try:
        shipped = _ship_claimed()
        spool().seal()
        return shipped + _ship_claimed()
    finally:
        metrics.audit_spool_bytes.set(spool().measure())


def _ship_claimed() -> int:
    return sum(_ship_segment(path) for path in spool().claim())


def _ship_segment(path: Path) -> int:
    shipped = 0
    for batch in _batches(_records(path)):
        try:
            _insert(batch)
        except (DataError, IntegrityError):
            _insert_one_by_one(batch, path)
        shipped += len(batch)
    path.unlink(missing_ok=True)
    metrics.audit_shipped.add(amount=shipped)
    return shipped


def _insert_one_by_one(lines: list[bytes], path: Path) -> None:
    """Set aside the lines that the database refuses, so that they hold up no other."""
    for line in lines:
        try:
            _insert([line])
        except (DataError, IntegrityError):
            logger.exception("An audit record was refused by the database and set aside in the spool's folder")
            metrics.audit_refused.add()
            with path.with_suffix(".refused").open("ab") as refused:
                refused.write(line)


def _records(path: Path) -> Iterator[bytes]:
    for line in whole_lines(path):
        try:
            orjson.loads(line)
        except orjson.JSONDecodeError:
            metrics.audit_torn.add()  # Cut short when its process died; its answer had not gone out yet.
        else:
            yield line


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(itertools.islice(lines, _BATCH)):
        yield batch


def _insert(lines: list[bytes]) -> None:
    """Let the database read the lines: through the ORM a row would cost as much as the decision it records.

    An id that is there already was shipped by a process that died before it could delete its segment.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT[connection.vendor], [f"[{b','.join(lines).decode()}]"])


_UUIDS = ("id", "workspace_id", "key_id", "actor_id")
_OTHERS = ("at", "endpoint", "actor_digest", "effect", "reason", "policy_version", "entities")
_COLUMNS = ", ".join((*_UUIDS, *_OTHERS))


def _sqlite_value(column: str) -> str:
    """Return where SQLite finds a column in a line, in the form that Django keeps there."""
    value = f"json_extract(value, '$.{column}')"
    if column in _UUIDS:
        return f"replace({value}, '-', '')"
    return f"replace(replace({value}, 'T', ' '), '+00:00', '')" if column == "at" else value


_INSERT = {
    "postgresql": f"""
        INSERT INTO decisions_decisionrecord ({_COLUMNS}) SELECT {_COLUMNS}
        FROM jsonb_to_recordset(%s::jsonb) AS line (
            id uuid, workspace_id uuid, key_id uuid, actor_id uuid, at timestamptz, endpoint text, actor_digest text,
            effect text, reason text, policy_version int, entities jsonb)
        ON CONFLICT (id) DO NOTHING""",  # noqa: S608 - our own words.
    "sqlite": f"""
        INSERT INTO decisions_decisionrecord ({_COLUMNS})
        SELECT {", ".join(_sqlite_value(column) for column in (*_UUIDS, *_OTHERS))}
        FROM json_each(%s) WHERE true ON CONFLICT (id) DO NOTHING""",  # noqa: S608 - our own words.
}
