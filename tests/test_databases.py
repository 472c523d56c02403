"""What the driver of a database is told."""

from privacy_service import databases

LIMITS = {"timeout_seconds": 5, "lock_seconds": 2}


def test_sqlite_waits_for_other_writers_and_takes_nothing_from_its_address() -> None:
    told = databases.options({"ENGINE": "django.db.backends.sqlite3"}, **LIMITS, is_prepared=True)

    assert told == {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
    }


def test_postgresql_answers_or_fails_in_time_and_keeps_what_its_address_asks_for() -> None:
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"sslmode": "verify-full", "connect_timeout": 900},
    }
    told = databases.options(database, **LIMITS, is_prepared=False)

    assert told == {
        "sslmode": "verify-full",
        "connect_timeout": 5,
        "options": "-c statement_timeout=5000 -c lock_timeout=2000",
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "server_side_binding": False,
        "prepare_threshold": None,
    }
