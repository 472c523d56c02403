"""Values in rows, which a list of names beside them tells, or the first of the rows."""

import json
from dataclasses import replace
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Entity, Listed, Matcher, On, OwnRules, PayloadKind, Policy, Tier, classify, mask, mask_many
from tests.drawing import draws

POLICY = Policy.named("strict")
JSON = PayloadKind.JSON


def masked(body: str, policy: Policy = POLICY) -> str:
    """Return a JSON body, masked by patterns and keys alone."""
    return mask(body.encode(), policy, kind=JSON, tier=Tier.PATTERNS).payload.decode()


# In the place of each `!12` stands a value that is nobody's by its form, as text, and of each `!5` a number.
@pytest.mark.parametrize(
    "body",
    [
        '{"columns":["name","ssn"],"rows":[["!12","!12"],["!12",!5]]}',
        '{"rows":[["!12","!12"],["!12",!5]],"columns":["name","ssn"]}',
        '{"columns" : [ "name" , "ssn" ] , "rows" : [ [ "!12" , !5 ] , [ "!12" ] ] }',
        '{"columns":["id","ssn"],"index":[0],"data":[["12","!12"],["12",!5,"12"],[],["12"]]}',
        '{"header":["id","ssn"],"lines":[[null,"!12"],[true,!5],[1,"!12"],[{"a":"12"},"!12"],[["12","12"],"!12"]]}',
        '{"columnNames":["colour","passport"],"results":[["12","!12"]]}',
        '{"spalten":["ort der wahl","steuernummer"],"zeilen":[["12","!12"]]}',
        '{"fields":[{"id":"ssn","type":"string"},{"id":"x"}],"rows":[["!12","12"]]}',
        '{"data":{"rows":[["!12","12"]],"cols":[{"id":"c1","displayName":"!Ssn"},{"id":"c2","displayName":"!Colour"}]}}',
        '{"meta":[{"label":"ssn","type":"String"}],"data":[["!12"],[!5]],"count":2}',
        '{"columns":[{"label":"c1","type":"email"},{"label":"c2","type":"user"}],"rows":[["!12","red"]]}',
        '{"schema":{"fields":[{"id":"ssn"}]},"data":[["!12"],[!5]]}',
        '{"values":[["!12"],[!5]],"schema":{"fields":[{"id":"ssn"}]}}',
        '{"resultSetMetaData":{"rowType":[{"label":"SSN"}]},"data":[["!12"]]}',
        '{"manifest":{"schema":{"columns":[{"label":"ssn"}]}},"result":{"chunk":0,"data_array":[["!12"]]}}',
        '{"columns":["ssn"],"page":{"rows":[[!5],["!12"]]}}',
        '{"header":[["id","ssn"]],"rows":[["12","!12"]]}',
        '{"columns":[["ssn","a"],["!id","b"]],"data":[["!12","12"]]}',
        '{"columns":["ssn"],"rows":[[{"a":"!12","b":[!5,"!12"]}],[["!12",[!5]]]]}',
        '{"columns":["patient"],"rows":[[{"first_name":"!12","colour":"12","n":5}],["!Anna Smith"]]}',
        '{"columns":["logins","pins"],"rows":[[5,!5]]}',
        '{"columns":["ss\\u006e"],"rows":[["!1\\u0032"]]}',
        '[{"columns":["ssn"],"rows":[["!12"]]},{"columns":["colour"],"rows":[["12"]]},{"rows":[["12"]]}]',
        '[["id","ssn"],["12","!12"],["12",!5],["12","!12","12"]]',
        '{"range":"A1:B3","values":[["Given name","SSN"],["!12","!12"],["!12",!5]]}',
        '[[["id","ssn"],["12","!12"]],[["colour"],["12"]]]',
        '{"columns":["c1","c2"],"rows":[["12",[["id","ssn"],["12","!12"]]]]}',
        '{"columns":["ssn"],"rows":[[[["id","colour"],["12","12"]]]]}'.replace('"12"', '"!12"')
        .replace('"id"', '"!id"')
        .replace('"colour"', '"!colour"'),
    ],
)
def test_what_stands_in_a_telling_column_is_hidden_and_nothing_else(body: str) -> None:
    shown = _values(masked(body.replace("!", "")))

    # Which values are hidden is written before them.
    expected = _values(body.replace("!5", '"!5"'))
    assert len(shown) == len(expected)
    for got, planned in zip(shown, expected, strict=True):
        is_hidden = isinstance(planned, str) and planned.startswith("!")
        assert (got == 0 or str(got).startswith("<")) if is_hidden else got == planned, (got, planned)
    assert _values(masked(body.replace("!", ""))) == shown  # From memory, as the second document of a shape.


