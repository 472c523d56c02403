"""Values whose field says nothing, while a neighbour says what they are."""

import json
import re
from dataclasses import replace
from time import process_time

import pytest

from classifier import Entity, Listed, Matcher, On, OwnRules, PayloadKind, Policy, Tier, classify, mask, mask_many

POLICY = Policy.named("strict")


def masked(body: str) -> str:
    """Return a JSON body, masked by patterns and keys alone."""
    return mask(body.encode(), POLICY, kind=PayloadKind.JSON, tier=Tier.PATTERNS).payload.decode()


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ('{"key":"ssn","value":"123456789"}', ['"<US_SSN>"']),
        ('{"value":"123456789","key":"ssn"}', ['"<US_SSN>"']),
        ('{"key":"ssn","value":123456789}', ["0"]),
        ('{"key" : "ssn" , "value" : "12" }', ['"<US_SSN>"']),
        ('{"attribute":"first name","values":["Wil","Bob"]}', ['"<GIVEN_NAME>"', '"<GIVEN_NAME>"']),
        ('{"key":"ssn","values":[123456789,5]}', ["0", "0"]),
        ('{"field":"passport","old":"X1","new":null,"newValue":"Z9"}', ['"<PASSPORT>"', '"<PASSPORT>"']),
        ('{"id":"7","label":"Phone","text":"5551234"}', ['"<PHONE_NUMBER>"']),
        ('{"system":"http://hl7.org/fhir/sid/us-ssn","value":"444222222"}', ['"<US_SSN>"']),
        ('{"op":"replace","path":"/customer/email","value":"at home"}', ['"<EMAIL_ADDRESS>"']),
        ('{"key":"ssn","values":["12",123456789,["12"],123456789]}', ['"<US_SSN>"', "0", '"<US_SSN>"', "0"]),
        ('{"type":"ssn","value":"12","text":"red"}', ['"<US_SSN>"']),
        ('{"key":"ss\\u006e","value":"12\\u00345"}', ['"<US_SSN>"']),
    ],
)
def test_what_a_neighbour_names_is_hidden(body: str, hidden: list[str]) -> None:
    values = re.compile(r'"(?:123456789|12|Wil|Bob|X1|Z9|5551234|444222222|at home|12\\u00345)"|123456789|(?<=,)5')
    answers = iter(hidden)
    shown = values.sub(lambda _: next(answers), body)

    assert masked(body) == shown
    assert masked(body) == shown  # From memory, as the second document of a shape.


@pytest.mark.parametrize(
    "body",
    [
        '{"key":"colour","value":"red"}',
        '{"key":null,"value":"123456789"}',
        '{"key":"ssn","value":null,"colour":"red"}',
        '{"key":"ssn","value":true}',
        '{"key":"ssn","size":"123456789x"}',
        '[{"key":"ssn"},{"value":"red"}]',
        '{"key":"ssn","below":{"value":"red"}}',
        '{"key":{"key":"ssn"},"value":"red"}',
        '{"type":"user","value":"red"}',
        '{"type":"user","text":"Hello there"}',
        '{"type":"email","content":"Hello there"}',
        '{"key":"ssn 12-34-56-78","value":"red"}',
        '{"key":"' + "an ssn " * 20 + '","value":"red"}',
    ],
)
def test_what_nobody_names_stays(body: str) -> None:
    assert masked(body) == body


def test_a_text_that_named_nothing_once_names_nothing_twice_and_is_not_kept() -> None:
    names = [f"Wilhelmina{at}" for at in range(3)]
    for name in names * 2:
        body = json.dumps({"key": name, "value": "red"})
        assert masked(body) == body

    assert "ssn" not in masked('{"key":"colour","value":"ssn"}').replace('"ssn"', "")


def test_each_value_of_a_large_list_is_hidden_wherever_it_is_cut() -> None:
    rows = [{"name": "tax id", "value": f"A{at}B", "colour": "red"} for at in range(9000)]
    for body in (
        json.dumps(rows),
        json.dumps({"rows": rows}),
        json.dumps({"rows": {str(at): one for at, one in enumerate(rows)}}),
    ):
        shown = masked(body)
        assert shown.count("<TAX_ID>") == len(rows), body[:20]
        assert 'B"' not in shown


def test_findings_say_where_such_a_value_stands() -> None:
    found = classify(b'{"a":[{"key":"ssn","value":"123456789"}]}', kind=PayloadKind.JSON, tier=Tier.PATTERNS)

    assert [(one.path, one.entity.value, one.start, one.end) for one in found] == [("/a/0/value", "US_SSN", 0, 9)]


def test_a_pair_is_asked_once_however_many_fields_an_object_has() -> None:
    fields = (f'"key":"{at:09}","value":"red"' for at in range(20_000))
    body = "{" + ",".join(fields) + ',"name":"ssn","value":"12"}'
    start = process_time()

    shown = masked(body)

    # It takes half a second; asked anew for each window of the document it took most of a minute.
    assert process_time() - start < 5
    assert shown.endswith('"value":"<US_SSN>"}')


