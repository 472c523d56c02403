"""Tokens: equal for equal values, bound to entity and workspace, opened by their keyring alone."""

import pickle
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from classifier import Entity, Keyring, PayloadKind, Policy, PolicyError, classify
from classifier.tokens import TOKEN, key_id_of
from tests.classifier.finding import found, masked
from tests.classifier.operators.cases import KEYRING, MASTER, OLDER, VALUES, compiled, policy_of


def opened(token: str, keyring: Keyring = KEYRING) -> tuple[Entity, str] | None:
    claim = TOKEN.fullmatch(token)
    return keyring.open(claim) if claim else None


@pytest.mark.parametrize(("entity", "value"), VALUES)
def test_a_token_opens_to_its_value(entity: Entity, value: str) -> None:
    token = KEYRING.seal(entity, value)

    assert opened(token) == (entity, value)
    assert value not in token


@pytest.mark.parametrize("value", ["\ud800", "a\x00b", " ", "b\udcff"])
def test_what_is_not_valid_unicode_comes_back_too(value: str) -> None:
    assert opened(KEYRING.seal(Entity.PERSON, value)) == (Entity.PERSON, value)


def test_an_empty_value_has_no_token() -> None:
    assert KEYRING.seal(Entity.PERSON, "") == ""


def test_equal_values_have_equal_tokens_of_letters_and_underscores_only() -> None:
    first, second = KEYRING.seal(Entity.US_SSN, "123-45-6789"), KEYRING.seal(Entity.US_SSN, "123-45-6789")

    assert first == second
    assert re.fullmatch(r"ptok_US_SSN_[a-z]{6}_[A-Za-z]+_", first)


def test_the_same_value_of_another_entity_workspace_or_secret_has_another_token() -> None:
    others = [
        KEYRING.seal(Entity.PERSON, "7"),
        KEYRING.seal(Entity.AGE, "7"),
        Keyring.derive(MASTER, workspace_id="globex").seal(Entity.PERSON, "7"),
        Keyring.derive(OLDER, workspace_id="acme").seal(Entity.PERSON, "7"),
    ]

    assert len({other.split("_")[-2] for other in others}) == 4


def test_a_token_of_another_workspace_or_secret_does_not_open() -> None:
    token = KEYRING.seal(Entity.PERSON, "alice")

    assert opened(token, Keyring.derive(MASTER, workspace_id="globex")) is None
    assert opened(token, Keyring.derive(OLDER, workspace_id="acme")) is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-2] + "_",
        lambda token: token[:-1],
        lambda token: token[:-12] + "_",
        lambda token: token.replace("PERSON", "AGE"),
        lambda token: token.replace("PERSON", "NOBODY"),
        lambda token: re.sub(r"_[a-z]{6}_", "_aaaaaa_", token),
        lambda token: token[:-3] + ("b" if token[-3] != "b" else "c") + token[-2:],
        lambda token: token[:-2] + "Z_",
        lambda _: "ptok_PERSON_" + KEYRING.key_ids[0] + "__",
        lambda _: "ptok_PERSON_" + KEYRING.key_ids[0] + "_aa_",
    ],
)
def test_a_forged_or_cut_token_does_not_open(forge: Callable[[str], str]) -> None:
    assert opened(forge(KEYRING.seal(Entity.PERSON, "alice"))) is None


def test_a_masked_token_stays_as_it_is() -> None:
    hide = compiled("token", Entity.EMAIL_ADDRESS)
    token = hide("alice@example.com")

    assert hide(token) == token
    assert compiled("token", Entity.PERSON)(token) == token


def test_what_only_looks_like_a_token_is_hidden_as_any_value() -> None:
    foreign = Keyring.derive(OLDER, workspace_id="acme").seal(Entity.PERSON, "alice")
    hide = compiled("token")

    assert opened(hide(foreign)) == (Entity.PERSON, foreign)
    assert opened(hide("ptok_PERSON_aaaaaa_alice_")) == (Entity.PERSON, "ptok_PERSON_aaaaaa_alice_")


