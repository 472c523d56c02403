"""What readers' tokens are verified with, over HTTP: added by a proven owner, rotated without a gap, shown once."""

import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.utils import timezone
from pytest_django import Settings

from privacy_service.decisions import audit
from privacy_service.managing.models import KeptAnswer
from tests.factories import make_key
from tests.managing.conftest import Api
from tests.signing import ed_signer, key_set
from workspaces import tasks
from workspaces.actor_tokens import TokenRefused, subject_of
from workspaces.models import ActorTokenKey, ServiceAccount, User, Workspace

SHARED = "a secret that the issuer made up itself, long enough"


@pytest.fixture
def path(owner: Api) -> str:
    """Return the path of the signing keys of a new account."""
    return f"{owner.post('/service-accounts', {'name': 'crm'}).headers['Location']}/signing-keys"


def token(kid: str, secret: str, **claims: Any) -> str:
    """Return a token that bob's issuer signed with a shared secret."""
    said = {"sub": "bob@example.com", "aud": "privacy-service", "exp": int(time.time()) + 600, **claims}
    return jwt.encode(said, secret, algorithm="HS256", headers={"kid": kid})


def is_taken(signed: str) -> bool:
    """Say whether the account takes a token."""
    try:
        return subject_of(signed, account=ServiceAccount.objects.get().pk, slug="acme") == "bob@example.com"
    except TokenRefused:
        return False


def test_a_secret_is_made_and_shown_once(owner: Api, path: str) -> None:
    made = owner.post(path, {"kind": "secret"})

    assert made.status == 201
    assert is_taken(token(made.json["kid"], made.json["secret"]))
    [listed] = owner.get(path).json["signing_keys"]
    assert "secret" not in listed
    assert made.json["secret"] not in owner.get(made.headers["Location"]).body.decode()


def test_a_secret_of_the_issuer_is_taken_and_never_shown(owner: Api, path: str) -> None:
    made = owner.post(path, {"kind": "secret", "secret": SHARED})

    assert (made.status, made.json["secret"]) == (201, None)
    assert is_taken(token(made.json["kid"], SHARED))


def test_a_key_set_is_taken_and_removed(owner: Api, path: str) -> None:
    signer = ed_signer()
    made = owner.post(path, {"kind": "document", "document": key_set(signer)})
    before = is_taken(signer.token())

    removed = owner("DELETE", made.headers["Location"])

    assert (made.json["kid"], before, removed.status) == ("ed", True, 204)
    assert not is_taken(signer.token())


def test_a_key_set_is_fetched_from_a_host_that_is_allowed(owner: Api, path: str, settings: Settings) -> None:
    refused = owner.post(path, {"kind": "address", "url": "https://id.example.com/jwks"})
    settings.PRIVACY_JWKS_HOSTS = ["id.example.com"]
    made = owner.post(path, {"kind": "address", "url": "https://id.example.com/jwks"})

    assert list(refused.json["errors"]) == ["url"]
    assert (made.status, made.json["url"]) == (201, "https://id.example.com/jwks")