def test_a_long_list_of_numbers_is_hidden_at_once() -> None:
    body = json.dumps({"key": "ssn", "value": [12345] * 20_000})

    assert masked(body) == json.dumps({"key": "ssn", "value": [0] * 20_000})


ALLOWED = OwnRules(allow=Listed(keys=("ssn", "value_of_test")))
HIDING = OwnRules(matchers=(Matcher(name="Colour", term="colour", on=On.KEY),), block=Listed(keys=("secret colour",)))


@pytest.mark.parametrize(
    ("own", "body", "shown"),
    [
        (ALLOWED, '{"key":"ssn","value":"123-45-6789"}', '{"key":"ssn","value":"123-45-6789"}'),
        (ALLOWED, '{"key":"ssn","value":4111111111111111}', '{"key":"ssn","value":4111111111111111}'),
        (ALLOWED, '{"key":"email","value_of_test":"x@example.com"}', '{"key":"email","value_of_test":"x@example.com"}'),
        (HIDING, '{"key":"colour","value":"red"}', '{"key":"colour","value":"<COLOUR>"}'),
        (HIDING, '{"key":"secret colour","value":["red",1]}', '{"key":"secret colour","value":["<BLOCKED>",0]}'),
        (OwnRules(allow=Listed(keys=("key",))), '{"key":"ssn","value":"12"}', '{"key":"ssn","value":"<US_SSN>"}'),
    ],
)
def test_the_rules_of_an_owner_hold_for_names_that_a_neighbour_says(own: OwnRules, body: str, shown: str) -> None:
    for is_looked_at in (False, True):
        policy = replace(POLICY, own=own, leak_check=is_looked_at)
        assert mask(body.encode(), policy, kind=PayloadKind.JSON).payload.decode() == shown


def test_a_kind_that_a_policy_keeps_stays_and_another_that_stands_there_does_not() -> None:
    policy = replace(POLICY, leak_check=True).keeping([Entity.US_SSN])
    kept, hidden = b'{"key":"ssn","value":"123-45-6789"}', b'{"key":"ssn","value":"4111111111111111"}'

    assert mask(kept, policy, kind=PayloadKind.JSON).payload == kept
    assert mask(hidden, policy, kind=PayloadKind.JSON).payload == b'{"key":"ssn","value":"<CREDIT_CARD>"}'


def test_lines_and_batches_are_masked_as_one_document_and_forms_have_no_pairs() -> None:
    documents = [b'{"key":"ssn","value":"12"}', b'{"key":"colour","value":"12"}', b'{"key":"ssn","value":12}'] * 2
    alone = [mask(one, POLICY, kind=PayloadKind.JSON) for one in documents]

    assert mask_many(documents, POLICY) == alone
    lines = mask(b"\n".join(documents), POLICY, kind=PayloadKind.NDJSON).payload
    assert lines == b"\n".join(one.payload for one in alone)
    form = b"key=ssn&value=12"
    assert mask(form, POLICY, kind=PayloadKind.FORM).payload == form


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("key,value\nssn,12\ncolour,red\n", "key,value\nssn,<US_SSN>\ncolour,red\n"),
        ("value;attribute\r\n12;ssn\r\n12;colour", "value;attribute\r\n<US_SSN>;ssn\r\n12;colour"),
        ('key,value\n" SSN ","1 2"\n', 'key,value\n" SSN ","<US_SSN>"\n'),
        (
            "n,field,old,new\n7,passport,X1,Z9\n8,size,1,2\n",
            "n,field,old,new\n7,passport,<PASSPORT>,<PASSPORT>\n8,size,1,2\n",
        ),
        ("key,value,note\nlogins,3,ssn\npins,3,ssn\n", "key,value,note\nlogins,3,ssn\npins,<CARD_CODE>,ssn\n"),
        ("key,value\nssn\nssn,\n,red\n", "key,value\nssn\nssn,\n,red\n"),
        ("key,size\nssn,red\n", "key,size\nssn,red\n"),
        ("key,value\nssn 12-34-56-78,red\n", "key,value\nssn 12-34-56-78,red\n"),
    ],
)
def test_a_cell_of_a_table_is_named_by_the_one_beside_it(body: str, shown: str) -> None:
    masked_body = mask(body.encode(), POLICY, kind=PayloadKind.CSV, tier=Tier.PATTERNS).payload.decode()

    assert masked_body == shown
    assert len(classify(body.encode(), kind=PayloadKind.CSV, tier=Tier.PATTERNS)) == shown.count("<")


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        (ALLOWED, "key,value\nssn,123-45-6789\ncolour,red\n"),
        (HIDING, "key,value\nssn,<US_SSN>\ncolour,<COLOUR>\n"),
        (OwnRules(allow=Listed(keys=("value",))), "key,value\nssn,123-45-6789\ncolour,red\n"),
    ],
)
def test_the_rules_of_an_owner_hold_for_what_a_cell_names(own: OwnRules, shown: str) -> None:
    policy = replace(POLICY, own=own, leak_check=True)

    assert mask(b"key,value\nssn,123-45-6789\ncolour,red\n", policy, kind=PayloadKind.CSV).payload.decode() == shown
