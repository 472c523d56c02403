"""Tables copied masked: in key order, each row once, whatever breaks the copy off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from django.core.management import CommandError, call_command
from django.db import connection

from classifier import Policy, Tier
from privacy_service.jobs.chunks import Hiding, OnError
from privacy_service.jobs.errors import JobRefused, Unreadable
from privacy_service.jobs.kinds import FileKind, Form, Packing
from privacy_service.jobs.tables import STATE_TABLE, Copy, copy_table
from tests.jobs.files import CANARY, STRICT, USED

ROWS = 45


def engine_of(url: str) -> sa.Engine:
    """Return a database that keeps no connection open."""
    return sa.create_engine(url, poolclass=sa.NullPool)


def url_of_test_database() -> str:
    """Return the PostgreSQL that this run has, as SQLAlchemy names it."""
    connection.ensure_connection()
    info = connection.connection.info
    host = {"host": info.host} if info.host.startswith("/") else {}
    name = None if host else info.host
    password = info.password or None
    url = sa.URL.create("postgresql+psycopg", info.user, password, name, info.port, info.dbname, host)
    return url.render_as_string(hide_password=False)


@pytest.fixture
def urls(tmp_path: Path, transactional_db: None) -> tuple[str, str]:
    """Return where rows are read and written: two files, or on PostgreSQL two schemas."""
    if connection.vendor == "postgresql":
        url = url_of_test_database()
        with engine_of(url).begin() as writing:
            writing.execute(sa.text("DROP SCHEMA IF EXISTS plain CASCADE"))
            writing.execute(sa.text("DROP SCHEMA IF EXISTS masked CASCADE"))
            writing.execute(sa.text("CREATE SCHEMA plain"))
            writing.execute(sa.text("CREATE SCHEMA masked"))
        return url, url
    return f"sqlite:///{tmp_path}/plain.db", f"sqlite:///{tmp_path}/masked.db"


def schemas() -> dict[str, str]:
    """Return the schemas of a copy."""
    return {"schema": "plain", "out_schema": "masked"} if connection.vendor == "postgresql" else {}


@pytest.fixture
def people(urls: tuple[str, str]) -> sa.Table:
    """Return a table of people whose key has two columns."""
    table = sa.Table(
        "people",
        sa.MetaData(),
        sa.Column("region", sa.String(10), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("email", sa.String(60)),
        sa.Column("short_email", sa.String(9)),
        sa.Column("phone", sa.BigInteger),
        sa.Column("born", sa.Date),
        sa.Column("balance", sa.Numeric(10, 2)),
        sa.Column("is_active", sa.Boolean),
        sa.Column("note", sa.Text),
        schema=schemas().get("schema"),
    )
    engine = engine_of(urls[0])
    table.create(engine)
    with engine.begin() as writing:
        writing.execute(sa.insert(table), [row(at) for at in range(ROWS)])
    return table


def row(at: int) -> dict[str, Any]:
    """Return a person, not in the order of the key."""
    return {
        "region": ("west", "east", "north")[at % 3],
        "number": ROWS - at,
        "email": f"{CANARY}{at}@example.com",
        "short_email": "a@b.co",
        "phone": 4155550132,
        "born": date(1980, 1, 2),
        "balance": Decimal("12.50"),
        "is_active": True,
        "note": f"write to {CANARY}{at}@example.com",
    }


def copy_of(urls: tuple[str, str], **more: Any) -> Copy:
    """Return the copying of the people, a few at a time."""
    hiding = Hiding(Form(FileKind.JSONL, Packing.NONE), STRICT, Tier.PATTERNS)
    named = schemas()
    copy = Copy(urls[0], "people", urls[1], hiding, USED, named.get("schema"), named.get("out_schema"), batch_rows=10)
    return replace(copy, **more)


def rows_of(urls: tuple[str, str], name: str = "people") -> list[dict[str, Any]]:
    """Return what the copy holds, in the order of the key."""
    engine = engine_of(urls[1])
    table = sa.Table(name, sa.MetaData(), schema=schemas().get("out_schema"), autoload_with=engine)
    with engine.connect() as reading:
        return [dict(one) for one in reading.execute(sa.select(table).order_by(*table.primary_key)).mappings()]


def test_a_table_is_made_and_filled_with_masked_rows_of_the_same_types(urls: tuple[str, str], people: sa.Table) -> None:
    copied = copy_table(copy_of(urls))

    rows = rows_of(urls)
    assert (copied.rows, len(rows)) == (ROWS, ROWS)
    assert rows[0] == {
        "region": "east",
        "number": ROWS - 43,
        "email": "<EMAIL_ADDRESS>",
        "short_email": "<EMAIL_AD",  # As long as the column is.
        "phone": 0,
        "born": None,
        "balance": Decimal("12.50"),
        "is_active": True,
        "note": "write to <EMAIL_ADDRESS>",
    }
    assert copied.entities["PHONE_NUMBER"] == ROWS
    assert CANARY not in str(rows)


class Killed(BaseException):
    """What ends a copy as a signal would."""


@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_copy_that_was_broken_off_goes_on_without_a_row_lost_or_doubled(
    urls: tuple[str, str], people: sa.Table, after: int
) -> None:
    def kill(rows: int, _: int) -> None:
        if rows == after * 10:
            raise Killed

    with pytest.raises(Killed):
        copy_table(copy_of(urls), kill)
    half = len(rows_of(urls))
    copied = copy_table(copy_of(urls, goes_on=True))

    assert half == after * 10
    keys = sorted((row(at)["region"], row(at)["number"]) for at in range(ROWS))
    assert [(one["region"], one["number"]) for one in rows_of(urls)] == keys
    assert copied.rows == ROWS
    assert copied.entities["PHONE_NUMBER"] == ROWS


def test_how_far_a_copy_is_holds_no_personal_value(urls: tuple[str, str]) -> None:
    table = sa.Table(
        "people", sa.MetaData(), sa.Column("email", sa.String(80), primary_key=True), schema=schemas().get("schema")
    )
    table.create(engine_of(urls[0]))
    with engine_of(urls[0]).begin() as writing:
        writing.execute(sa.insert(table), [{"email": f"{CANARY}{at}@example.com"} for at in range(25)])
    hiding = Hiding(Form(FileKind.JSONL, Packing.NONE), Policy.named("reversible", **keys()), Tier.PATTERNS)
    copy = replace(copy_of(urls), hiding=hiding)

    copy_table(copy)

    assert CANARY not in str(rows_of(urls, STATE_TABLE))
    assert len({one["email"] for one in rows_of(urls)}) == 25
    assert CANARY not in str(rows_of(urls))


def keys() -> dict[str, Any]:
    """Return what seals tokens."""
    from classifier import Keyring  # noqa: PLC0415 - for this one test.

    return {"hash_key": b"k" * 16, "keyring": Keyring.derive(b"k" * 32, workspace_id="w")}


def same(urls: tuple[str, str]) -> Copy:
    """Copy a table onto itself."""
    return replace(copy_of(urls), out_url=urls[0], out_schema=schemas().get("schema"))


REFUSED: list[tuple[Callable[[tuple[str, str]], Copy], str]] = [
    (lambda urls: replace(copy_of(urls), table="nobody"), "There is no table nobody"),
    (lambda urls: replace(copy_of(urls), columns=("email", "nothing")), "has no column nothing; it has region"),
    (same, "written over the table that is read"),
    (lambda urls: replace(copy_of(urls), source_url="nonsense"), "A database address cannot be used"),
]


@pytest.mark.parametrize(("copy", "told"), REFUSED)
def test_what_cannot_be_copied_is_refused(
    urls: tuple[str, str], people: sa.Table, copy: Callable[[tuple[str, str]], Copy], told: str
) -> None:
    with pytest.raises(JobRefused, match=told):
        copy_table(copy(urls))


def test_a_copy_is_not_made_twice_nor_mixed(urls: tuple[str, str], people: sa.Table) -> None:
    people.to_metadata(sa.MetaData(), name="others").create(engine_of(urls[0]))
    copy_table(copy_of(urls))

    with pytest.raises(JobRefused, match="has been copied already"):
        copy_table(copy_of(urls))
    with pytest.raises(JobRefused, match="is there already and has rows"):
        copy_table(replace(copy_of(urls), table="others", out_table="people"))
    copy_table(copy_of(urls, restarts=True))

    assert len(rows_of(urls)) == ROWS


def test_only_named_columns_are_copied_with_the_key(urls: tuple[str, str], people: sa.Table) -> None:
    copy_table(copy_of(urls, columns=("balance",)))

    assert rows_of(urls)[0] == {"region": "east", "number": ROWS - 43, "balance": Decimal("12.50")}


def test_a_key_that_is_hidden_by_equal_values_is_refused_in_words(urls: tuple[str, str]) -> None:
    table = sa.Table(
        "people", sa.MetaData(), sa.Column("email", sa.String(80), primary_key=True), schema=schemas().get("schema")
    )
    table.create(engine_of(urls[0]))
    with engine_of(urls[0]).begin() as writing:
        writing.execute(sa.insert(table), [{"email": f"{CANARY}{at}@example.com"} for at in range(5)])

    with pytest.raises(JobRefused, match="hide its kind with the operator token or hash") as caught:
        copy_table(copy_of(urls))

    assert CANARY not in str(caught.value)
    assert rows_of(urls) == []


def test_bytes_that_are_no_text_stop_the_copy_or_are_emptied(urls: tuple[str, str]) -> None:
    columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("picture", sa.LargeBinary))
    table = sa.Table("people", sa.MetaData(), *columns, schema=schemas().get("schema"))
    table.create(engine_of(urls[0]))
    with engine_of(urls[0]).begin() as writing:
        writing.execute(sa.insert(table), [{"id": 1, "picture": b"\xff\xd8canary.person"}, {"id": 2, "picture": b"ok"}])
    emptying = replace(copy_of(urls).hiding, on_error=OnError.TEXT)

    with pytest.raises(Unreadable, match="the column picture holds bytes"):
        copy_table(copy_of(urls))
    copy_table(replace(copy_of(urls, restarts=True), hiding=emptying))

    assert [(one["id"], one["picture"]) for one in rows_of(urls)] == [(1, None), (2, b"ok")]


def test_the_command_copies_tells_and_refuses(urls: tuple[str, str], people: sa.Table, tmp_path: Path) -> None:
    out = StringIO()
    (tmp_path / "to.url").write_text(urls[1])
    named = {"schema": schemas().get("schema"), "into_schema": schemas().get("out_schema"), "tier": "patterns"}

    call_command("mask_table", urls[0], "people", f"@{tmp_path}/to.url", **named, stdout=out)
    with pytest.raises(CommandError, match="has been copied already") as caught:
        call_command("mask_table", urls[0], "people", urls[1], **named)

    assert caught.value.returncode == 3
    assert "45 rows copied, 225 pieces of personal data hidden." in out.getvalue()
    assert "PHONE_NUMBER" in out.getvalue()
    assert CANARY not in out.getvalue()
