"""Tables of a real PostgreSQL."""

from typing import Any

import pytest
from pytest_django import Settings

from privacy_service.subjects.destinations import OptionsRefused
from privacy_service.subjects.destinations.base import Refused, Subject, TryAgain
from privacy_service.subjects.destinations.sql import SqlTables
from privacy_service.subjects.identifiers import Identifier, Kind
from tests.shop import rows_in
from tests.subjects.conftest import DORA, DORA_HERSELF

ORDERS = {"name": "orders", "match": {"user_id": "person"}}
PEOPLE = {"name": "people", "match": {"email": "email", "user_id": "id"}}
BOTH = {"tables": [ORDERS, PEOPLE]}


def test_rows_are_counted_and_deleted_in_the_order_given_and_nobody_elses(shop: str) -> None:
    tables = SqlTables(BOTH, {"url": shop})

    found = tables.find(DORA_HERSELF)
    done = [tables.delete(DORA_HERSELF), tables.delete(DORA_HERSELF)]

    assert found == {"orders": 2, "people": 1}
    assert [(one.code, one.counts) for one in done] == [
        (200, {"orders": 2, "people": 1}),
        (200, {"orders": 0, "people": 0}),
    ]
    assert (rows_in(shop, "people"), rows_in(shop, "orders")) == (
        [(1, "eve@example.com", "Eve")],
        [(10, 1, "Eve Street")],
    )


def test_columns_are_cleared_where_rows_must_stay(shop: str) -> None:
    cleared = {"name": "orders", "schema": "public", "match": {"user_id": "person"}, "clear": {"ship_to": None}}

    done = SqlTables({"tables": [cleared]}, {"url": shop}).delete(DORA_HERSELF)

    assert done.counts == {"public.orders": 2}
    assert rows_in(shop, "orders") == [(10, 1, "Eve Street"), (11, 9, None), (12, 9, None)]


def test_an_email_is_found_in_any_case_and_a_text_is_no_number(shop: str) -> None:
    by_email = SqlTables({"tables": [PEOPLE]}, {"url": shop}).find(Subject((DORA,)))
    odd = Subject((Identifier(Kind.USER_ID, "9; DROP TABLE people"), Identifier(Kind.USER_ID, "9 OR 1=1")))

    assert by_email == {"people": 1}
    assert SqlTables(BOTH, {"url": shop}).find(odd) == {"orders": 0, "people": 0}


@pytest.mark.parametrize("number", [str(2**31), str(2**63), "9" * 5000])
def test_a_number_that_no_row_can_hold_is_nobodys_there_and_no_outage(shop: str, number: str) -> None:
    done = SqlTables(BOTH, {"url": shop}).delete(Subject((Identifier(Kind.USER_ID, number),)))

    assert done.counts == {"orders": 0, "people": 0}


def test_what_a_column_cannot_be_cleared_to_is_refused_and_no_outage(shop: str) -> None:
    cleared = {"name": "orders", "match": {"user_id": "person"}, "clear": {"person": str(2**40)}}

    with pytest.raises(Refused, match="cannot hold"):
        SqlTables({"tables": [cleared]}, {"url": shop}).delete(DORA_HERSELF)


def test_tables_name_everybody_by_the_kinds_that_are_asked_for(shop: str) -> None:
    tables = SqlTables(BOTH, {"url": shop})

    everybody, mails, nobody = (
        list(tables.people(kinds)) for kinds in ([Kind.USER_ID, Kind.EMAIL], [Kind.EMAIL], [Kind.PHONE])
    )

    def names(user_id: str, email: str = "") -> tuple[Identifier, ...]:
        mail = (Identifier(Kind.EMAIL, email),) if email else ()
        return (*mail, Identifier(Kind.USER_ID, user_id))

    assert everybody == [
        names("1"), names("9"), names("1", "eve@example.com"), names("9", "Dora.Canary@Example.com"),
    ]  # fmt: skip
    assert [one.value for (one,) in mails] == ["eve@example.com", "Dora.Canary@Example.com"]
    assert nobody == []


def test_tables_hand_out_the_rows_of_a_person_and_nobody_elses(shop: str) -> None:
    exported = list(SqlTables(BOTH, {"url": shop}).export(DORA_HERSELF))

    assert exported == [
        ("orders", {"id": 11, "person": 9, "ship_to": "Dora Road"}),
        ("orders", {"id": 12, "person": 9, "ship_to": "Dora Road"}),
        ("people", {"id": 9, "email": "Dora.Canary@Example.com", "name": "Dora"}),
    ]


def test_what_a_foreign_key_keeps_undoes_everything_and_says_what_to_change(shop: str) -> None:
    with pytest.raises(Refused, match="list the tables that point to others first") as refused:
        SqlTables({"tables": [PEOPLE, ORDERS]}, {"url": shop}).delete(DORA_HERSELF)

    assert "Canary" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert len(rows_in(shop, "people")) == 2


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "people; DROP TABLE people", "match": {"email": "email"}}, "There is no table"),
    ({"name": "people", "match": {"email": "mail"}}, "people has no column mail"),
    ({"name": "people", "match": {"email": "email"}, "clear": {"nick": None}}, "people has no column nick"),
]


@pytest.mark.parametrize(("table", "told"), WRONG)
def test_a_table_or_column_that_is_not_there_is_told(shop: str, table: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused, match=told):
        SqlTables({"tables": [table]}, {"url": shop}).delete(DORA_HERSELF)

    assert len(rows_in(shop, "people")) == 2


UNUSABLE: list[tuple[Any, str, str]] = [
    ({}, "postgresql://h/d", "tables"),
    ({"tables": []}, "postgresql://h/d", "tables"),
    ({"tables": [ORDERS], "more": 1}, "postgresql://h/d", r"options\.more"),
    ({"tables": [{"name": "orders"}]}, "postgresql://h/d", r"tables\[0\]\.match"),
    ({"tables": [{"name": "orders", "match": {}}]}, "postgresql://h/d", r"tables\[0\]\.match"),
    ({"tables": [{"name": "orders", "match": {"mail": "x"}}]}, "postgresql://h/d", r"tables\[0\]\.match\.mail"),
    ({"tables": [{**ORDERS, "clear": ["x"]}]}, "postgresql://h/d", r"tables\[0\]\.clear"),
    (BOTH, "", "url"),
    (BOTH, "sqlite:////etc/passwd", "url"),
    (BOTH, "mysql://h/d", "url"),
    (BOTH, "postgresql:///d", "url"),
]


@pytest.mark.parametrize(("options", "url", "option"), UNUSABLE)
def test_options_that_cannot_be_say_which_and_what_to_write(options: Any, url: str, option: str) -> None:
    with pytest.raises(OptionsRefused, match=option):
        SqlTables(options, {"url": url})


def test_a_private_address_is_not_connected_to(settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = []

    for url in ("postgresql://u:p@10.0.0.1/d", "postgresql://u:p@localhost/d", "postgresql:///d?host=/run/postgresql"):
        with pytest.raises(Refused, match="PRIVACY_SUBJECTS_NETWORKS"):
            SqlTables(BOTH, {"url": url}).find(DORA_HERSELF)


def test_a_database_that_is_away_is_tried_again(settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]

    with pytest.raises(TryAgain):
        SqlTables(BOTH, {"url": "postgresql://u:p@127.0.0.1:1/d"}).delete(DORA_HERSELF)
