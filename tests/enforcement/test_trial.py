"""What would have happened: the effect, the fields by folded path, and leaks; never a value, never a name in a path."""

import dataclasses
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import classifier
from classifier import PayloadKind
from privacy_service.decisions.types import AccessRequest
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.paths import LONGEST, folded
from privacy_service.enforcement.trial import try_out
from tests.factories import make_policy
from tests.leaking import overlook
from workspaces.models import User, Workspace

CANARY = "canary-4711@example.com"


def body(**fields: Any) -> Payload:
    """Return a JSON payload."""
    return Payload(PayloadKind.JSON, orjson.dumps(fields))


def test_fields_are_counted_by_path_and_kind_without_any_value(workspace: Workspace, bob: User) -> None:
    payload = body(user={"email": CANARY, "phones": [{"phone": "+1 415 555 2671"}, {"phone": "+1 415 555 2672"}]})

    tried = try_out(AccessRequest(bob, workspace), payload)

    assert tried.effect == "mask role-lacks-pii"
    assert tried.fields == {("/user/email", "EMAIL_ADDRESS"): 1, ("/user/phones/*/phone", "PHONE_NUMBER"): 2}
    assert tried.leaks == {}
    assert "canary" not in str(dataclasses.asdict(tried))


def test_each_reader_gets_the_effect_that_they_would_have_had(
    workspace: Workspace, alice: User, bob: User, carol: User, mallory: User
) -> None:
    effects = [
        try_out(AccessRequest(one, workspace), body(email=CANARY)).effect for one in (alice, bob, carol, mallory)
    ]

    assert effects == ["pass role-grants-pii", "mask role-lacks-pii", "pass role-grants-pii", "deny not-a-member"]


@pytest.mark.parametrize(
    ("kind", "content", "effect"),
    [
        (PayloadKind.JSON, b'{"email":', "refuse invalid-body"),
        (PayloadKind.JSON, b"[" * 200 + b"]" * 200, "refuse body-too-deep"),
        (PayloadKind.TEXT, b"\xff\xfe", "refuse invalid-body"),
    ],
)
def test_a_body_that_will_be_refused_once_released_is_known_before(
    workspace: Workspace, bob: User, kind: PayloadKind, content: bytes, effect: str
) -> None:
    assert try_out(AccessRequest(bob, workspace), Payload(kind, content)).effect == effect


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (PayloadKind.JSON, b'{"note":"card 4111 1111 1111 1111, mail canary@example.com"}'),
        (PayloadKind.NDJSON, b'{"a":"4111111111111111"}\n{"a":"canary@example.com"}\n'),
        (PayloadKind.CSV, b"who,card\nx,4111111111111111\n"),
        (PayloadKind.TEXT, b"Mail canary@example.com, IBAN DE89 3704 0044 0532 0130 00."),
        (PayloadKind.FORM, b"mail=canary%40example.com&card=4111111111111111"),
    ],
)
@pytest.mark.parametrize("operator", ["replace", "redact", "shape", "hash", "token", "last4", "marker", "synthetic"])
def test_the_classifier_finds_nothing_in_what_it_has_masked(
    workspace: Workspace, bob: User, kind: PayloadKind, content: bytes, operator: str
) -> None:
    make_policy(workspace, dict.fromkeys(("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE"), operator))

    assert try_out(AccessRequest(bob, workspace), Payload(kind, content)).leaks == {}


def test_what_a_policy_keeps_is_no_leak(workspace: Workspace, bob: User) -> None:
    make_policy(workspace, {"EMAIL_ADDRESS": "keep"})

    tried = try_out(AccessRequest(bob, workspace), body(note=f"Write to {CANARY}."))

    assert (tried.fields, tried.leaks) == ({}, {})


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (PayloadKind.JSON, b'{"note":"card 4111 1111 1111 1111, mail canary@example.com"}'),
        (PayloadKind.CSV, b"who,mail\nx 4111 1111 1111 1111,canary@example.com\n"),
        (PayloadKind.FORM, b"note=4111+1111+1111+1111&mail=canary%40example.com"),
    ],
)
def test_what_masking_has_left_over_is_found(
    workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch, kind: PayloadKind, content: bytes
) -> None:
    overlook(monkeypatch, "CREDIT_CARD")

    assert try_out(AccessRequest(bob, workspace), Payload(kind, content)).leaks == {"CREDIT_CARD": 1}


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", ""),
        ("/user/email", "/user/email"),
        ("/user/firstName", "/user/firstName"),
        ("/items/0/shipping_address/street", "/items/*/shipping_address/street"),
        ("/alice/ssn", "/*/ssn"),
        ("/users/bob/email", "/users/*/email"),
        ("/users/canary-4711@example.com/email", "/users/*/email"),
        ("/Jane Doe/phone", "/*/phone"),
        ("/123-45-6789", "/*"),
        ("/a~1b/email", "/*/email"),
        ("/bill/email", "/*/email"),
        ("/müller/email", "/*/email"),
    ],
)
def test_a_path_keeps_words_of_fields_and_no_others(pointer: str, expected: str) -> None:
    assert folded(pointer) == expected


def test_a_long_path_keeps_its_end() -> None:
    path = folded("/user" * 100 + "/email")

    assert len(path) <= LONGEST
    assert path.endswith("/user/email")
    assert path.startswith("/…")


@given(st.lists(st.text(max_size=12), max_size=6))
def test_a_folded_path_holds_no_digit_and_is_folded_for_good(keys: list[str]) -> None:
    path = folded("".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys))

    assert not any(letter.isdigit() for letter in path)
    assert folded(path) == path


def test_given_names_in_keys_never_stay(workspace: Workspace) -> None:
    names = ("alice", "bob", "maria", "mohammed", "wei", "stan", "grace", "max", "mark", "rose", "will", "may")

    assert {folded(f"/{name}/email") for name in names} == {"/*/email"}
    assert classifier.ENTITIES  # The words come from the classifier's own tables.
