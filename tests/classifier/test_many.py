"""Documents masked together: each as it would be alone, and none the worse for another that is broken."""

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import (
    REDACT_EVERYTHING,
    ClassifierError,
    ClassifierFailed,
    Entity,
    InvalidEncoding,
    InvalidPayload,
    Keyring,
    Limits,
    Masked,
    OperatorConfig,
    PayloadKind,
    Policy,
    Refused,
    Tier,
    TooDeep,
    mask,
    mask_many,
)
from classifier.operators import OPERATORS
from classifier.payloads.json_slices import LARGE
from tests.benchmarks.varied import Backend
from tests.classifier.finding import HASH_KEY, STRICT
from tests.drawing import draws

JSON, NDJSON = PayloadKind.JSON, PayloadKind.NDJSON
KEYRING = Keyring((b"a secret of the tests alone.....",), "tests")
POLICIES = {
    **{
        name: Policy(name, default=OperatorConfig(name), hash_key=HASH_KEY, keyring=KEYRING)
        for name in OPERATORS
        if name not in {"keep", "encrypt"}  # What is encrypted differs each time.
    },
    "strict": STRICT,
    "balanced": Policy.named("balanced"),
    "some kept": STRICT.keeping([Entity.EMAIL_ADDRESS, Entity.PERSON]),
    "an owner's rules": Policy.from_dict(
        {
            "matchers": [{"name": "T", "term": "blue", "how": "exact", "on": "value"}],
            "allow": {"keys": ["note"], "values": []},
            "block": {"keys": [], "values": ["red"]},
        }
    ),
    "everything": REDACT_EVERYTHING,
}
leaves = st.sampled_from(
    [
        "alice@example.com",
        "123-45-6789",
        "Emily Carter",
        "blue",
        "red",
        "2024-05-01T12:34:56Z",
        '{"ssn": 1}',
        'é\n"',
        "",
    ]
)
scalars = st.one_of(leaves, st.integers(0, 10**17), st.booleans(), st.none())
keys = st.sampled_from(["email", "name", "user", "note", "k", "v", "123-45-6789", "address", "patients"])
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner)), max_leaves=8
)
bodies = st.one_of(
    st.builds(lambda value: json.dumps(value).encode(), values),
    st.builds(lambda value: "\ufeff".encode() + json.dumps(value, ensure_ascii=False).encode(), values),
    st.sampled_from([b"", b"{", b'{"a": 1,}', b"\xff", b"[" * 30 + b"]" * 30, b'"x" "y"']),
    st.builds(lambda value: json.dumps([{"email": "x@y.co", "v": value}] * (LARGE // 30)).encode(), scalars),
)
MANY = draws(30)
SHALLOW = Limits(max_depth=20)


def _alone(body: bytes, policy: Policy, tier: Tier) -> Masked | str:
    try:
        return mask(body, policy, kind=JSON, tier=tier, limits=SHALLOW)
    except (InvalidPayload, InvalidEncoding, TooDeep) as error:
        return repr(error)


@MANY
@given(st.lists(bodies, max_size=6), st.sampled_from(sorted(POLICIES)), st.sampled_from([Tier.PATTERNS, Tier.FAST]))
def test_each_is_masked_as_it_would_be_alone(documents: list[bytes], name: str, tier: Tier) -> None:
    together = mask_many(documents, POLICIES[name], tier=tier, limits=SHALLOW)

    assert [answer if isinstance(answer, Masked) else repr(answer) for answer in together] == [
        _alone(body, POLICIES[name], tier) for body in documents
    ]


@MANY
@given(
    st.lists(st.builds(lambda value: json.dumps(value).encode(), values), max_size=6), st.sampled_from(sorted(POLICIES))
)
def test_lines_are_masked_as_they_would_be_alone(documents: list[bytes], name: str) -> None:
    policy = POLICIES[name]

    together = mask(b"\n".join(documents), policy, kind=NDJSON)

    assert together.payload.split(b"\n") == ([mask(body, policy, kind=JSON).payload for body in documents] or [b""])


def test_hundreds_of_events_are_masked_as_each_would_be_alone() -> None:
    backend = Backend(4)
    events = [json.dumps(backend.event()).encode() for _ in range(200)]

    assert mask_many(events, STRICT) == [mask(event, STRICT, kind=JSON) for event in events]


def test_what_is_wrong_with_one_is_told_in_its_place_without_its_content() -> None:
    canary = b'{"email": "canary@example.com", "k": canary-7281}'

    answers = mask_many([b'{"email":"x@y.co"}', canary, b"\xffcanary", b"[" * 200 + b"]" * 200], STRICT)

    assert answers[0] == Masked(b'{"email":"<EMAIL_ADDRESS>"}', {Entity.EMAIL_ADDRESS: 1})
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [type(each) for each in refused] == [InvalidPayload, InvalidEncoding, TooDeep]
    assert not [each for each in refused if each.__traceback__ or each.__context__ or "canary" in str(each)]


def test_a_payload_without_personal_data_is_the_same_object() -> None:
    body = b'{"kind": "blue"}'

    (answer,) = mask_many([body], STRICT)

    assert isinstance(answer, Masked)
    assert answer.payload is body


def test_markers_are_numbered_for_each_document_or_through_the_call() -> None:
    bodies = [b'{"name":"Ann Lee"}', b'{"name":"Bob Fox"}']
    of = partial(OperatorConfig, "marker")

    each = mask_many(bodies, Policy("d", default=of((("scope", "document"),))))
    batch = mask_many(bodies, Policy("b", default=of((("scope", "batch"),))))

    person = {Entity.PERSON: 1}
    first, second = Masked(b'{"name":"[PERSON_1]"}', person), Masked(b'{"name":"[PERSON_2]"}', person)
    assert each == [first, first]
    assert batch == [first, second]


def test_an_operator_that_breaks_refuses_the_whole_call(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = Policy("broken")
    monkeypatch.setattr(policy.compiled(), "constants", None)

    with pytest.raises(ClassifierFailed) as refusal:
        mask_many([b'{"email": "canary@example.com"}'], policy)

    assert isinstance(refusal.value, ClassifierError)
    assert "canary" not in str(refusal.value)
