"""Operators as tables, and Presidio's engine as their oracle."""

import pytest
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig as PresidioConfig
from presidio_anonymizer.entities import RecognizerResult

from classifier import Entity, OperatorConfig, PayloadKind, Policy, PolicyError
from classifier.operators import OPERATORS, compile_operator
from tests.classifier.finding import HASH_KEY, SHAPES, found, masked


def _engine() -> AnonymizerEngine:
    return AnonymizerEngine()  # type: ignore[no-untyped-call]


SSNS = "123-45-6789 987-65-4321"


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        (OperatorConfig("replace"), "alice", "<PERSON>"),
        (OperatorConfig("replace", (("new_value", "X"),)), "alice", "X"),
        (OperatorConfig("redact"), "alice", ""),
        (OperatorConfig("mask"), "alice", "*****"),
        (OperatorConfig("mask"), "a" * 1000, "*" * 1000),
        (OperatorConfig("mask", (("masking_char", "#"),)), "alice", "#####"),
        (OperatorConfig("mask", (("chars_to_mask", 3), ("from_end", True))), "alice", "al***"),
        (OperatorConfig("shape"), "123-45-6789", "***-**-****"),
        (OperatorConfig("shape"), "+1 (415) 555\u20110132", "+* (***) ***\u2011****"),
        (OperatorConfig("shape"), "Zoë नमस्ते 東京", "*** ****** **"),
        (OperatorConfig("hash"), "alice", "614b2394bb792b209a84d1e2fb902bb8"),
        (OperatorConfig("hash", (("length", 16),)), "alice", "614b2394bb792b20"),
    ],
)
def test_an_operator_hides_a_value(operator: OperatorConfig, value: str, expected: str) -> None:
    hide = compile_operator(operator, Entity.PERSON, hash_key=HASH_KEY)

    assert hide is not None
    assert hide(value) == expected


def test_keep_hides_nothing() -> None:
    assert compile_operator(OperatorConfig("keep"), Entity.PERSON, hash_key=b"") is None


def test_two_numbers_side_by_side_leave_no_digit() -> None:
    # Presidio's engine merges neighbours of one entity; a mask of fixed length then leaves a tail.
    presidio = _engine().anonymize(
        SSNS,
        [RecognizerResult("US_SSN", 0, 11, 1.0), RecognizerResult("US_SSN", 12, 23, 1.0)],
        {"DEFAULT": PresidioConfig("mask", {"masking_char": "*", "chars_to_mask": 11, "from_end": False})},
    )
    ours = masked(SSNS, Policy("mask", default=OperatorConfig("mask")), kind=PayloadKind.TEXT)

    assert any(letter.isdigit() for letter in presidio.text)
    assert ours == "*********** ***********"


def test_the_shape_of_two_numbers_side_by_side_keeps_their_separators() -> None:
    seen = masked(SSNS, SHAPES, kind=PayloadKind.TEXT)

    assert seen == "***-**-**** ***-**-****"


def test_a_hash_is_the_same_each_time_and_depends_on_the_key() -> None:
    # Presidio's own hash salts at random unless it is given a salt.
    config = OperatorConfig("hash")
    first = compile_operator(config, Entity.PERSON, hash_key=HASH_KEY)
    again = compile_operator(config, Entity.PERSON, hash_key=HASH_KEY)
    other = compile_operator(config, Entity.PERSON, hash_key=b"another key of enough bytes.....")

    assert first is not None
    assert again is not None
    assert other is not None
    assert first("alice") == again("alice") != other("alice")


@pytest.mark.parametrize("name", ["replace", "redact", "keep"])
def test_presidios_engine_agrees_on_its_own_operators(name: str) -> None:
    text = "alice@example.com"
    engine = _engine().anonymize(
        text, [RecognizerResult("EMAIL_ADDRESS", 0, len(text), 1.0)], {"DEFAULT": PresidioConfig(name)}
    )
    policy = Policy("one", default=OperatorConfig(name), keep_by_default=True)

    assert masked(text, policy, kind=PayloadKind.TEXT) == engine.text
    assert found(text) == [("EMAIL_ADDRESS", text)]


@pytest.mark.parametrize(
    ("operator", "params"),
    [
        ("nope", ()),
        ("redact", (("new_value", "x"),)),
        ("mask", (("masking_char", "**"),)),
        ("mask", (("masking_char", "7"),)),
        ("mask", (("chars_to_mask", 0),)),
        ("mask", (("chars_to_mask", True),)),
        ("mask", (("from_end", "yes"),)),
        ("shape", (("masking_char", ""),)),
        ("hash", (("length", 8),)),
        ("replace", (("new_value", 7),)),
    ],
)
def test_a_wrong_operator_is_refused_before_any_value_is_seen(
    operator: str, params: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(PolicyError):
        compile_operator(OperatorConfig(operator, params), Entity.PERSON, hash_key=HASH_KEY)


@pytest.mark.parametrize("key", [b"", b"short"])
def test_a_hash_without_a_proper_key_is_refused(key: bytes) -> None:
    with pytest.raises(PolicyError, match="needs a key of at least 16 bytes"):
        compile_operator(OperatorConfig("hash"), Entity.PERSON, hash_key=key)


def test_an_unknown_operator_is_answered_with_those_that_exist() -> None:
    with pytest.raises(PolicyError) as refusal:
        OperatorConfig("nope")

    assert str(refusal.value) == f"Unknown operator 'nope'; allowed: {', '.join(OPERATORS)}."
