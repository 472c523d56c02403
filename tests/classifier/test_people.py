"""Tokens under the keys of the people the data is about: joined within a person, gone with their key."""

import re

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import (
    Entity,
    Keyring,
    Keyrings,
    Masked,
    OperatorConfig,
    PayloadKind,
    Policy,
    PolicyError,
    key_ids_in,
    mask,
    mask_many,
    unmask,
)
from classifier.tokens import TOKEN
from tests.classifier.operators.cases import KEYRING
from tests.drawing import draws

PER_PERSON = OperatorConfig("token", (("per", "person"),))
POLICY = Policy("custom", default=PER_PERSON, keyring=KEYRING)
DORA, EMIL = Keyring((b"d" * 32,), "acme"), Keyring((b"e" * 32,), "acme")
BOTH = Keyrings.of([DORA, EMIL])

RECORD = b'{"email": "dora@example.com", "ssn": "123-45-6789"}'
LINES = RECORD + b"\n\n" + RECORD + b"\n"
TABLE = b"email,ssn\ndora@example.com,123-45-6789\ndora@example.com,123-45-6789\n"


def keys_of(masked: Masked) -> list[str]:
    return [claim.group(2) for claim in TOKEN.finditer(masked.payload.decode())]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.JSON, RECORD),
        (PayloadKind.NDJSON, LINES),
        (PayloadKind.CSV, TABLE),
        (PayloadKind.TEXT, b"Write to dora@example.com or call about 123-45-6789."),
        (PayloadKind.FORM, b"email=dora%40example.com&ssn=123-45-6789"),
    ],
)
def test_what_is_nobodys_is_hidden_for_good(kind: PayloadKind, body: bytes) -> None:
    masked = mask(body, POLICY, kind=kind)

    assert b"ptok_" not in masked.payload
    assert b"dora" not in masked.payload
    assert b"6789" not in masked.payload


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.JSON, RECORD),
        (PayloadKind.NDJSON, LINES),
        (PayloadKind.CSV, TABLE),
        (PayloadKind.TEXT, b"Write to dora@example.com or call about 123-45-6789."),
        (PayloadKind.FORM, b"email=dora%40example.com&ssn=123-45-6789"),
    ],
)
def test_one_keyring_is_that_of_the_whole_body(kind: PayloadKind, body: bytes) -> None:
    masked = mask(body, POLICY, kind=kind, whose=DORA)

    assert set(keys_of(masked)) == set(DORA.key_ids)
    assert unmask(masked.payload, BOTH, kind=kind).payload == body


@pytest.mark.parametrize(("kind", "body"), [(PayloadKind.NDJSON, LINES), (PayloadKind.CSV, TABLE)])
def test_each_record_is_sealed_under_its_persons_key(kind: PayloadKind, body: bytes) -> None:
    masked = mask(body, POLICY, kind=kind, whose=[DORA, DORA, EMIL] if kind is PayloadKind.CSV else [DORA, None, EMIL])

    assert keys_of(masked) == [*DORA.key_ids] * 2 + [*EMIL.key_ids] * 2
    assert unmask(masked.payload, BOTH, kind=kind).payload == body


def test_a_record_whose_person_has_no_key_is_hidden_for_good() -> None:
    masked = mask(LINES, POLICY, kind=PayloadKind.NDJSON, whose=[None, None, EMIL]).payload.split(b"\n")

    assert orjson.loads(masked[0]) == {"email": "<EMAIL_ADDRESS>", "ssn": "<US_SSN>"}
    assert orjson.loads(masked[2])["email"].startswith("ptok_EMAIL_ADDRESS_")


def test_documents_masked_together_have_a_person_each() -> None:
    alone = [mask(RECORD, POLICY, kind=PayloadKind.JSON, whose=each) for each in (DORA, EMIL)]

    assert mask_many([RECORD, RECORD], POLICY, whose=[DORA, EMIL]) == alone