@pytest.mark.parametrize("kind", PayloadKind)
def test_masking_twice_is_masking_once(kind: PayloadKind) -> None:
    policy = policy_of("token")
    body = {
        PayloadKind.JSON: '{"email":"x","note":"ssn 123-45-6789, a@b.co","a@b.co":{"by":"b@c.de"}}',
        PayloadKind.NDJSON: '{"email":"x"}\n{"a":"a@b.co"}',
        PayloadKind.TEXT: "Name: Alice Liddell\nmail a@b.co",
        PayloadKind.CSV: "email,note\nx,write to a@b.co\n",
        PayloadKind.FORM: "email=x&note=a%40b.co",
    }[kind]
    once = masked(body, policy, kind=kind)

    assert "ptok_" in once
    assert masked(once, policy, kind=kind) == once


@pytest.mark.parametrize(("entity", "value"), VALUES)
def test_a_token_is_not_found_to_be_personal(entity: Entity, value: str) -> None:
    token = KEYRING.seal(entity, value)

    assert found(token) == []
    assert found(f"token={token}&x=1 Name: {token}") == []
    assert classify(f'{{"a":"{token}"}}'.encode(), kind=PayloadKind.JSON) == ()


def test_what_stands_beside_a_token_is_found() -> None:
    token = KEYRING.seal(Entity.PERSON, "alice")

    assert found(f"{token} a@b.co {token}") == [("EMAIL_ADDRESS", "a@b.co")]
    assert found(f"Name: Bob {token}") == [("PERSON", f"Bob {token}")]


def test_rotation_seals_with_the_new_key_and_opens_with_both_until_the_old_one_is_removed() -> None:
    before = Keyring.derive(OLDER, workspace_id="acme")
    during = Keyring.derive(MASTER, OLDER, workspace_id="acme")
    after = Keyring.derive(MASTER, workspace_id="acme")
    old, new = before.seal(Entity.PERSON, "alice"), during.seal(Entity.PERSON, "alice")

    assert opened(old, during) == opened(new, during) == opened(new, after) == (Entity.PERSON, "alice")
    assert opened(old, after) is None
    assert f"_{key_id_of(MASTER)}_" in new
    assert during.key_ids == (key_id_of(MASTER), key_id_of(OLDER))


def test_a_token_of_an_old_key_stays_as_it_is_while_its_key_is_there() -> None:
    old = Keyring.derive(OLDER, workspace_id="acme").seal(Entity.PERSON, "alice")
    rotated = Policy.named("reversible", keyring=Keyring.derive(MASTER, OLDER, workspace_id="acme"))

    assert masked(f'{{"name":"{old}"}}', rotated) == f'{{"name":"{old}"}}'


@pytest.mark.parametrize("secrets", [(), (b"short",), (MASTER, b""), (MASTER, MASTER)])
def test_a_keyring_without_proper_secrets_is_refused(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(PolicyError, match=r"keyring (needs|must)"):
        Keyring(secrets)


def test_a_keyring_shows_no_key_and_travels_between_processes() -> None:
    travelled = pickle.loads(pickle.dumps(KEYRING))  # noqa: S301 - our own bytes.

    assert travelled == KEYRING
    assert travelled.seal(Entity.PERSON, "alice") == KEYRING.seal(Entity.PERSON, "alice")
    assert "secret" not in repr(KEYRING)
    assert KEYRING.subkey("hash") != KEYRING.subkey("synthetic")


def test_threads_that_share_a_keyring_seal_alike() -> None:
    values = [str(number) for number in range(400)]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda value: KEYRING.seal(Entity.PERSON, value), values))

    assert [opened(token) for token in together] == [(Entity.PERSON, value) for value in values]


def test_a_policy_of_tokens_without_a_keyring_is_refused() -> None:
    with pytest.raises(PolicyError, match="The operator 'token' needs a keyring"):
        Policy.named("reversible").compiled()
