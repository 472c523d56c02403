"""`encrypt`: what Presidio decrypts, under a key that no policy shows."""

import pytest
from presidio_anonymizer import DeanonymizeEngine
from presidio_anonymizer.entities import OperatorConfig as PresidioConfig
from presidio_anonymizer.entities import OperatorResult

from classifier import OperatorConfig, PayloadKind, Policy, PolicyError, TokensRefused
from classifier.operators import decrypt
from tests.classifier.finding import masked, masked_value
from tests.classifier.operators.cases import KEYRING

KEY = b"sixteen bytes..."
ENCRYPTED = Policy("encrypted", default=OperatorConfig("encrypt"), encrypt_key=KEY)


def test_presidio_decrypts_what_was_encrypted_here() -> None:
    sealed = masked("a@b.co", ENCRYPTED, kind=PayloadKind.TEXT)

    plain = DeanonymizeEngine().deanonymize(  # type: ignore[no-untyped-call]
        sealed,
        [OperatorResult(0, len(sealed), "EMAIL_ADDRESS")],
        {"DEFAULT": PresidioConfig("decrypt", {"key": KEY})},
    )
    assert plain.text == "a@b.co"
    assert decrypt(sealed, KEY) == "a@b.co"


def test_the_keyring_lends_a_key_where_there_is_none() -> None:
    policy = Policy("encrypted", default=OperatorConfig("encrypt"), keyring=KEYRING)

    sealed = masked_value({"email": "a@b.co"}, policy)["email"]

    assert decrypt(sealed, KEYRING.subkey("encrypt")) == "a@b.co"


def test_a_lone_surrogate_is_no_reason_to_fail() -> None:
    sealed = masked_value({"email": "\ud800"}, ENCRYPTED)["email"]

    assert decrypt(sealed, KEY) == "?"


@pytest.mark.parametrize("sealed", ["", "x", "AAAA", "\u00e9", "A" * 43 + "="])
def test_what_is_not_encrypted_is_refused_without_a_trace(sealed: str) -> None:
    with pytest.raises(TokensRefused) as refusal:
        decrypt(sealed, KEY)

    assert refusal.value.__context__ is None


@pytest.mark.parametrize("key", [b"", b"short", b"seventeen bytes.."])
def test_a_key_that_aes_does_not_take_is_refused(key: bytes) -> None:
    with pytest.raises(PolicyError, match="needs a keyring, or an encrypt_key of 16, 24 or 32 bytes"):
        Policy("encrypted", default=OperatorConfig("encrypt"), encrypt_key=key).compiled()


def test_the_key_is_shown_nowhere() -> None:
    ENCRYPTED.compiled()

    assert "sixteen" not in repr((ENCRYPTED, ENCRYPTED.as_dict()))