def test_a_value_joins_within_a_person_and_not_across_people() -> None:
    first, second = (mask(RECORD, POLICY, kind=PayloadKind.JSON, whose=each).payload for each in (DORA, EMIL))

    assert first == mask(RECORD, POLICY, kind=PayloadKind.JSON, whose=DORA).payload
    assert orjson.loads(first)["ssn"] != orjson.loads(second)["ssn"]


def test_a_token_of_a_key_that_is_gone_stays_as_it_is() -> None:
    masked = mask(LINES, POLICY, kind=PayloadKind.NDJSON, whose=[DORA, None, EMIL]).payload

    opened = unmask(masked, Keyrings.of([EMIL]), kind=PayloadKind.NDJSON, strict=False).payload.split(b"\n")

    assert opened[0] == masked.split(b"\n")[0]
    assert opened[2] == RECORD


def test_the_keys_of_a_body_are_told_by_its_tokens() -> None:
    masked = mask(RECORD, POLICY, kind=PayloadKind.JSON, whose=DORA).payload.decode()

    assert key_ids_in(masked) == dict.fromkeys(DORA.key_ids, 2)
    assert key_ids_in("nothing sealed") == {}


def test_what_a_person_has_sealed_already_stays_one_token() -> None:
    once = mask(RECORD, POLICY, kind=PayloadKind.JSON, whose=DORA).payload

    assert mask(once, POLICY, kind=PayloadKind.JSON, whose=DORA).payload == once


def test_markers_and_the_keys_of_people_go_together() -> None:
    policy = POLICY.with_operator(Entity.EMAIL_ADDRESS, "marker")

    masked = mask(LINES, policy, kind=PayloadKind.NDJSON, whose=[DORA, None, EMIL]).payload.split(b"\n")

    assert [orjson.loads(line)["email"] for line in masked if line] == ["[EMAIL_ADDRESS_1]"] * 2
    assert [list(key_ids_in(line.decode())) for line in masked if line] == [[*DORA.key_ids], [*EMIL.key_ids]]


@pytest.mark.parametrize("per", ["people", "", 1])
def test_a_key_is_a_workspaces_or_a_persons(per: str | int) -> None:
    policy = Policy("custom", default=OperatorConfig("token", (("per", per),)), keyring=KEYRING)

    with pytest.raises(PolicyError, match="The parameter 'per' must be one of: workspace, person"):
        policy.compiled()


@given(
    names=st.lists(st.sampled_from("ab"), max_size=6), value=st.from_regex(r"[a-z]{3,9}@example\.com", fullmatch=True)
)
@draws(40)
def test_without_a_key_no_body_comes_back(names: list[str], value: str) -> None:
    keyrings = [DORA if name == "a" else EMIL for name in names]
    body = b"\n".join(orjson.dumps({"email": value}) for _ in names)

    masked = mask(body, POLICY, kind=PayloadKind.NDJSON, whose=keyrings).payload
    opened = unmask(masked, Keyrings.of([EMIL]), kind=PayloadKind.NDJSON, strict=False).payload

    assert not re.search(value.encode(), masked)
    assert opened.count(value.encode()) == names.count("b")


def test_what_an_owners_rule_finds_is_sealed_under_the_persons_key_too() -> None:
    stored = {
        "default": "replace",
        "matchers": [
            {
                "name": "club",
                "on": "key",
                "how": "exact",
                "term": "clubcard",
                "operator": {"name": "token", "params": {"per": "person"}},
            }
        ],
    }
    policy = Policy.from_dict(stored, keyring=KEYRING)
    body = b'{"clubcard": "K-17"}'

    sealed, nobodys = (mask(body, policy, kind=PayloadKind.JSON, whose=whose).payload for whose in (DORA, ()))

    assert list(key_ids_in(sealed.decode())) == [*DORA.key_ids]
    assert unmask(sealed, BOTH, kind=PayloadKind.JSON).payload == body
    assert b"K-17" not in nobodys
    assert b"ptok_" not in nobodys
