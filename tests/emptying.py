"""How tables are emptied after a test that has committed: those alone that hold rows, and not what migrating left.

Django's own way truncates each table and makes every content type and permission anew: a second for each such test on
PostgreSQL, where this takes some milliseconds.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase

from privacy_service.decisions.audit import guard

_STAYS = {"django_migrations", "django_content_type", "auth_permission"}
_GUARDED = {guard.RECORDS, guard.CHAINS}


def install() -> None:
    """Let Django empty tables in this way."""
    TransactionTestCase._fixture_teardown = lambda _: empty()  # type: ignore[attr-defined]


def empty() -> None:
    """Empty every table that holds rows; the guard of the trail is lifted meanwhile."""
    tables = _filled()
    with transaction.atomic():
        if is_guarded := bool(_GUARDED & set(tables)):
            guard.lift(connection)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # A replica is refused by no trigger.
                cursor.execute("SET LOCAL session_replication_role = replica")
            for table in tables:  # In any order: SQLite looks at references when the transaction ends.
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        if is_guarded:
            guard.install(connection)


def _filled() -> list[str]:
    quoted = {table: connection.ops.quote_name(table) for table in _tables()}
    questions = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name})" for table, name in quoted.items())
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(questions))
        return [table for (table,) in cursor.fetchall()]


def _tables() -> list[str]:
    return sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - _STAYS)
