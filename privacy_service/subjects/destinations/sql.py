"""Tables of a database: rows are deleted, or columns of them cleared, table by table in one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, NoSuchTableError, SQLAlchemyError

from privacy_service.subjects.destinations.base import (
    CONNECT_SECONDS,
    DestinationKind,
    Done,
    Options,
    OptionsRefused,
    Refused,
    Secrets,
    Subject,
    TryAgain,
    address_of,
    object_of,
    text_of,
)
from privacy_service.subjects.destinations.keeping import Kept
from privacy_service.subjects.identifiers import Identifier, Kind

_TABLE_OPTIONS = ("name", "schema", "match", "clear")
_POSTGRES = "postgresql+psycopg"
_PORT = 5432
_STATEMENT_MILLISECONDS = 60_000
_ROWS_AT_ONCE = 1000
_DIGITS = 19  # Of the largest number that any column of integers holds.
_INTEGER = 2**31 - 1
_LARGEST: Mapping[type[sql.Integer], int] = {sql.SmallInteger: 2**15 - 1, sql.BigInteger: 2**63 - 1}


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is done in one table: the column of each kind of identifier, and which columns are cleared to what."""

    name: str
    schema: str | None
    match: Mapping[Kind, str]
    clear: Mapping[str, str | None]

    @property
    def label(self) -> str:
        """Return the table's name with its schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


class SqlTables:
    """A set of tables; names of tables and columns are compared with those there are, so that none is ever SQL."""

    def __init__(self, options: Options, secrets: Secrets) -> None:
        known = object_of(options, "options", ("tables",))
        tables = known.get("tables")
        if not isinstance(tables, list) or not tables:
            raise OptionsRefused(option="tables", advice="list the tables, those that point to others first.")
        self._rules = [_rule(table, f"tables[{place}]") for place, table in enumerate(tables)]
        self._url = _url(secrets.get("url", ""))

    def find(self, subject: Subject) -> Mapping[str, int]:
        """Count the rows."""
        with self._connected() as (connection, tables):
            return {rule.label: _count(connection, tables.of(connection, rule), rule, subject) for rule in self._rules}

    def delete(self, subject: Subject) -> Done:
        """Delete or clear them, and see that none is left."""
        counts: dict[str, int] = {}
        with self._connected() as (connection, tables):
            for rule in self._rules:
                table = tables.of(connection, rule)
                counts[rule.label] = _forget(connection, table, rule, subject)
                if not rule.clear and _count(connection, table, rule, subject):
                    message = f"Rows of {rule.label} came back while they were deleted: a trigger?"
                    raise Refused(message)
        return Done(counts=counts)

    def people(self, kinds: Iterable[Kind]) -> Iterator[tuple[Identifier, ...]]:
        """Yield whom each row names."""
        wanted = frozenset(kinds)
        with self._connected() as (connection, tables):
            for rule in self._rules:
                columns = {kind: column for kind, column in rule.match.items() if kind in wanted}
                if columns:
                    yield from _people(connection, tables.of(connection, rule), columns)

    def export(self, subject: Subject) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield the rows."""
        with self._connected() as (connection, tables):
            for rule in self._rules:
                table = tables.of(connection, rule)
                for row in _streamed(connection, sql.select(table).where(_where(table, rule, subject))):
                    yield rule.label, dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it.

    def sample(self, rows: int) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield the first rows of each table."""
        for rule in self._rules:
            with self._connected() as (connection, tables):
                found = connection.execute(sql.select(tables.of(connection, rule)).limit(rows)).mappings().all()
            yield from ((rule.label, dict(row)) for row in found)

    @contextmanager
    def _connected(self) -> Iterator[tuple[Connection, "_Reached"]]:
        try:
            with (
                _reached.held(self._url, lambda: _Reached(_target(self._url))) as reached,
                reached.engine.begin() as connection,
            ):
                yield connection, reached
        except IntegrityError:
            # The statement's own words hold the values; the name of a table is ours.
            message = "A foreign key still points to rows: list the tables that point to others first."
            raise Refused(message) from None
        except DataError:
            message = "A column cannot hold such a name, or what it is cleared to: look at match and clear."
            raise Refused(message) from None
        except NoSuchTableError as error:
            message = f"There is no table {error}."
            raise Refused(message) from None
        except SQLAlchemyError:
            message = "The database cannot be reached, or broke off."
            raise TryAgain(message) from None


class _Reached:
    """A database as it is kept for some seconds: its connections, and the columns of the tables that were asked."""

    def __init__(self, target: URL) -> None:
        self.engine = sql.create_engine(target, pool_size=1, max_overflow=-1, pool_pre_ping=True)
        self._tables: dict[tuple[str | None, str], sql.Table] = {}

    def of(self, connection: Connection, rule: _Rule) -> sql.Table:
        """Return a table, with every column of the rule; raise Refused or NoSuchTableError."""
        key = (rule.schema, rule.name)
        table = self._tables.get(key)
        if table is None:
            table = sql.Table(rule.name, sql.MetaData(), schema=rule.schema, autoload_with=connection)
            self._tables[key] = table
        for column in (*rule.match.values(), *rule.clear):
            if column not in table.columns:
                message = f"{rule.label} has no column {column}."
                raise Refused(message)
        return table

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()


_reached: Kept[_Reached] = Kept(_Reached.close)


def _rule(table: Any, option: str) -> _Rule:
    told = object_of(table, option, _TABLE_OPTIONS)
    match = object_of(told.get("match"), f"{option}.match", Kind)
    if not match:
        raise OptionsRefused(
            option=f"{option}.match", advice='say which column holds which identifier, as {"email": "email"}.'
        )
    clear = told.get("clear", {})
    if not isinstance(clear, dict) or not all(value is None or isinstance(value, str) for value in clear.values()):
        raise OptionsRefused(option=f"{option}.clear", advice='give each column null or a text, as {"email": null}.')
    return _Rule(
        text_of(told.get("name"), f"{option}.name"),
        text_of(told["schema"], f"{option}.schema") if told.get("schema") else None,
        {Kind(kind): text_of(column, f"{option}.match.{kind}") for kind, column in match.items()},
        clear,
    )


def _url(written: str) -> URL:
    try:
        url = make_url(written)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in {"postgresql", "postgres", _POSTGRES} or not (url.host or _socket_of(url)):
        raise OptionsRefused(option="url", advice="write postgresql://user:password@host:5432/database.")
    return url.set(drivername=_POSTGRES)


def _socket_of(url: URL) -> str:
    """Return the folder of a socket on this machine, as `postgresql:///database?host=/run/postgresql` names one."""
    folder = url.query.get("host", "")
    return folder if isinstance(folder, str) and folder.startswith("/") else ""


def _target(url: URL) -> URL:
    """Return where to connect to: the address that was checked, under the name that its certificate has."""
    limits = {
        "connect_timeout": str(int(CONNECT_SECONDS)),
        "options": f"-c statement_timeout={_STATEMENT_MILLISECONDS}",
    }
    if _socket_of(url):
        address_of("127.0.0.1", _PORT)  # A socket leads to this machine.
        return url.update_query_dict(limits)
    address = address_of(url.host or "", url.port or _PORT)
    return url.update_query_dict(limits | {"hostaddr": address})


def _where(table: sql.Table, rule: _Rule, subject: Subject) -> sql.ColumnElement[bool]:
    named = [
        condition
        for kind, name in rule.match.items()
        for value in subject.values(kind)
        if (condition := _is(table.columns[name], kind, value)) is not None
    ]
    return sql.or_(sql.false(), *named)


def _is(column: sql.Column[Any], kind: Kind, value: str) -> sql.ColumnElement[bool] | None:
    """Return that a column holds an identifier; a number's column holds no other text than one of digits."""
    if isinstance(column.type, sql.String):
        return sql.func.lower(column) == value.strip().lower() if kind is Kind.EMAIL else column == value
    if isinstance(column.type, sql.Integer):
        return column == int(value) if _fits(value, column.type) else None
    return sql.cast(column, sql.String) == value


