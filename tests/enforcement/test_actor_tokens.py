"""A signed reader over the API: the token decides, whatever a backend says beside it."""

import pytest
from django.db import DatabaseError, connection

from privacy_service.decisions.models import AuditRecord
from tests.asking import Ask
from tests.factories import make_policy, make_workspace
from tests.signing import Signer, ed_signer, key_set
from workspaces.actor_tokens import ADVICE, Check
from workspaces.actor_tokens.keeping import keep_document
from workspaces.keys import Scope, issue_key
from workspaces.models import ActorTokenKey, ServiceAccount, User, Workspace

ALICE = b'{"name":"alice","ssn":"123-45-6789"}'
MASKED = b'{"name":"alice","ssn":"***-**-****"}'
ED = ed_signer()


@pytest.fixture
def acme(released_workspace: Workspace, key: str, bob: User, carol: User) -> Workspace:
    """Return acme, whose backend's readers may be signed; numbers keep their shape and names stay."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    keep_document(ServiceAccount.objects.get(), key_set(ED))
    return released_workspace


@pytest.fixture
def demanding(acme: Workspace) -> Workspace:
    """Return acme, whose backend must prove each reader."""
    ServiceAccount.objects.update(demands_actor_token=True)
    return acme


@pytest.mark.parametrize("header", ["X-Actor-Token", "Actor-Token"])
def test_the_signed_reader_gets_what_their_role_allows(ask: Ask, acme: Workspace, header: str) -> None:
    replies = [ask("mask", ALICE, actor="", **{header: ED.token(reader)}) for reader in ("bob@example.com", "id-carol")]

    assert [reply.body for reply in replies] == [MASKED, ALICE]


def test_the_decision_asks_for_the_signed_reader_too(ask: Ask, demanding: Workspace) -> None:
    signed = ask("decision", method="GET", actor="", X_Actor_Token=ED.token("carol@example.com"))
    named = ask("decision?actor=carol%40example.com", method="GET", actor="")

    assert signed.json["reason"] == "role-grants-pii"
    assert (named.status, named.reason, named.json["check"]) == (401, "actor-token-refused", "missing")


def test_an_account_can_demand_the_token(ask: Ask, demanding: Workspace) -> None:
    named = ask("mask", ALICE, actor="carol@example.com")
    signed = ask("mask", ALICE, actor="carol@example.com", X_Actor_Token=ED.token("id-carol"))

    assert (named.status, named.reason, named.json["check"]) == (401, "actor-token-refused", "missing")
    assert named.headers["WWW-Authenticate"] == 'Bearer realm="privacy-service", error="invalid_token"'
    assert signed.body == ALICE


def test_until_it_does_the_name_is_enough(ask: Ask, acme: Workspace) -> None:
    assert ask("mask", ALICE, actor="carol@example.com").body == ALICE


@pytest.mark.parametrize("actor", ["carol@example.com", "id-carol", "who@example.com"])
def test_a_name_beside_the_token_must_agree(ask: Ask, acme: Workspace, actor: str) -> None:
    reply = ask("mask", ALICE, actor=actor, X_Actor_Token=ED.token("bob@example.com"))

    assert (reply.status, reply.json["check"]) == (401, "actor")


@pytest.mark.parametrize("actor", ["BOB@example.com", "id-bob"])
def test_it_may_name_the_same_reader_in_another_way(ask: Ask, acme: Workspace, actor: str) -> None:
    assert ask("mask", ALICE, actor=actor, X_Actor_Token=ED.token("bob@example.com")).body == MASKED


@pytest.mark.parametrize("between", [",", ", "])
def test_a_token_sent_twice_is_refused(ask: Ask, acme: Workspace, between: str) -> None:
    bob, carol = ED.token("bob@example.com"), ED.token("carol@example.com")

    joined = ask("mask", ALICE, actor="", X_Actor_Token=f"{bob}{between}{carol}")
    both = ask("mask", ALICE, actor="", X_Actor_Token=bob, Actor_Token=carol)
    same = ask("mask", ALICE, actor="", X_Actor_Token=bob, Actor_Token=bob)

    assert [(reply.status, reply.json["check"]) for reply in (joined, both)] == [(401, "twice")] * 2
    assert same.body == MASKED


def test_somebody_signed_but_unknown_is_no_member(ask: Ask, acme: Workspace) -> None:
    assert ask("mask", ALICE, actor="", X_Actor_Token=ED.token("who@example.com")).reason == "not-a-member"


def test_a_token_of_one_workspace_opens_no_other(ask: Ask, acme: Workspace, carol: User) -> None:
    ServiceAccount.objects.update(workspace=None)
    make_workspace("other")

    reply = ask("mask", ALICE, actor="", workspace="other", X_Actor_Token=ED.token(aud="privacy-service/acme"))

    assert (reply.status, reply.json["check"]) == (401, "aud")


def test_a_persons_own_key_takes_no_token(ask: Ask, acme: Workspace, bob: User) -> None:
    bearer = f"Bearer {issue_key(bob, scopes=[Scope.MASK])[1]}"

    reply = ask("mask", ALICE, actor="", Authorization=bearer, X_Actor_Token=ED.token("bob@example.com"))

    assert (reply.status, reply.json["check"]) == (401, "keys")


@pytest.mark.parametrize(
    ("token", "check"),
    [
        (ED.token("carol@example.com", exp=1), Check.EXP),
        (Signer("ed", "EdDSA", ed_signer().key).token("carol@example.com"), Check.SIGNATURE),
        (ED.token("carol@example.com", headers={"kid": "canary-kid"}), Check.KID),
        (ED.token("canary@example.com", aud="canary"), Check.AUD),
        ("canary", Check.FORM),
        ("canary" * 5000, Check.SIZE),
    ],
)
def test_a_refusal_names_the_check_and_nothing_of_the_token(
    ask: Ask, acme: Workspace, caplog: pytest.LogCaptureFixture, token: str, check: Check
) -> None:
    reply = ask("mask", ALICE, actor="", X_Actor_Token=token)

    assert (reply.status, reply.reason, reply.json["check"]) == (401, "actor-token-refused", check)
    assert reply.json["detail"] == ADVICE[check]
    told = reply.body.decode() + caplog.text + repr(reply.headers)
    assert [word for word in (token, *token.split("."), "canary", "carol") if word in told] == []
    assert not AuditRecord.objects.decisions().exists()


def test_without_its_keys_nothing_is_passed_on(ask: Ask, acme: Workspace) -> None:
    with connection.execute_wrapper(_vanish):
        reply = ask("mask", ALICE, actor="", X_Actor_Token=ED.token("carol@example.com"))

    assert (reply.status, reply.reason) == (503, "unavailable")


def test_keys_that_cannot_be_fetched_are_no_reason_to_believe(ask: Ask, acme: Workspace) -> None:
    ActorTokenKey.objects.create(account=ServiceAccount.objects.get(), kind="address", url="https://nowhere.example")

    reply = ask("mask", ALICE, actor="", X_Actor_Token=ED.token("carol@example.com"))

    assert (reply.status, reply.reason, reply.headers["Retry-After"]) == (503, "unavailable", "1")


def _vanish(*_: object) -> object:
    raise DatabaseError
