"""How connections to the database behave: how long they wait, for whom, and what they keep."""

from collections.abc import Mapping
from typing import Any


def options(
    database: Mapping[str, Any], *, timeout_seconds: int, lock_seconds: int, is_prepared: bool
) -> dict[str, Any]:
    """Return what Django hands to the driver of a database."""
    if database["ENGINE"].endswith("sqlite3"):
        return _of_sqlite(timeout_seconds)
    return {**database.get("OPTIONS", {}), **_of_postgresql(timeout_seconds, lock_seconds, is_prepared=is_prepared)}


def _of_sqlite(timeout_seconds: int) -> dict[str, Any]:
    """Let writers wait for each other instead of failing, and readers never wait."""
    return {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": timeout_seconds,
    }


def _of_postgresql(timeout_seconds: int, lock_seconds: int, *, is_prepared: bool) -> dict[str, Any]:
    """Make a database that hangs an error that is answered, not a reader who waits."""
    return {
        "connect_timeout": timeout_seconds,
        "options": f"-c statement_timeout={timeout_seconds * 1000} -c lock_timeout={lock_seconds * 1000}",
        "tcp_user_timeout": timeout_seconds * 1000,
        "keepalives_idle": timeout_seconds,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        # The database plans a query that recurs once a connection, not once a call: a cold decision in half the time.
        "server_side_binding": is_prepared,
        "prepare_threshold": 3 if is_prepared else None,
    }
