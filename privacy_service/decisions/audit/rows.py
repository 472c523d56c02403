"""Records into rows: the database itself reads the JSON, since through the ORM a row costs more than its decision."""

from django.db import connection

from privacy_service.decisions.audit.canonical import FIELDS

_UUIDS = frozenset({"id", "workspace_id", "actor_id", "key_id"})
_OBJECTS = frozenset({"entities", "detail"})
_TYPES = dict.fromkeys(_UUIDS, "uuid") | dict.fromkeys(_OBJECTS, "jsonb")
_TYPES |= {"at": "timestamptz", "policy_version": "int", "position": "bigint"}
_COLUMNS = (*FIELDS, "position", "previous_hash", "hash")


def insert(lines: list[bytes]) -> None:
    """Add rows; raise IntegrityError where an id or a place is taken, DataError where a value does not fit."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT[connection.vendor], [f"[{b','.join(lines).decode()}]"])


def _or_nothing(column: str, value: str) -> str:
    """Return an expression that gives a field left out of the canonical form its column's empty value."""
    if column in _UUIDS or column == "at":
        return value
    empty = "'{}'" if column in _OBJECTS else "0" if _TYPES.get(column) else "''"
    return f"coalesce({value}, {empty})"


def _sqlite_value(column: str) -> str:
    """Return where SQLite finds a column in a line, in the form that Django keeps there."""
    value = f"json_extract(value, '$.{column}')"
    if column in _UUIDS:
        return f"replace({value}, '-', '')"
    if column == "at":  # Compared as text, so a whole second must be without digits, as Django writes it.
        return f"replace(replace(replace({value}, 'T', ' '), '+00:00', ''), '.000000', '')"
    return value


_INTO = f"INSERT INTO decisions_decisionrecord ({', '.join(_COLUMNS)})"
_INSERT = {
    "postgresql": f"""
        {_INTO} SELECT {", ".join(_or_nothing(column, column) for column in _COLUMNS)}
        FROM jsonb_to_recordset(%s::jsonb) AS line (
            {", ".join(f"{column} {_TYPES.get(column, 'text')}" for column in _COLUMNS)})""",  # noqa: S608 - our own words.
    "sqlite": f"""
        {_INTO} SELECT {", ".join(_or_nothing(column, _sqlite_value(column)) for column in _COLUMNS)}
        FROM json_each(%s)""",  # noqa: S608 - as above.
}
