"""The decision in headers alone, for proxies that ask before they pass a request on."""

import pytest

from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import DECISION, AuditRecord
from tests.asking import Reply, through_hot_path
from tests.factories import make_key
from workspaces.keys import Scope
from workspaces.models import User, Workspace


def ask(key: str, actor: str, path: str = "/v1/check", method: str = "GET", **headers: str) -> Reply:
    """Ask as a proxy does."""
    sent = {"X-Api-Key": key, "X-Actor": actor, "X-Original-URI": "/customers/7", "X-Original-Method": "GET"}
    return through_hot_path(method, path, b"", {name: value for name, value in {**sent, **headers}.items() if value})


def told(reply: Reply) -> dict[str, str]:
    """Return the headers that a proxy copies."""
    return {name: value for name, value in reply.headers.items() if name.startswith("X-PII-")}


@pytest.mark.parametrize(
    ("actor", "status", "decision", "reason"),
    [
        ("carol@example.com", 200, "raw", "role-grants-pii"),
        ("bob@example.com", 200, "mask", "role-lacks-pii"),
        ("mallory@example.com", 403, "deny", "not-a-member"),
    ],
)
def test_each_of_the_cast_gets_their_decision(
    released_workspace: Workspace, bob: User, carol: User, mallory: User, key: str,
    actor: str, status: int, decision: str, reason: str,
) -> None:  # fmt: skip
    reply = ask(key, actor)

    assert reply.status == status
    assert told(reply) == {
        "X-PII-Decision": decision, "X-PII-Reason": reason, "X-PII-Workspace": "acme", "X-PII-Policy-Version": "0",
    }  # fmt: skip


def test_any_method_and_any_path_below_is_asked_about(released_workspace: Workspace, bob: User, key: str) -> None:
    for method, path in (("POST", "/v1/check"), ("DELETE", "/v1/check/customers/7"), ("GET", "/v1/check/")):
        assert ask(key, "bob@example.com", path, method).status == 200


def test_an_unbound_key_names_the_workspace(released_workspace: Workspace, bob: User) -> None:
    roaming = make_key(None, name="roaming")

    assert ask(roaming, "bob@example.com", **{"X-PII-Workspace": "acme"}).headers["X-PII-Decision"] == "mask"
    assert ask(roaming, "bob@example.com").reason == "key-unbound"
    assert ask(roaming, "bob@example.com", **{"X-PII-Workspace": "gone"}).status == 404


def test_a_bound_key_reaches_no_other_workspace(released_workspace: Workspace, bob: User, key: str) -> None:
    own = make_key(released_workspace, name="bound")

    assert ask(own, "bob@example.com", **{"X-PII-Workspace": "other"}).status == 404


def test_what_is_no_decision_is_neither_200_nor_403(released_workspace: Workspace, key: str) -> None:
    assert ask("psk_wrong", "bob@example.com").status == 401
    assert ask(key, "").status == 400
    assert (
        ask(make_key(released_workspace, name="n", scopes=(Scope.MASK,)), "bob@example.com").reason == "scope-missing"
    )


def test_each_decision_is_in_the_trail(released_workspace: Workspace, bob: User, key: str) -> None:
    ask(key, "bob@example.com")
    ship()

    record = AuditRecord.objects.get(kind=DECISION)
    assert (record.endpoint, record.actor_id, record.effect) == ("check", bob.pk, "mask")
