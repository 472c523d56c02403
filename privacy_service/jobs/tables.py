"""A table of SQL copied masked into another database or schema, in the order of its key, and gone on with."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from privacy_service.jobs.chunks import Hiding, Masked
from privacy_service.jobs.errors import JobRefused
from privacy_service.jobs.manifest import PolicyUsed
from privacy_service.jobs.records import masked_rows, readable_rows
from privacy_service.jobs.sealing import opened, sealed

STATE_TABLE = "privacy_service_copies"
BATCH_ROWS = 1000

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Copy:
    """What to copy: from which table, to where, and how it is hidden."""

    source_url: str
    table: str
    out_url: str
    hiding: Hiding
    policy: PolicyUsed
    schema: str | None = None
    out_schema: str | None = None
    out_table: str = ""
    columns: tuple[str, ...] = ()
    goes_on: bool = False
    restarts: bool = False
    batch_rows: int = BATCH_ROWS

    @property
    def name(self) -> str:
        """Return what tells this copy from others in the same database; no password is in it."""
        source = sa.engine.make_url(self.source_url).render_as_string(hide_password=True)
        parts = (source, self.schema, self.table, self.out_schema, self.out_table or self.table)
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


@dataclass(slots=True)
class Copied:
    """How far a copy has come."""

    rows: int = 0
    entities: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)  # "path kind", in a sample of each batch.
    is_done: bool = False


def copy_table(copy: Copy, told: Told = lambda *_: None) -> Copied:
    """Copy a table masked; rows and how far they reach are written in one transaction. Raise JobRefused."""
    source, out = _engine(copy.source_url), _engine(copy.out_url)
    try:
        return _Copying(copy, source, out, told).run()
    except SQLAlchemyError as error:
        # What a driver says may quote a row.
        kind = type(getattr(error, "orig", None) or error).__name__
    finally:
        source.dispose()
        out.dispose()
    message = f"The database refused ({kind}). What is copied stays; --resume goes on once that is mended."
    raise JobRefused(message)


def _engine(url: str) -> "sa.Engine":
    try:
        return sa.create_engine(url, hide_parameters=True)
    except (SQLAlchemyError, ImportError) as error:
        kind = type(error).__name__
    message = f"A database address cannot be used ({kind}): dialect+driver://user@host/name, the driver installed."
    raise JobRefused(message)


class _Copying:
    """One copy under way."""

    def __init__(self, copy: Copy, source: "sa.Engine", out: "sa.Engine", told: Told) -> None:
        self._copy, self._source, self._out, self._told = copy, source, out, told
        self._from = _reflected(source, copy.table, copy.schema)
        self._columns = _columns(self._from, copy.columns)
        self._keys = _keys(self._from)
        self._state = _state_table(copy.out_schema)
        self._copied = Copied()
        self._position: list[Any] | None = None
        self._plan = {"policy": copy.policy.fingerprint, "tier": str(copy.hiding.tier), "columns": self._names()}

    def run(self) -> Copied:
        with self._source.connect() as reading:
            total = reading.execute(sa.select(sa.func.count()).select_from(self._from)).scalar_one()
        self._to = self._prepared()
        while not self._copied.is_done:
            self._step()
            self._told(self._copied.rows, total)
        return self._copied

    def _names(self) -> list[str]:
        return [column.name for column in self._columns]

    def _prepared(self) -> "sa.Table":
        """Return the table that is written, made where it is missing; take up what an earlier run has left."""
        name = self._copy.out_table or self._copy.table
        inspector = sa.inspect(self._out)
        if not inspector.has_table(name, self._copy.out_schema):
            _like(self._columns, self._keys, name, self._copy.out_schema).create(self._out)
        to = _reflected(self._out, name, self._copy.out_schema)
        if self._is_same(to):
            message = "The copy would be written over the table that is read: name another --into, schema or database."
            raise JobRefused(message)
        if missing := sorted(set(self._names()) - set(to.columns.keys())):
            message = f"The table {name} is there already and lacks columns: {', '.join(missing)}."
            raise JobRefused(message)
        self._state.create(self._out, checkfirst=True)
        with self._out.begin() as writing:
            self._take_up(writing, to)
        return to

    def _is_same(self, to: "sa.Table") -> bool:
        here = (self._source.url.set(password=None), self._from.schema, self._from.name)
        return here == (self._out.url.set(password=None), to.schema, to.name)

    def _take_up(self, writing: "sa.Connection", to: "sa.Table") -> None:
        state = writing.execute(sa.select(self._state).where(self._state.c.copy == self._copy.name)).first()
        if state is not None and self._copy.restarts:
            writing.execute(sa.delete(to))
            writing.execute(sa.delete(self._state).where(self._state.c.copy == self._copy.name))
            state = None
        if state is None:
            self._begin(writing, to)
            return
        self._check_may_go_on(orjson.loads(state.plan), is_done=state.is_done)
        stored = orjson.loads(state.counts)
        self._copied = Copied(state.rows, stored["entities"], stored["found"])
        self._position = _read_key(opened(state.position)) if state.position else None

    def _begin(self, writing: "sa.Connection", to: "sa.Table") -> None:
        if writing.execute(sa.select(sa.literal(1)).select_from(to).limit(1)).first():
            message = f"The table {to.name} is there already and has rows. Empty it, or name another --into."
            raise JobRefused(message)
        first = {"copy": self._copy.name, "plan": orjson.dumps(self._plan).decode(), "position": "", **self._counts()}
        writing.execute(sa.insert(self._state).values(**first))

    def _check_may_go_on(self, plan: Mapping[str, Any], *, is_done: bool) -> None:
        if is_done:
            message = "This table has been copied already. Copy it anew with --restart, which empties the copy first."
        elif not self._copy.goes_on:
            message = "A copy of this table was broken off: go on with --resume, or begin anew with --restart."
        elif plan != self._plan:
            message = "The policy, the tier or the columns have changed since the copy was broken off. Use --restart."
        else:
            return
        raise JobRefused(message)

    def _step(self) -> None:
        """Copy one batch, and write down how far it reaches, both or neither."""
        rows = readable_rows(self._read(), self._copy.hiding.on_error)
        result = Masked(b"")
        hidden = masked_rows(rows, self._copy.hiding, result) if rows else {}
        self._count(result, is_done=len(rows) < self._copy.batch_rows)
        written = [{**row, **self._fitting(hidden.get(at, {}))} for at, row in enumerate(rows)]
        if rows:
            self._position = [rows[-1][key.name] for key in self._keys]
        with self._out.begin() as writing:
            if written:
                self._insert(writing, written)
            values = {"position": sealed(_written_key(self._position)) if self._position else "", **self._counts()}
            writing.execute(sa.update(self._state).where(self._state.c.copy == self._copy.name).values(**values))

    def _read(self) -> list[dict[str, Any]]:
        query = sa.select(*self._columns).order_by(*self._keys).limit(self._copy.batch_rows)
        if self._position is not None:
            query = query.where(_beyond(self._keys, self._position))
        with self._source.connect() as reading:
            return [dict(row) for row in reading.execute(query).mappings()]

    def _insert(self, writing: "sa.Connection", rows: Sequence[Mapping[str, Any]]) -> None:
        try:
            writing.execute(sa.insert(self._to), rows)
        except sa.exc.IntegrityError:
            keys = ", ".join(key.name for key in self._keys)
        else:
            return
        message = (
            f"Masked rows do not fit the table: a column that must be unique or filled is not. Where the key ({keys}) "
            "is personal itself, hide its kind with the operator token or hash, which keep values apart."
        )
        raise JobRefused(message)

    def _fitting(self, hidden: dict[str, Any]) -> dict[str, Any]:
        """Cut stand-ins to the length that their column allows."""
        return {name: _cut(value, self._to.columns[name].type) for name, value in hidden.items()}

    def _count(self, result: Masked, *, is_done: bool) -> None:
        self._copied.rows += result.rows
        self._copied.is_done = is_done
        for counts, new in (
            (self._copied.entities, result.entities.items()),
            (self._copied.found, ((f"{path} {entity}", count) for (path, entity), count in result.fields.items())),
        ):
            for name, count in new:
                counts[name] = counts.get(name, 0) + count

    def _counts(self) -> dict[str, Any]:
        counts = {"entities": self._copied.entities, "found": self._copied.found}
        return {
            "rows": self._copied.rows,
            "counts": orjson.dumps(counts).decode(),
            "is_done": self._copied.is_done,
        }


def _reflected(engine: "sa.Engine", name: str, schema: str | None) -> "sa.Table":
    try:
        return sa.Table(name, sa.MetaData(), schema=schema, autoload_with=engine, resolve_fks=False)
    except sa.exc.NoSuchTableError:
        pass
    message = f"There is no table {name}{f' in {schema}' if schema else ''}."
    raise JobRefused(message)


def _columns(table: "sa.Table", wanted: Sequence[str]) -> "list[sa.Column[Any]]":
    if unknown := sorted(set(wanted) - set(table.columns.keys())):
        message = f"The table has no column {', '.join(unknown)}; it has {', '.join(table.columns.keys())}."
        raise JobRefused(message)
    keys = {key.name for key in table.primary_key}
    return [column for column in table.columns if not wanted or column.name in wanted or column.name in keys]


def _keys(table: "sa.Table") -> "list[sa.Column[Any]]":
    keys = list(table.primary_key.columns)
    if not keys:
        message = f"The table {table.name} has no primary key, so its rows have no order to be copied in."
        raise JobRefused(message)
    return keys


def _like(
    columns: "Sequence[sa.Column[Any]]", keys: "Sequence[sa.Column[Any]]", name: str, schema: str | None
) -> "sa.Table":
    """Return a table of the same columns and key: what is hidden may leave any other column empty."""
    names = {key.name for key in keys}
    made = [
        sa.Column(
            column.name,
            column.type.as_generic(allow_nulltype=True),
            primary_key=column.name in names,
            nullable=column.name not in names,
            autoincrement=False,
        )
        for column in columns
    ]
    return sa.Table(name, sa.MetaData(), *made, schema=schema)


def _state_table(schema: str | None) -> "sa.Table":
    return sa.Table(
        STATE_TABLE,
        sa.MetaData(),
        sa.Column("copy", sa.String(64), primary_key=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("position", sa.Text, nullable=False),  # Sealed: the key of a row may be a person's name.
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("is_done", sa.Boolean, nullable=False),
        schema=schema,
    )


def _beyond(keys: "Sequence[sa.Column[Any]]", position: Sequence[Any]) -> "sa.ColumnElement[bool]":
    """Return what holds for rows after this one, by several columns where the key has several."""
    alternatives = []
    for at, key in enumerate(keys):
        same = [before == value for before, value in zip(keys[:at], position[:at], strict=True)]
        alternatives.append(sa.and_(*same, key > position[at]))
    # Said once more by the first column alone, for which there is an index to use.
    return sa.and_(keys[0] >= position[0], sa.or_(*alternatives))


def _cut(value: Any, kind: Any) -> Any:
    length = getattr(kind, "length", None)
    return value[:length] if isinstance(value, str) and length else value


def _written_key(values: Sequence[Any]) -> bytes:
    return orjson.dumps([_typed(value) for value in values])


def _typed(value: Any) -> list[Any]:
    kind = type(value).__name__
    if kind not in _KEY_TYPES:
        message = f"A key of type {kind} cannot be gone on with."
        raise JobRefused(message)
    return [kind, _KEY_TYPES[kind][0](value)]


def _read_key(stored: bytes) -> list[Any]:
    return [_KEY_TYPES[kind][1](value) for kind, value in orjson.loads(stored)]


# How a value of a key is written down, and read again.
_KEY_TYPES: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "int": (int, int),
    "str": (str, str),
    "Decimal": (str, Decimal),
    "UUID": (str, UUID),
    "date": (date.isoformat, date.fromisoformat),
    "datetime": (datetime.isoformat, datetime.fromisoformat),
    "bytes": (bytes.hex, bytes.fromhex),
}
