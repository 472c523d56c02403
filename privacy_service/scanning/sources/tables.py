"""Tables of a database: some rows of each, read in a transaction that cannot write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from privacy_service.scanning.sources.base import Sample, ScanRefused, sample_of

DIALECTS = frozenset({"postgresql", "postgres", "sqlite", "mysql", "mariadb", "mssql", "oracle"})
_SYSTEM = frozenset({"information_schema", "performance_schema", "mysql", "sys"})
_STATEMENT_MILLISECONDS = 60_000
_MANY = 20  # Of a table with so many times more rows than are wanted, blocks from all over it are read.
_ENOUGH = 0.5


class Tables:
    """The tables of a database, or of one of its schemas."""

    def __init__(self, written: str, schema: str | None = None) -> None:
        self._url = _url(written)
        self._schema = schema
        try:
            self._engine = sa.create_engine(self._url, hide_parameters=True, poolclass=sa.NullPool)
        except (SQLAlchemyError, ImportError) as error:
            kind = type(error).__name__
        else:
            return
        message = (
            f"The database address cannot be used ({kind}): dialect+driver://user@host/name, the driver installed."
        )
        raise ScanRefused(message)

    @property
    def address(self) -> str:
        """Return the database's address, without user and options."""
        url = self._url
        bare = URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database)
        return bare.render_as_string()

    @property
    def name(self) -> str:
        """Return the name of the database."""
        return (self._url.database or "").rpartition("/")[2]

    def places(self) -> list[str]:
        """Return the tables, each with its schema where there are several."""
        with self._reading() as connection:
            inspector = sa.inspect(connection)
            schemas = [self._schema] if self._schema else [*filter(_is_own, inspector.get_schema_names())]
            return [f"{schema}.{table}" for schema in schemas for table in sorted(inspector.get_table_names(schema))]

    def sample(self, place: str, rows: int) -> Sample:
        """Return rows from all over a large table, or the first ones."""
        schema, _, name = place.partition(".")
        with self._reading() as connection:
            table = sa.Table(name, sa.MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)
            found: Sequence[sa.RowMapping] = _scattered(connection, table, rows)
            if len(found) < rows * _ENOUGH:
                found = connection.execute(sa.select(table).limit(rows)).mappings().all()
            return sample_of([dict(row) for row in found], declared=table.columns.keys())

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.text("SET TRANSACTION READ ONLY"))
                    connection.execute(sa.text(f"SET LOCAL statement_timeout = {_STATEMENT_MILLISECONDS}"))
                yield connection
                connection.rollback()
        except SQLAlchemyError as error:
            # What a driver says may quote a row.
            kind = type(getattr(error, "orig", None) or error).__name__
        else:
            return
        message = f"The database cannot be reached, or refused ({kind}): may this user read the table?"
        raise ScanRefused(message)


def _scattered(connection: Connection, table: sa.Table, rows: int) -> Sequence[sa.RowMapping]:
    """Return rows of blocks from all over a large table of PostgreSQL; none of a small one, or elsewhere."""
    if connection.dialect.name != "postgresql":
        return []
    words = sa.text("SELECT reltuples FROM pg_class WHERE oid = CAST(:name AS regclass)")
    quoted = connection.dialect.identifier_preparer.format_table(table)
    estimated = connection.execute(words, {"name": quoted}).scalar() or 0
    if estimated < rows * _MANY:
        return []
    percent = min(100.0, 200.0 * rows / estimated)
    blocks = sa.select(sa.tablesample(table, sa.func.system(percent))).limit(rows)
    return connection.execute(blocks).mappings().all()


def is_database(written: str) -> bool:
    """Say whether an address is one of a database."""
    return written.partition("://")[0].partition("+")[0] in DIALECTS and "://" in written


def _url(written: str) -> URL:
    try:
        url = make_url(written)
    except ArgumentError:
        pass
    else:
        return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgres", "postgresql"} else url
    message = "This is no address of a database: write dialect+driver://user:password@host/name."
    raise ScanRefused(message)


def _is_own(schema: str) -> bool:
    return schema not in _SYSTEM and not schema.startswith("pg_")