def _fits(value: str, column: sql.Integer) -> bool:
    """Say whether a text is a number that such a column can hold; a larger one would be an error of the database."""
    largest = next((most for kind, most in _LARGEST.items() if isinstance(column, kind)), _INTEGER)
    return value.isascii() and value.isdigit() and len(value) <= _DIGITS and int(value) <= largest


def _count(connection: Connection, table: sql.Table, rule: _Rule, subject: Subject) -> int:
    where = _where(table, rule, subject)
    return connection.execute(sql.select(sql.func.count()).select_from(table).where(where)).scalar_one()


def _people(connection: Connection, table: sql.Table, columns: Mapping[Kind, str]) -> Iterator[tuple[Identifier, ...]]:
    before: tuple[Any, ...] = ()
    for row in _streamed(connection, sql.select(*(table.columns[column] for column in columns.values()))):
        values = tuple(row)
        if values != before:  # Orders of one person often lie one after the other.
            named = zip(columns, values, strict=True)
            yield tuple(Identifier(kind, str(value)) for kind, value in named if value is not None and str(value))
        before = values


def _streamed(connection: Connection, query: sql.Select[Any]) -> Iterator[sql.Row[Any]]:
    """Yield the rows through a cursor of the server: no table has to fit into memory."""
    yield from connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)


def _forget(connection: Connection, table: sql.Table, rule: _Rule, subject: Subject) -> int:
    where = _where(table, rule, subject)
    statement = sql.update(table).where(where).values(**rule.clear) if rule.clear else sql.delete(table).where(where)
    return connection.execute(statement).rowcount


SQL = DestinationKind("sql", "Tables of a PostgreSQL database", SqlTables, secrets=("url",))
