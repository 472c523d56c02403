"""Markers: numbered by first appearance, for each document or batch, and never beyond one call."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Entity, OperatorConfig, PayloadKind, Policy
from tests.classifier.finding import masked
from tests.classifier.operators.cases import compiled, policy_of

DOCUMENT = policy_of("marker")
BATCH = policy_of("marker", scope="batch")


@pytest.mark.parametrize(
    ("kind", "policy", "body", "expected"),
    [
        (
            PayloadKind.JSON,
            DOCUMENT,
            '{"note":"b@c.de then a@b.co","email":"a@b.co","x@y.co":1,"more":["x@y.co",{"lastName":"a@b.co"}]}',
            (
                '{"note":"[EMAIL_ADDRESS_1] then [EMAIL_ADDRESS_2]","email":"[EMAIL_ADDRESS_2]","[EMAIL_ADDRESS_3]":1,'
                '"more":["[EMAIL_ADDRESS_3]",{"lastName":"[FAMILY_NAME_1]"}]}'
            ),
        ),
        (
            PayloadKind.JSON,
            DOCUMENT,
            r'{"inner":"{\"email\":\"a@b.co\"}","email":"a@b.co"}',
            r'{"inner":"{\"email\":\"[EMAIL_ADDRESS_1]\"}","email":"[EMAIL_ADDRESS_1]"}',
        ),
        (
            PayloadKind.TEXT,
            DOCUMENT,
            "a@b.co, b@c.de, a@b.co, 123-45-6789",
            "[EMAIL_ADDRESS_1], [EMAIL_ADDRESS_2], [EMAIL_ADDRESS_1], [US_SSN_1]",
        ),
        (
            PayloadKind.FORM,
            DOCUMENT,
            "q=b%40c.de&email=a%40b.co&r=b%40c.de",
            "q=[EMAIL_ADDRESS_1]&email=[EMAIL_ADDRESS_2]&r=[EMAIL_ADDRESS_1]",
        ),
        (
            PayloadKind.NDJSON,
            DOCUMENT,
            '{"email":"a@b.co"}\n{"email":"b@c.de"}\n',
            '{"email":"[EMAIL_ADDRESS_1]"}\n{"email":"[EMAIL_ADDRESS_1]"}\n',
        ),
        (
            PayloadKind.NDJSON,
            BATCH,
            '{"email":"a@b.co"}\n{"email":"b@c.de","a":"a@b.co"}\n',
            '{"email":"[EMAIL_ADDRESS_1]"}\n{"email":"[EMAIL_ADDRESS_2]","a":"[EMAIL_ADDRESS_1]"}\n',
        ),
        (
            PayloadKind.CSV,
            DOCUMENT,
            "note,email\nsee c@d.eu,a@b.co\nn,b@c.de\n",
            "note,email\nsee [EMAIL_ADDRESS_1],[EMAIL_ADDRESS_2]\nn,[EMAIL_ADDRESS_1]\n",
        ),
        (
            PayloadKind.CSV,
            BATCH,
            "note,email\nsee c@d.eu,a@b.co\nn,c@d.eu\n",
            "note,email\nsee [EMAIL_ADDRESS_1],[EMAIL_ADDRESS_2]\nn,[EMAIL_ADDRESS_1]\n",
        ),
    ],
)
def test_values_are_numbered_as_they_appear(kind: PayloadKind, policy: Policy, body: str, expected: str) -> None:
    assert masked(body, policy, kind=kind) == expected


@given(st.lists(st.sampled_from(["a@b.co", "b@c.de", "c@d.eu", "123-45-6789", "987-65-4321"]), max_size=12))
def test_the_same_value_has_the_same_number_and_the_next_new_one_the_next(values: list[str]) -> None:
    seen = json.loads(masked(json.dumps([{"x": value} for value in values]), DOCUMENT))

    mails = list(dict.fromkeys(value for value in values if "@" in value))
    numbers = list(dict.fromkeys(value for value in values if "@" not in value))
    markers = {value: f"[EMAIL_ADDRESS_{at}]" for at, value in enumerate(mails, 1)}
    markers |= {value: f"[US_SSN_{at}]" for at, value in enumerate(numbers, 1)}
    assert [member["x"] for member in seen] == [markers[value] for value in values]


def test_each_entity_keeps_its_own_scope() -> None:
    policy = Policy(
        "mixed",
        {
            Entity.EMAIL_ADDRESS: OperatorConfig("marker"),
            Entity.PERSON: OperatorConfig("marker", (("scope", "batch"),)),
        },
    )

    seen = masked('{"email":"a@b.co","name":"Al"}\n{"email":"b@c.de","name":"Bo"}', policy, kind=PayloadKind.NDJSON)

    assert seen == (
        '{"email":"[EMAIL_ADDRESS_1]","name":"[PERSON_1]"}\n{"email":"[EMAIL_ADDRESS_1]","name":"[PERSON_2]"}'
    )


def test_no_call_remembers_another() -> None:
    first = masked('{"email":"a@b.co"}', BATCH)
    second = masked('{"email":"b@c.de"}', BATCH)

    assert first == second == '{"email":"[EMAIL_ADDRESS_1]"}'


def test_a_batch_of_several_bodies_counts_on() -> None:
    policy = Policy("mixed", {Entity.EMAIL_ADDRESS: OperatorConfig("marker")}, default=BATCH.default).for_batch()
    bodies = ['{"email":"a@b.co","name":"Al"}', '{"email":"b@c.de","name":"Bo"}', '{"email":"a@b.co","name":"Al"}']

    seen = [masked(body, policy) for body in bodies]

    assert seen == [
        '{"email":"[EMAIL_ADDRESS_1]","name":"[PERSON_1]"}',
        '{"email":"[EMAIL_ADDRESS_1]","name":"[PERSON_2]"}',
        '{"email":"[EMAIL_ADDRESS_1]","name":"[PERSON_1]"}',
    ]


def test_two_batches_of_a_policy_count_apart() -> None:
    first, second = BATCH.for_batch(), BATCH.for_batch().for_batch()

    seen = [masked(f'{{"email":"{name}@b.co"}}', batch) for batch in (first, second) for name in "ab"]

    assert seen == ['{"email":"[EMAIL_ADDRESS_1]"}', '{"email":"[EMAIL_ADDRESS_2]"}'] * 2


def test_threads_that_share_a_policy_number_apart() -> None:
    bodies = [f'{{"a":"{number}@b.co {number + 1}@b.co {number}@b.co"}}' for number in range(200)]

    with ThreadPoolExecutor(4) as pool:
        together = set(pool.map(lambda body: masked(body, BATCH), bodies))

    assert together == {'{"a":"[EMAIL_ADDRESS_1] [EMAIL_ADDRESS_2] [EMAIL_ADDRESS_1]"}'}


def test_a_personal_key_and_its_value_have_one_number() -> None:
    seen = masked('{"users":{"a@b.co":{"email":"a@b.co"},"b@c.de":{"email":"b@c.de"}}}', DOCUMENT)

    assert seen == (
        '{"users":{"[EMAIL_ADDRESS_1]":{"email":"[EMAIL_ADDRESS_1]"},'
        '"[EMAIL_ADDRESS_2]":{"email":"[EMAIL_ADDRESS_2]"}}}'
    )


def test_without_a_call_that_counts_a_marker_has_no_number() -> None:
    assert compiled("marker")("alice") == "[PERSON]"


def test_a_policy_without_markers_needs_no_tables_for_a_call() -> None:
    tables = Policy.named("strict").compiled()

    assert tables.for_call() is tables