def test_a_secret_rotates_without_a_gap(owner: Api, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = owner.post(path, {"kind": "secret"}).json
    new = owner.post(f"{path}/{old['id']}/rotate", {"overlap_seconds": 60})
    signed = [token(one["kid"], one["secret"]) for one in (old, new.json)]
    both = [is_taken(one) for one in signed]
    later = time.time() + 61

    assert (new.status, new.headers["Location"]) == (201, f"{path}/{new.json['id']}")
    assert both == [True, True]
    for module in ("verifying",):
        monkeypatch.setattr(f"workspaces.actor_tokens.{module}.time", lambda: later)
    assert [is_taken(one) for one in signed] == [False, True]


def test_a_secret_that_is_over_is_cleared_away(owner: Api, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = owner.post(path, {"kind": "secret"}).json
    owner.post(f"{path}/{old['id']}/rotate", {"overlap_seconds": 60})
    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr(timezone, "now", lambda: later)

    usable = [one["is_usable"] for one in owner.get(path).json["signing_keys"]]
    tasks.end_what_is_over()

    assert usable == [True, False]
    assert ActorTokenKey.objects.count() == 1


def test_without_overlap_the_old_secret_ends_at_once(owner: Api, path: str) -> None:
    old = owner.post(path, {"kind": "secret"}).json
    before = is_taken(token(old["kid"], old["secret"]))

    owner.post(f"{path}/{old['id']}/rotate", {"overlap_seconds": 0})

    assert (before, is_taken(token(old["kid"], old["secret"]))) == (True, False)


def test_a_key_set_is_not_rotated_but_replaced(owner: Api, path: str) -> None:
    made = owner.post(path, {"kind": "document", "document": key_set(ed_signer())})

    reply = owner.post(f"{made.headers['Location']}/rotate", {})

    assert (reply.status, reply.reason) == (409, "conflict")
    assert "beside the old one" in reply.json["detail"]


@pytest.mark.parametrize("body", [{"kind": "secret"}, {"kind": "secret", "secret": SHARED}])
def test_a_repeated_request_shows_the_same_and_stores_no_secret(owner: Api, path: str, body: object) -> None:
    first = owner.post(path, body, Idempotency_Key="once")
    again = owner.post(path, body, Idempotency_Key="once")

    assert again.json == first.json
    assert ActorTokenKey.objects.count() == 1
    stored = str(list(KeptAnswer.objects.values())) + str(list(ActorTokenKey.objects.values()))
    assert (first.json["secret"] or SHARED) not in stored


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "certificate"}, "kind"),
        ({"kind": "document"}, "document"),
        ({"kind": "document", "document": {"keys": []}}, "document"),
        ({"kind": "document", "document": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "document"),
        ({"kind": "address"}, "url"),
        ({"kind": "address", "url": "http://id.example.com/jwks"}, "url"),
        ({"kind": "secret", "secret": "too short"}, "secret"),
        ({"kind": "secret", "url": "https://id.example.com"}, "url"),
        ({"kind": "secret", "kid": "mine"}, "kid"),
    ],
)
def test_a_key_that_cannot_be_is_refused_by_field(owner: Api, path: str, body: object, field: str) -> None:
    reply = owner.post(path, body)

    assert (reply.status, list(reply.json["errors"])) == (422, [field])
    assert not ActorTokenKey.objects.exists()


def test_signed_readers_are_demanded_once_there_is_a_key(owner: Api, path: str) -> None:
    account = path.removesuffix("/signing-keys")
    early = owner.change(account, {"demands_actor_token": True})
    owner.post(path, {"kind": "secret"})

    late = owner.change(account, {"demands_actor_token": True, "actor_token_issuer": "https://id.example.com"})

    assert (early.status, early.reason) == (409, "conflict")
    assert (late.json["demands_actor_token"], late.json["actor_token_issuer"]) == (True, "https://id.example.com")
    assert owner("PATCH", account, {"demands_actor_token": False}).reason == "if-match-missing"


def test_a_backends_word_adds_no_key_and_lifts_no_demand(
    owner: Api, path: str, workspace: Workspace, alice: User
) -> None:
    made = owner.post(path, {"kind": "secret"}).headers["Location"]
    backend = Api(make_key(workspace, name="taken-over"), actor="alice@example.com")

    replies = [
        backend.post(path, {"kind": "secret"}),
        backend.post(f"{made}/rotate", {}),
        backend("DELETE", made),
        backend("PATCH", path.removesuffix("/signing-keys"), {"demands_actor_token": False}, If_Match="*"),
    ]

    assert [(reply.status, reply.reason) for reply in replies] == [(403, "actor-not-proven")] * 4
    assert backend.get(path).status == 200


def test_each_change_is_in_the_trail_without_the_secret(owner: Api, path: str) -> None:
    old = owner.post(path, {"kind": "secret"}).json
    owner.post(f"{path}/{old['id']}/rotate", {})
    owner("DELETE", f"{path}/{old['id']}")
    owner.change(path.removesuffix("/signing-keys"), {"actor_token_issuer": "https://id.example.com"})
    audit.ship()

    records = owner.get("/audit?ordering=at&kind=service-account-changed").json["records"]

    said = [one["detail"].get("signing_key") or one["detail"].get("change") for one in records]
    assert said == ["created", "added", "ending", "added", "removed", "changed"]
    assert old["secret"] not in str(records)
