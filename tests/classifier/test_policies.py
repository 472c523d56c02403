"""Policies: values that compare, survive storage and never show their key."""

import pickle
from typing import Any

import pytest

from classifier import (
    ENTITIES,
    POLICY_NAMES,
    REDACT_EVERYTHING,
    Entity,
    OperatorConfig,
    PayloadKind,
    Policy,
    PolicyError,
    mask,
)
from tests.classifier.finding import HASH_KEY, masked_value

PERSONAL = {"name": "Al", "ssn": "123-45-6789", "email": "a@b.co", "age": 42}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("strict", {"name": "<PERSON>", "ssn": "<US_SSN>", "email": "<EMAIL_ADDRESS>", "age": 0}),
        ("balanced", {"name": "<PERSON>", "ssn": "***-**-****", "email": "<EMAIL_ADDRESS>", "age": 0}),
    ],
)
def test_a_named_policy_hides_in_its_own_way(name: str, expected: dict[str, Any]) -> None:
    seen = masked_value(PERSONAL, Policy.named(name))

    assert seen == expected


@pytest.mark.parametrize("name", [name for name in POLICY_NAMES if name != "analytics"])
def test_in_a_named_policy_the_parts_of_a_kind_follow_a_choice_for_it(name: str) -> None:
    policy = Policy.named(name).with_operator(Entity.PERSON, "keep")

    seen = {entity: policy.operator_of(entity).name for entity, info in ENTITIES.items() if info.part_of == "PERSON"}

    assert seen == dict.fromkeys(("GIVEN_NAME", "FAMILY_NAME", "MEDICAL_PROFESSIONAL"), "keep")


def test_balanced_hides_every_kind_by_its_own_operator() -> None:
    policy = Policy.named("balanced")

    assert [entity for entity, info in ENTITIES.items() if policy.operator_of(entity).name != info.operator] == []


def test_analytics_keeps_equal_values_equal() -> None:
    policy = Policy.named("analytics", hash_key=HASH_KEY)

    first, second = masked_value([{"email": "a@b.co"}, {"email": "a@b.co"}], policy)

    assert first == second
    assert len(first["email"]) == 32


def test_analytics_without_a_key_is_an_error_not_a_pass() -> None:
    with pytest.raises(PolicyError):
        masked_value(PERSONAL, Policy.named("analytics"))


def test_numbers_become_null_where_the_policy_says_so() -> None:
    seen = masked_value({"age": 42, "logins": 3}, Policy("nulls", numbers="null"))

    assert seen == {"age": None, "logins": 3}


def test_policies_compare_and_hash_by_value() -> None:
    one = Policy("p", {Entity.PERSON: OperatorConfig("redact"), Entity.AGE: OperatorConfig("keep")})
    two = Policy("p", {Entity.AGE: OperatorConfig("keep"), Entity.PERSON: OperatorConfig("redact")})
    one.compiled()

    assert one == two
    assert hash(one) == hash(two)


def test_a_policy_survives_storage_without_its_key() -> None:
    masks = OperatorConfig("mask", (("masking_char", "#"),))
    policy = Policy.named("balanced", hash_key=HASH_KEY).with_operator(Entity.PERSON, masks)

    stored = policy.as_dict()

    assert Policy.from_dict(stored, hash_key=HASH_KEY) == policy
    assert stored["operators"]["PERSON"] == {"name": "mask", "params": {"masking_char": "#"}}
    assert HASH_KEY.decode() not in repr((stored, policy))


def test_compiled_tables_are_built_once() -> None:
    policy = Policy.named("strict")

    assert policy.compiled() is policy.compiled()


def test_a_policy_travels_between_processes() -> None:
    policy = Policy("p", {Entity.PERSON: OperatorConfig("redact")}, hash_key=HASH_KEY)
    policy.compiled()

    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 - our own bytes.


def test_keeping_leaves_some_entities_readable() -> None:
    seen = masked_value(PERSONAL, Policy.named("strict").keeping([Entity.PERSON, Entity.AGE]))

    assert seen == {"name": "Al", "ssn": "<US_SSN>", "email": "<EMAIL_ADDRESS>", "age": 42}


def test_an_unnamed_entity_gets_the_default() -> None:
    policy = Policy("p", {Entity.PERSON: OperatorConfig("redact")}, OperatorConfig("mask"))

    assert policy.operator_of(Entity.PERSON) == OperatorConfig("redact")
    assert policy.operator_of(Entity.AGE) == OperatorConfig("mask")


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"operators": {"NOBODY": "keep"}}, "Unknown entity 'NOBODY'; allowed: PERSON"),
        ({"operators": {"PERSON": "vanish"}}, "Unknown operator 'vanish'; allowed: replace"),
        ({"operators": {"PERSON": {"name": "redact", "params": {"a": 1}}}}, "has no parameter 'a'; allowed: none"),
        ({"operators": ["PERSON"]}, "must map an entity to an operator"),
        ({"operators": {"PERSON": 7}}, "An operator must be a name"),
        ({"default": "keep"}, "only where keep_by_default says so"),
        ({"numbers": "nine"}, "allowed: zero, null"),
        ({"hash_key": "x"}, "A policy has no 'hash_key'"),
    ],
)
def test_a_wrong_policy_is_refused_with_what_is_allowed(stored: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        Policy.from_dict(stored)


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(PolicyError, match=", ".join(POLICY_NAMES)):
        Policy.named("nope")


def test_every_default_operator_exists() -> None:
    assert {OperatorConfig(info.operator).name for info in ENTITIES.values()} <= {"replace", "shape", "redact"}


def test_the_sentinel_hides_everything_even_after_a_copy() -> None:
    copied = pickle.loads(pickle.dumps(REDACT_EVERYTHING))  # noqa: S301 - our own bytes.

    assert masked_value({"a": "b", "n": 7}, copied) == {"a": "[REDACTED]", "n": 0}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        # The last ten digits pass the check of a German tax number.
        ("call +1 415 555 0132 now", "call +1 415 555 0132 now"),
        ("call +1 415 555 0132, SSN 123-45-6789", "call +1 415 555 0132, SSN <US_SSN>"),
        ("steuernummer 415 555 0132", "steuernummer <DE_TAX_NUMBER>"),
        ("see https://x.example/?u=a@b.example", "see https://x.example/?u=<EMAIL_ADDRESS>"),
    ],
)
def test_what_is_kept_is_not_hidden_as_digits_misread_nor_does_it_shield_a_neighbour(text: str, seen: str) -> None:
    policy = Policy.named("strict").keeping([Entity.PHONE_NUMBER, Entity.URL])

    assert mask(text.encode(), policy, kind=PayloadKind.TEXT).payload.decode() == seen


def test_a_reader_of_phone_numbers_reads_them_under_a_telling_key_and_bare() -> None:
    policy = Policy.named("strict").keeping([Entity.PHONE_NUMBER])
    body = b'{"phone":"+1 415 555 0132","contact":{"tel":14155550132},"ssn":"123-45-6789"}'

    assert mask(body, policy, kind=PayloadKind.JSON).payload == body.replace(b"123-45-6789", b"<US_SSN>")
