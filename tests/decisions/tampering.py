"""Getting at the trail past the ORM and past the triggers, as an administrator of the database could."""

from typing import Any

from django.db import connection

from privacy_service.decisions.audit import guard


def sql(statement: str, *values: Any) -> None:
    """Run a statement as it is."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def tamper(statement: str, *values: Any) -> None:
    """Run a statement with the triggers out of the way."""
    guard.lift(connection)
    sql(statement, *values)
    guard.install(connection)
