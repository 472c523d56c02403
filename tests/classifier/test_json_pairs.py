"""Values whose field says nothing, while a neighbour says what they are."""

import json
import re

import pytest

from classifier import PayloadKind, Policy, Tier, classify, mask

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
