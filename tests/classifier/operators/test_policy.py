"""Policies of the new operators: stored without keys, refused with what is allowed."""

import pickle
from typing import Any

import pytest

from classifier import Entity, OperatorConfig, Policy, PolicyError
from classifier.operators import OPERATORS, compile_operator
from tests.classifier.finding import HASH_KEY, masked_value
from tests.classifier.operators.cases import KEYRING, KEYS, MASTER, VALUES

STORED: dict[str, Any] = {
    "name": "custom",
    "operators": {
        "AGE": {"name": "generalize", "params": {"dates": "decade"}},
        "CREDIT_CARD": "last4",
        "EMAIL_ADDRESS": "token",
        "PERSON": {"name": "marker", "params": {"scope": "batch"}},
        "URL": "encrypt",
    },
    "default": "synthetic",
    "numbers": "null",
}


def test_a_policy_of_new_operators_survives_storage_without_its_keys() -> None:
    policy = Policy.from_dict(STORED, keyring=KEYRING)

    assert policy.as_dict() == STORED
    assert Policy.from_dict(policy.as_dict()) == policy
    assert MASTER.decode() not in repr((policy, policy.as_dict(), policy.compiled().hides))


def test_a_policy_travels_with_its_keyring() -> None:
    policy = Policy.from_dict(STORED, keyring=KEYRING)
    policy.compiled()

    travelled = pickle.loads(pickle.dumps(policy))  # noqa: S301 - our own bytes.

    assert masked_value({"email": "a@b.co"}, travelled) == {"email": KEYRING.seal(Entity.EMAIL_ADDRESS, "a@b.co")}


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        ({"name": "marker", "params": {"scope": "world"}}, "'scope' must be one of: document, batch"),
        ({"name": "generalize", "params": {"dates": 7}}, "'dates' must be one of: year, decade"),
        ({"name": "last4", "params": {"masking_char": "12"}}, "must be one character that is no digit"),
        ({"name": "token", "params": {"key": "x"}}, "'token' has no parameter 'key'; allowed: per"),
        ({"name": "encrypt", "params": {"key": "x"}}, "'encrypt' has no parameter 'key'; allowed: none"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_is_allowed(operator: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        Policy.from_dict({"operators": {"PERSON": operator}}, keyring=KEYRING).compiled()


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        ("token", "The operator 'token' needs a keyring"),
        ("hash", "The operator 'hash' needs a key of at least 16 bytes"),
        ("synthetic", "The operator 'synthetic' needs a key of at least 16 bytes"),
        ("encrypt", "The operator 'encrypt' needs a keyring, or an encrypt_key"),
    ],
)
def test_an_operator_without_its_key_is_refused(operator: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        compile_operator(OperatorConfig(operator), Entity.PERSON)


def test_a_keyring_is_key_enough_for_every_operator() -> None:
    names = [name for name in OPERATORS if name != "keep"]

    hidden = [compile_operator(OperatorConfig(name), Entity.PERSON, keys=KEYS) for name in names]

    assert None not in hidden


def test_a_hash_key_of_its_own_comes_before_the_keyring() -> None:
    alone = Policy("p", default=OperatorConfig("hash"), hash_key=HASH_KEY)
    both = Policy("p", default=OperatorConfig("hash"), hash_key=HASH_KEY, keyring=KEYRING)

    assert masked_value({"email": "a@b.co"}, alone) == masked_value({"email": "a@b.co"}, both)


@pytest.mark.parametrize("name", ["reversible", "lifelike"])
def test_a_named_policy_hides_every_kind(name: str) -> None:
    tables = Policy.named(name, keyring=KEYRING).compiled()

    assert [value for entity, value in VALUES if tables.hide(entity, value) == value] == []


@pytest.mark.parametrize("operator", ["token", "marker", "hash", "last4", "encrypt", "shape"])
@pytest.mark.parametrize(("numbers", "expected"), [("zero", 0), ("null", None)])
def test_a_number_stays_a_number_or_becomes_null(operator: str, numbers: str, expected: int | None) -> None:
    policy = Policy("p", default=OperatorConfig(operator), numbers=numbers, keyring=KEYRING)

    assert masked_value({"age": 42, "phone": 4155550132}, policy) == {"age": expected, "phone": expected}


@pytest.mark.parametrize("operator", ["synthetic", "generalize"])
def test_null_comes_before_another_number(operator: str) -> None:
    policy = Policy("p", default=OperatorConfig(operator), numbers="null", keyring=KEYRING)

    assert masked_value({"age": 42}, policy) == {"age": None}
