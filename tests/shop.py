"""A customer's own systems that a story or a test has people forgotten in."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sql
from pytest_django import Settings

from privacy_service.subjects.models import Destination
from tests.services import postgres, temporary_folder
from workspaces.models import Workspace

PEOPLE = """
    CREATE TABLE people (id integer PRIMARY KEY, email text, name text);
    CREATE TABLE orders (id integer PRIMARY KEY, person integer REFERENCES people, ship_to text);
    INSERT INTO people VALUES (1, 'eve@example.com', 'Eve'), (9, 'Dora.Canary@Example.com', 'Dora');
    INSERT INTO orders VALUES (10, 1, 'Eve Street'), (11, 9, 'Dora Road'), (12, 9, 'Dora Road');
"""


@pytest.fixture(scope="session")
def shop_server() -> Iterator[str]:
    """Run a PostgreSQL that is a customer's own, whichever database the service has."""
    with temporary_folder() as folder, postgres(folder) as url:
        yield url


@pytest.fixture
def shop(shop_server: str, settings: Settings) -> Iterator[str]:
    """Return the address of a database with two people and their orders."""
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    engine = sql.create_engine(shop_server.replace("postgresql://", "postgresql+psycopg://"), poolclass=sql.NullPool)
    with engine.begin() as connection:
        connection.execute(sql.text(PEOPLE))
    yield shop_server
    with engine.begin() as connection:
        connection.execute(sql.text("DROP TABLE orders, people"))


def rows_in(url: str, table: str) -> list[tuple[Any, ...]]:
    """Return every row of a table."""
    engine = sql.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sql.NullPool)
    with engine.connect() as connection:
        found = connection.execute(sql.text(f"SELECT * FROM {table} ORDER BY id"))
        return [tuple(row) for row in found]


def make_destination(
    workspace: Workspace, kind: str, options: dict[str, Any], *, slug: str = "", **secrets: str
) -> Destination:
    """Return a system that knows people by user id and e-mail."""
    known = ["user_id", "email"]
    made = Destination(workspace=workspace, slug=slug or kind, kind=kind, options=options, identifiers=known)
    made.keep_secrets(secrets)
    made.save()
    return made
