"""Signed readers: what a token must be, each attack on it, and how keys come, rotate and go."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories import make_workspace
from tests.signing import KeyServer, Signer, ec_signer, ed_signer, key_server, key_set, rsa_signer
from workspaces.actor_tokens import Check, KeysUnavailable, TokenRefused, fetching, subject_of
from workspaces.actor_tokens.fetching import AddressNotAllowed, checked_address, fetch_document, forget_remote_keys
from workspaces.actor_tokens.keeping import keep_address, keep_document, keep_secret
from workspaces.actor_tokens.keys import UnusableKey
from workspaces.keys import create_service_account
from workspaces.models import ActorTokenKey, ServiceAccount, Workspace
from workspaces.sealing import SealBroken, unseal

RSA = rsa_signer()
ED = ed_signer()


@pytest.fixture
def account(workspace: Workspace) -> ServiceAccount:
    """Return a backend whose readers the identity provider signs with an RSA and an Ed25519 key."""
    account = create_service_account("crm")
    keep_document(account, key_set(RSA, ED))
    return account


def refusal(account: ServiceAccount, token: str, *, slug: str = "acme") -> Check:
    """Return the check that refuses the token."""
    with pytest.raises(TokenRefused) as refused:
        subject_of(token, account=account.pk, slug=slug)
    return refused.value.check


def forged(header: dict[str, Any], claims: dict[str, Any] | bytes, signature: bytes = b"none") -> str:
    """Return a token put together by hand."""
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return ".".join(_base64(part) for part in (json.dumps(header).encode(), body, signature))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def good_claims() -> dict[str, Any]:
    now = int(time.time())
    return {"sub": "carol@example.com", "aud": "privacy-service", "exp": now + 60, "iat": now}


@pytest.mark.parametrize(
    "signer",
    [
        RSA,
        Signer("rsa", "PS256", RSA.key),
        Signer("rsa", "RS512", RSA.key),
        ED,
    ],
    ids=lambda signer: signer.algorithm,
)
def test_a_token_names_its_reader(account: ServiceAccount, signer: Signer) -> None:
    assert subject_of(signer.token("bob@example.com"), account=account.pk, slug="acme") == "bob@example.com"


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512"])
def test_each_curve_has_its_algorithm(workspace: Workspace, algorithm: str) -> None:
    signer = ec_signer(algorithm=algorithm)
    account = create_service_account("crm")
    keep_document(account, key_set(signer))

    assert subject_of(signer.token("id-bob"), account=account.pk, slug="acme") == "id-bob"


def test_a_shared_secret_verifies_what_it_signed(workspace: Workspace) -> None:
    account = create_service_account("crm")
    row, secret = keep_secret(account)

    for algorithm in ("HS256", "HS384", "HS512"):
        token = Signer(row.kid, algorithm, secret).token("bob@example.com")
        assert subject_of(token, account=account.pk, slug="acme") == "bob@example.com"


@pytest.mark.parametrize("audience", ["privacy-service", "privacy-service/acme", ["else", "privacy-service/acme"]])
def test_a_token_is_for_the_service_or_for_one_workspace(account: ServiceAccount, audience: object) -> None:
    assert subject_of(ED.token(aud=audience), account=account.pk, slug="acme") == "bob@example.com"


def test_a_token_for_one_workspace_is_refused_by_every_other(account: ServiceAccount) -> None:
    make_workspace("other")
    token = ED.token(aud="privacy-service/acme")
    subject_of(token, account=account.pk, slug="acme")

    assert refusal(account, token, slug="other") is Check.AUD


@pytest.mark.parametrize(
    ("claims", "check"),
    [
        ({"exp": None}, Check.EXP),
        ({"exp": 1}, Check.EXP),
        ({"exp": "9999999999"}, Check.EXP),
        ({"exp": True}, Check.EXP),
        ({"exp": 1e300}, Check.EXP),
        ({"exp": int(time.time()) + 10**7}, Check.EXP),
        ({"nbf": 10**11}, Check.NBF),
        ({"nbf": "soon"}, Check.NBF),
        ({"iat": 10**11}, Check.IAT),
        ({"iat": []}, Check.IAT),
        ({"aud": None}, Check.AUD),
        ({"aud": "another-service"}, Check.AUD),
        ({"aud": "privacy-service/acme2"}, Check.AUD),
        ({"aud": ["another-service", 7]}, Check.AUD),
        ({"aud": {"privacy-service": 1}}, Check.AUD),
        ({"sub": None}, Check.SUB),
        ({"sub": ""}, Check.SUB),
        ({"sub": "  "}, Check.SUB),
        ({"sub": 7}, Check.SUB),
        ({"sub": "bob\x00@example.com"}, Check.SUB),
        ({"sub": "b" * 400}, Check.SUB),
    ],
)
def test_each_claim_is_checked(account: ServiceAccount, claims: dict[str, Any], check: Check) -> None:
    assert refusal(account, ED.token(**claims)) is check


def test_clocks_may_differ_by_the_skew_and_no_more(account: ServiceAccount, settings: Settings) -> None:
    settings.PRIVACY_ACTOR_TOKEN_SKEW_SECONDS = 60
    now = int(time.time())

    for token in (ED.token(exp=now - 30), ED.token(nbf=now + 30), ED.token(iat=now + 30)):
        assert subject_of(token, account=account.pk, slug="acme")
    assert refusal(account, ED.token(exp=now - 90)) is Check.EXP


def test_an_account_may_name_the_issuer(account: ServiceAccount) -> None:
    account.actor_token_issuer = "https://id.example.com"
    account.save()

    assert subject_of(ED.token(iss="https://id.example.com"), account=account.pk, slug="acme")
    assert refusal(account, ED.token()) is Check.ISS
    assert refusal(account, ED.token(iss="https://id.example.com.evil.example")) is Check.ISS


@pytest.mark.parametrize("name", ["none", "None", "NONE", "", "HS256", "ES256K", "RS1", "nOnE"])
@pytest.mark.parametrize("kid", ["rsa", None])
def test_an_unsigned_token_proves_nothing(account: ServiceAccount, name: str, kid: str | None) -> None:
    header = {"alg": name, "typ": "JWT"} | ({"kid": kid} if kid else {})

    assert refusal(account, forged(header, good_claims())) in {Check.ALG, Check.FORM}


@pytest.mark.parametrize("kid", ["rsa", None])
@pytest.mark.parametrize(
    "encoding", [serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1]
)
def test_a_public_key_is_no_shared_secret(
    account: ServiceAccount, encoding: serialization.PublicFormat, kid: str | None
) -> None:
    public = RSA.key.public_key().public_bytes(serialization.Encoding.PEM, encoding)
    header = {"alg": "HS256"} | ({"kid": kid} if kid else {})
    unsigned = forged(header, good_claims()).rpartition(".")[0]
    signature = hmac.digest(public, unsigned.encode(), hashlib.sha256)

    assert refusal(account, f"{unsigned}.{_base64(signature)}") is Check.ALG


def test_an_algorithm_of_another_key_is_refused(account: ServiceAccount) -> None:
    assert refusal(account, Signer("rsa", "EdDSA", ED.key).token()) is Check.ALG


def test_a_key_may_narrow_its_algorithms(workspace: Workspace) -> None:
    account = create_service_account("crm")
    keep_document(account, {"keys": [{**RSA.jwk, "alg": "PS256"}]})

    assert subject_of(Signer("rsa", "PS256", RSA.key).token(), account=account.pk, slug="acme")
    assert refusal(account, RSA.token()) is Check.ALG


@pytest.mark.parametrize(
    "kid", ["../../etc/passwd", "' OR 1=1 --", "https://evil.example/jwks", "", "rsa\x00", "RSA", "k" * 3000]
)
def test_a_kid_is_a_name_and_nothing_else(account: ServiceAccount, kid: str) -> None:
    assert refusal(account, RSA.token(headers={"kid": kid})) is Check.KID


@pytest.mark.parametrize("kid", [7, ["rsa"], {"rsa": 1}, True])
def test_a_kid_that_is_no_text_is_refused(account: ServiceAccount, kid: object) -> None:
    assert refusal(account, forged({"alg": "RS256", "kid": kid}, good_claims())) is Check.FORM


def test_keys_that_a_token_brings_along_are_not_looked_at(account: ServiceAccount) -> None:
    attacker = rsa_signer("theirs")
    for header in ({"jwk": attacker.jwk}, {"jku": "https://evil.example"}, {"x5u": "https://evil.example"}):
        assert refusal(account, attacker.token(headers=header)) is Check.KID
        assert refusal(account, attacker.token(headers={"kid": "rsa", **header})) is Check.SIGNATURE


def test_without_a_kid_there_must_be_no_choice(workspace: Workspace) -> None:
    first, second = ed_signer("one"), ed_signer("two")
    account = create_service_account("crm")
    keep_document(account, key_set(first))
    anonymous = first.token(headers={"kid": None})
    assert subject_of(anonymous, account=account.pk, slug="acme")

    keep_document(account, key_set(second))

    assert refusal(account, anonymous) is Check.KID


@pytest.mark.parametrize("extra", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_what_must_be_understood_and_is_not_is_refused(account: ServiceAccount, extra: dict[str, Any]) -> None:
    assert refusal(account, forged({"alg": "EdDSA", "kid": "ed", **extra}, good_claims())) is Check.FORM


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        "..",
        "\u00e9.\u00e9.\u00e9",
        "eyJhbGciOiJFZERTQSJ9.e30.",
        "eyJhbGciOiJFZERTQSJ9 .e30.AA",
        forged({"alg": "EdDSA", "kid": "ed"}, b"[" * 3000),
        _base64(b"[]") + ".e30.AA",
        _base64(b"[" * 3000) + ".e30.AA",
        _base64(b"\xff") + ".e30.AA",
        _base64(b'{"alg": ' + b"1" * 5000 + b"}") + ".e30.AA",
    ],
    ids=range(13),
)
def test_what_is_no_token_is_refused(account: ServiceAccount, token: str) -> None:
    assert refusal(account, token) in {Check.FORM, Check.SIGNATURE}


@pytest.mark.parametrize("claims", [b"[]", b"null", b"\xff", b'{"exp": NaN}', b'"text"', b'{"exp": 1e999}'])
def test_claims_are_one_json_object(account: ServiceAccount, claims: bytes) -> None:
    token = jwt.PyJWS().encode(claims, ED.key, "EdDSA", headers={"kid": "ed"})

    assert refusal(account, token) in {Check.FORM, Check.EXP}


def test_a_huge_token_is_not_even_hashed(
    account: ServiceAccount, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert refusal(account, ED.token(padding="x" * 100_000)) is Check.SIZE


@pytest.mark.parametrize("place", range(3))
def test_a_changed_letter_anywhere_breaks_a_token(account: ServiceAccount, place: int) -> None:
    parts = ED.token().split(".")
    parts[place] = parts[place][:10] + ("A" if parts[place][10] != "A" else "B") + parts[place][11:]

    assert refusal(account, ".".join(parts)) in {Check.FORM, Check.SIGNATURE, Check.ALG, Check.KID}


def test_a_token_of_another_account_is_refused(account: ServiceAccount) -> None:
    other = create_service_account("other")
    keep_document(other, key_set(ed_signer("ed")))

    assert refusal(other, ED.token()) is Check.SIGNATURE
    assert refusal(create_service_account("none"), ED.token()) is Check.KEYS


def test_keys_rotate_without_a_gap(workspace: Workspace) -> None:
    account = create_service_account("crm")
    old_row, old_secret = keep_secret(account)
    old = Signer(old_row.kid, "HS256", old_secret).token()

    new_row, new_secret = keep_secret(account)
    new = Signer(new_row.kid, "HS256", new_secret).token()
    both = [subject_of(token, account=account.pk, slug="acme") for token in (old, new)]
    old_row.delete()

    assert both == ["bob@example.com"] * 2
    assert subject_of(new, account=account.pk, slug="acme") == "bob@example.com"
    assert refusal(account, old) is Check.KID


@pytest.mark.django_db(transaction=True)
def test_a_verified_token_costs_no_query_and_no_signature(
    account: ServiceAccount, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = ED.token()
    subject_of(token, account=account.pk, slug="acme")
    monkeypatch.setattr("workspaces.actor_tokens.verifying._verify", None)  # A second call of it would fail.

    with django_assert_num_queries(0):
        assert subject_of(token, account=account.pk, slug="acme") == "bob@example.com"


@pytest.mark.django_db(transaction=True)
def test_what_was_verified_ends_with_its_key_and_with_its_time(account: ServiceAccount, settings: Settings) -> None:
    settings.PRIVACY_ACTOR_TOKEN_SKEW_SECONDS = 0
    short, long = ED.token(exp=int(time.time()) + 2), ED.token()
    assert [subject_of(token, account=account.pk, slug="acme") for token in (short, long)] == ["bob@example.com"] * 2

    time.sleep(2.1)
    assert refusal(account, short) is Check.EXP
    ActorTokenKey.objects.all().delete()
    assert refusal(account, long) is Check.KEYS


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_not_remembered(account: ServiceAccount) -> None:
    signer = ed_signer("new")
    assert refusal(account, signer.token()) is Check.KID

    keep_document(account, key_set(signer))

    assert subject_of(signer.token(), account=account.pk, slug="acme") == "bob@example.com"


def private_rsa() -> dict[str, Any]:
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.key)), "kid": "rsa"}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "Give a key set"),
        ([], "Give a key set"),
        ({"keys": []}, "Give a key set"),
        ({"keys": [ED.jwk] * 51}, "Give a key set"),
        ({"keys": ["key"]}, "must be a JSON object"),
        ({"keys": [private_rsa()]}, "private or secret"),
        ({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]}, "private or secret"),
        ({"keys": [rsa_signer(bits=1024).jwk]}, "2048 to 8192 bits"),
        ({"keys": [{**ED.jwk, "use": "enc"}]}, "not for signatures"),
        ({"keys": [{**ED.jwk, "key_ops": ["sign"]}]}, "not for signatures"),
        ({"keys": [{**ED.jwk, "kid": 7}]}, "kid must be a text"),
        ({"keys": [{**ED.jwk, "alg": "HS256"}]}, "type"),
        ({"keys": [{**ED.jwk, "crv": "X25519"}]}, "type"),
        ({"keys": [{**ED.jwk, "x": "AA"}]}, "cannot be read"),
        ({"keys": [{**RSA.jwk, "n": 7}]}, "cannot be read"),
        ({"keys": [ED.jwk, ED.jwk]}, "kid of its own"),
    ],
)
def test_a_key_set_that_an_administrator_gives_is_checked(workspace: Workspace, document: Any, says: str) -> None:
    with pytest.raises(UnusableKey, match=says) as refused:
        keep_document(create_service_account("crm"), document)

    assert "c2VjcmV0" not in str(refused.value)


def test_a_short_secret_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UnusableKey, match="at least 32"):
        keep_secret(create_service_account("crm"), "short")


def test_a_secret_is_stored_sealed_and_opens_in_its_own_row_alone(workspace: Workspace, settings: Settings) -> None:
    account = create_service_account("crm")
    row, secret = keep_secret(account)
    other, _ = keep_secret(account)

    assert secret not in str(list(ActorTokenKey.objects.values()))
    assert unseal(row.sealed_secret, row=row.pk) == secret
    with pytest.raises(SealBroken):
        unseal(row.sealed_secret, row=other.pk)
    settings.PRIVACY_TOKEN_KEY = "another installation's key, 0123456789"
    with pytest.raises(SealBroken):
        unseal(row.sealed_secret, row=row.pk)


def test_a_row_holds_one_thing(workspace: Workspace) -> None:
    account = create_service_account("crm")

    with pytest.raises(IntegrityError), transaction.atomic():
        ActorTokenKey.objects.create(account=account, kind="secret", url="https://id.example.com")


@pytest.fixture
def provider(tmp_path: Path, settings: Settings) -> Iterator[KeyServer]:
    """Return an identity provider that serves its keys, on a host that the administrator named."""
    with key_server(tmp_path) as (server, certificate):
        settings.PRIVACY_JWKS_CA_FILE = str(certificate)
        settings.PRIVACY_JWKS_HOSTS = [server.host]
        settings.PRIVACY_JWKS_TIMEOUT_SECONDS = 20.0
        server.serve(key_set(ED))
        forget_remote_keys()
        yield server
        forget_remote_keys()


@pytest.fixture
def remote(workspace: Workspace, provider: KeyServer) -> ServiceAccount:
    """Return a backend whose keys are fetched from the provider."""
    account = create_service_account("crm")
    keep_address(account, provider.url)
    return account


def test_keys_are_fetched_once_and_kept(remote: ServiceAccount, provider: KeyServer) -> None:
    for reader in ("bob@example.com", "carol@example.com"):
        assert subject_of(ED.token(reader), account=remote.pk, slug="acme") == reader

    assert provider.asked == ["/jwks.json"]


def test_many_readers_at_once_cause_one_fetch(remote: ServiceAccount, provider: KeyServer) -> None:
    keys = fetching.remote_keys(provider.url)
    threads = [threading.Thread(target=keys.current) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert provider.asked == ["/jwks.json"]


def test_an_unknown_kid_asks_again_but_not_each_time(
    remote: ServiceAccount, provider: KeyServer, settings: Settings
) -> None:
    settings.PRIVACY_JWKS_RETRY_SECONDS = 1000.0
    new = ed_signer("new")
    subject_of(ED.token(), account=remote.pk, slug="acme")
    provider.serve(key_set(ED, new))

    too_soon = refusal(remote, new.token())
    settings.PRIVACY_JWKS_RETRY_SECONDS = 0.0
    rotated = subject_of(new.token(), account=remote.pk, slug="acme")
    settings.PRIVACY_JWKS_RETRY_SECONDS = 1000.0
    for number in range(20):
        refusal(remote, ed_signer(f"invented {number}").token())

    assert (too_soon, rotated) == (Check.KID, "bob@example.com")
    assert len(provider.asked) == 2


@pytest.mark.django_db(transaction=True)
def test_a_key_that_the_provider_takes_back_ends_what_it_verified(
    remote: ServiceAccount, provider: KeyServer, settings: Settings
) -> None:
    settings.PRIVACY_JWKS_RETRY_SECONDS = 0.0
    settings.PRIVACY_JWKS_REFRESH_SECONDS = 0.2
    token = ED.token()
    subject_of(token, account=remote.pk, slug="acme")
    provider.serve(key_set(ed_signer("new")))

    time.sleep(0.3)

    assert refusal(remote, token) is Check.KID


def test_while_the_provider_is_silent_its_last_keys_hold_for_a_while(
    remote: ServiceAccount, provider: KeyServer, settings: Settings
) -> None:
    settings.PRIVACY_JWKS_RETRY_SECONDS = 0.0
    settings.PRIVACY_JWKS_REFRESH_SECONDS = 0.1
    settings.PRIVACY_JWKS_KEEP_SECONDS = 1000.0
    subject_of(ED.token(), account=remote.pk, slug="acme")
    provider.answer = lambda: (503, {}, b"")

    time.sleep(0.2)
    during = subject_of(ED.token("carol@example.com"), account=remote.pk, slug="acme")
    settings.PRIVACY_JWKS_KEEP_SECONDS = 0.0

    assert during == "carol@example.com"
    with pytest.raises(KeysUnavailable):
        subject_of(ED.token(), account=remote.pk, slug="acme")


def drip() -> tuple[int, dict[str, str], bytes]:
    time.sleep(5)
    return 200, {}, b"{}"


@pytest.mark.parametrize(
    "answer",
    [
        lambda: (302, {"Location": "https://127.0.0.1/elsewhere"}, b""),
        lambda: (301, {"Location": "http://169.254.169.254/"}, b""),
        lambda: (404, {}, b""),
        lambda: (200, {}, b"not json"),
        lambda: (200, {}, b" " * 300_000 + b"{}"),
        lambda: (200, {"Content-Length": "100"}, b"{}"),
        drip,
    ],
    ids=["redirect", "to metadata", "missing", "no json", "huge", "cut short", "slow"],
)
def test_what_is_no_key_set_is_no_key_set(
    provider: KeyServer, settings: Settings, answer: Callable[[], tuple[int, dict[str, str], bytes]]
) -> None:
    settings.PRIVACY_JWKS_TIMEOUT_SECONDS = 0.5
    provider.answer = answer

    with pytest.raises(KeysUnavailable):
        fetch_document(provider.url)
    assert provider.asked == ["/jwks.json"]


def test_keys_for_other_ends_are_passed_over(remote: ServiceAccount, provider: KeyServer) -> None:
    others = [{**RSA.jwk, "use": "enc"}, {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}, {"kty": "future"}, 7]
    provider.serve({"keys": [*others, ED.jwk]})

    assert subject_of(ED.token(), account=remote.pk, slug="acme") == "bob@example.com"
    assert refusal(remote, Signer("oct", "HS256", "secret" * 8).token()) is Check.KID


def test_without_its_certificate_nobody_is_believed(provider: KeyServer, settings: Settings) -> None:
    settings.PRIVACY_JWKS_CA_FILE = ""

    with pytest.raises(KeysUnavailable):
        fetch_document(provider.url)
    assert provider.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example.com/keys",
        "file:///etc/passwd",
        "https://169.254.169.254/latest",
        "https://evil.example/keys",
        "https://id.example.com.evil.example/keys",
        "https://id.example.com@evil.example/keys",
        "https://user:password@id.example.com/keys",
        "https://id.example.com:8443/keys",
        "https://id.example.com:99999/keys",
        "https://id.example.com/keys#part",
        "https:///keys",
        "//id.example.com/keys",
        "",
    ],
)
def test_keys_are_fetched_only_from_hosts_that_were_named(workspace: Workspace, settings: Settings, url: str) -> None:
    settings.PRIVACY_JWKS_HOSTS = ["id.example.com"]

    with pytest.raises(AddressNotAllowed):
        keep_address(create_service_account("crm"), url)
    assert checked_address("https://ID.example.com/keys").hostname == "id.example.com"


def test_a_host_that_is_no_longer_named_is_not_asked(
    remote: ServiceAccount, provider: KeyServer, settings: Settings
) -> None:
    settings.PRIVACY_JWKS_HOSTS = []

    with pytest.raises(KeysUnavailable):
        subject_of(ED.token(), account=remote.pk, slug="acme")
    assert provider.asked == []