def _values(body: str) -> list[Any]:
    """Return what stands in a document, from first to last."""

    def within(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [leaf for each in value.values() for leaf in within(each)]
        return [leaf for each in value for leaf in within(each)] if isinstance(value, list) else [value]

    return within(json.loads(body))


@pytest.mark.parametrize(
    "body",
    [
        '{"columns":["id","colour"],"rows":[["12","red"],["13",5]]}',
        '{"columns":[{"width":3},{"width":4}],"rows":[["12","red"]]}',
        '{"columns":2,"rows":[["12","red"]]}',
        '{"columns":["ssn"],"rows":["red",5]}',
        '{"columns":["ssn"],"rows":[{"colour":"red"}]}',
        '{"labels":["name","email"],"data":[[1,2],[3,4]]}',
        '{"labels":["ssn"],"datasets":[{"title":"ssn","data":[1,2]}]}',
        '{"matrix":[[1,0.2],[0.2,1]],"n":2}',
        '{"type":"Polygon","bounds":[[[1.5,2.5],[3.5,4.5]]]}',
        '{"list":{"fields":["name","email"]},"map":{"points":[[1,2],[3,4]]}}',
        '[{"columns":["ssn","email"]},{"rows":[["red","blue"]]}]',
        '{"a":[{"columns":["ssn"]}],"rows":[["red"]]}',
        '{"schema":{"fields":["ssn","email"]},"rows":[["red"]]}',
        '{"choices":[["email","E-mail"],["phone","Phone"]]}',
        '{"order":[["name","asc"],["email","desc"]]}',
        '[["red","blue"],["12","13"]]',
        '[["name","ssn",7],["red","blue",7]]',
        '[["ssn?!","colour"],["red","blue"]]',
        '[["user","colour"],["red","blue"]]',
        '[["name","ssn"]]',
        '[[],["ssn"],[[]]]',
    ],
)
def test_what_no_column_tells_stays(body: str) -> None:
    assert masked(body) == body


def test_each_cell_of_a_large_table_is_hidden_wherever_its_names_stand() -> None:
    rows, names = [[at, f"A{at}B", at, "red"] for at in range(2100)], ["id", "tax id", "pin", "colour"]
    described = [{"label": name, "about": "-" * 80} for name in names] + [{"label": f"c{at}"} for at in range(500)]
    for body in (
        json.dumps({"columns": names, "rows": rows}),
        json.dumps({"rows": rows, "columns": names}),
        json.dumps({"fields": described, "rows": rows}),
        json.dumps({"rows": rows, "schema": {"fields": described[:4]}}),
        json.dumps([{"columns": names, "rows": rows[at : at + 5]} for at in range(0, 2100, 5)]),
        json.dumps([names, *rows]),
    ):
        shown = masked(body)
        assert shown.count('"<TAX_ID>", 0, "red"') == len(rows), body[:20]
        assert 'B"' not in shown


def test_a_document_of_the_same_shape_whose_names_differ_is_read_by_its_own() -> None:
    bodies = [f'{{"columns":["{name}","n"],"id":1,"rows":[["12",5]]}}' for name in ("ssn", "red", "ssn", "row", "ssn")]

    shown = [masked(body) for body in bodies]

    assert [body != each for body, each in zip(bodies, shown, strict=True)] == [True, False] * 2 + [True]
    assert [masked(body) for body in ('[["ssn"],["12"]]', '[["red"],["12"]]')] == [
        '[["ssn"],["<US_SSN>"]]',
        '[["red"],["12"]]',
    ]


def test_findings_say_where_such_a_value_stands() -> None:
    found = classify(b'{"a":{"columns":["id","ssn"],"rows":[["7","12"],["8",98]]}}', kind=JSON, tier=Tier.PATTERNS)

    assert [(one.path, one.entity.value, one.start, one.end, one.recognizer) for one in found] == [
        ("/a/rows/0/1", "US_SSN", 0, 2, "key"),
        ("/a/rows/1/1", "US_SSN", 0, 2, "key"),
    ]


def test_a_table_of_any_form_takes_a_time_in_proportion_to_its_size() -> None:
    many = 4000
    bodies = {
        "rows": json.dumps({"rows": [["red", 5]] * many, "columns": ["ssn", "pin"]}),
        "columns": json.dumps({"columns": [f"colour{at}" for at in range(many)] + ["ssn"], "rows": [["12"] * many]}),
        "headed": json.dumps([["ssn"] * many, ["12"] * many]),
        "tables": json.dumps([{"columns": ["ssn"], "rows": [["12"]]}] * many),
        "lists of columns": json.dumps(
            {"columns": ["ssn"], "x": {"a": [{"columns": ["ssn"]}] * many}, "rows": [["12"]]}
        ),
        "deep": "[" + ",".join(['["x",' * 40 + '[["ssn"],["12"]]' + "]" * 40] * (many // 40)) + "]",
    }
    for name, body in bodies.items():
        start = process_time()
        shown = masked(body)

        # It takes a tenth of a second.
        assert process_time() - start < 2, name
        assert shown != body or name == "columns"


ALLOWED = OwnRules(allow=Listed(keys=("ssn",)))
HIDING = OwnRules(matchers=(Matcher(name="Colour", term="colour", on=On.KEY),), block=Listed(keys=("memo",)))


@pytest.mark.parametrize(
    ("own", "body", "shown"),
    [
        (ALLOWED, '{"columns":["ssn","pin"],"rows":[["12",5]]}', '{"columns":["ssn","pin"],"rows":[["12",0]]}'),
        (ALLOWED, '{"columns":["ssn"],"rows":[[4111111111111111]]}', '{"columns":["ssn"],"rows":[[4111111111111111]]}'),
        (HIDING, '{"columns":["colour"],"rows":[["red"],[5]]}', '{"columns":["colour"],"rows":[["<COLOUR>"],[0]]}'),
        (HIDING, '{"rows":[["red",5]],"columns":["memo"]}', '{"rows":[["<BLOCKED>",5]],"columns":["memo"]}'),
        (HIDING, '[["colour"],["red"]]', '[["colour"],["<COLOUR>"]]'),
        (
            OwnRules(allow=Listed(keys=("rows",))),
            '{"columns":["ssn"],"rows":[["12"]]}',
            '{"columns":["ssn"],"rows":[["12"]]}',
        ),
    ],
)
def test_the_rules_of_an_owner_hold_for_names_of_columns(own: OwnRules, body: str, shown: str) -> None:
    for is_looked_at in (False, True):
        policy = replace(POLICY, own=own, leak_check=is_looked_at)
        assert mask(body.encode(), policy, kind=JSON).payload.decode() == shown


def test_a_kind_that_a_policy_keeps_stays_and_another_that_stands_there_does_not() -> None:
    policy = replace(POLICY, leak_check=True).keeping([Entity.US_SSN])
    body = '{"columns":["ssn"],"rows":[["123-45-6789"],["4111111111111111"],[5]]}'

    assert masked(body, policy) == body.replace("4111111111111111", "<CREDIT_CARD>")


def test_lines_batches_and_documents_in_texts_are_masked_as_one_document() -> None:
    tables = [f'{{"columns":["{name}"],"rows":[["12"],[5]]}}' for name in ("ssn", "colour", "ssn")] + [
        '[["ssn"],["12"]]'
    ]
    documents = [table.encode() for table in tables] * 2
    alone = [mask(one, POLICY, kind=JSON) for one in documents]

    assert mask_many(documents, POLICY) == alone
    lines = mask(b"\n".join(documents), POLICY, kind=PayloadKind.NDJSON).payload
    assert lines == b"\n".join(one.payload for one in alone)
    for table in tables:
        assert json.loads(masked(json.dumps({"payload": table})))["payload"] == masked(table)


names = st.sampled_from(
    ["ssn", "email", "colour", "logins", "pins", "user", "account_holder", "address", "n", "street"]
)
values = st.one_of(
    st.sampled_from(["12", "Al", "Anna Smith", "anna@example.com", "4111 1111 1111 1111", ""]),
    st.integers(0, 10**12),
    st.none(),
)
cells = st.one_of(values, st.lists(values, max_size=2), st.dictionaries(names, values, max_size=2))


@draws(60)
@given(
    st.lists(names, min_size=1, max_size=4, unique=True),
    st.lists(st.lists(cells, max_size=5), min_size=1, max_size=4),
    st.sampled_from(["columns", "fieldNames", "header"]),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_a_row_is_masked_as_an_object_of_the_same_names(
    columns: list[str], rows: list[list[Any]], called: str, names_come_first: bool, indent: int | None
) -> None:
    table = {called: columns, "rows": rows} if names_come_first else {"rows": rows, called: columns}

    shown = json.loads(masked(json.dumps(table, indent=indent)))

    objects = [dict(zip(columns, row, strict=False)) for row in rows]
    as_objects = json.loads(masked(json.dumps({"rows": objects})))["rows"]
    assert [dict(zip(columns, row, strict=False)) for row in shown["rows"]] == as_objects
    assert shown[called] == columns
