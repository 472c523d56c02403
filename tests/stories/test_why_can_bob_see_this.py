"""A backend whose readers are signed, with keys that rotate; and why bob can see this, today and before."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.utils import timezone

from tests.factories import make_key, make_policy
from tests.signing import Signer, ed_signer, key_set
from tests.stories.conftest import Service
from workspaces.actor_tokens.keeping import keep_document, keep_secret, remove_key
from workspaces.grants import grant, revoke
from workspaces.keys import Scope
from workspaces.models import ActorTokenKey, Membership, ServiceAccount, User, Workspace
from workspaces.roles import Role

ALICE = b'{"name":"alice","ssn":"123-45-6789"}'
MASKED = b'{"name":"alice","ssn":"***-**-****"}'


@pytest.fixture
def acme(service: Service, released_workspace: Workspace, alice: User, bob: User, carol: User) -> Workspace:
    """Return acme with its cast; numbers keep their shape and names stay."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    return released_workspace


def ask(service: Service, endpoint: str, key: str, **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.post(f"/v1/workspaces/acme/{endpoint}", content=ALICE, headers=sent)


def wait(until: Callable[[], bool]) -> None:
    """Wait for what every process learns within two seconds."""
    deadline = time.monotonic() + 5
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(2)  # The other process may be the later one.


def test_a_backend_with_signed_readers_rotates_its_keys_and_cannot_invent_anybody(
    service: Service, acme: Workspace
) -> None:
    key = make_key(acme, name="crm")
    account = ServiceAccount.objects.get(name="crm")
    first, second = ed_signer("first"), ed_signer("second")
    kept = keep_document(account, key_set(first))
    account.demands_actor_token = True
    account.save()

    def told(**headers: str) -> Any:
        reply = ask(service, "mask", key, **headers)
        return reply.content if reply.status_code == httpx.codes.OK else reply.json()["check"]

    # The backend is broken into: the key alone opens nothing, whoever is named.
    assert told(X_Actor="carol@example.com") == "missing"
    assert told(X_Actor_Token=ed_signer("first").token("carol@example.com")) == "signature"
    # The identity provider proves who reads, and the role decides.
    assert told(X_Actor_Token=first.token("bob@example.com")) == MASKED
    assert told(X_Actor_Token=first.token("carol@example.com")) == ALICE
    # Rotation: both keys hold, then the old one ends.
    keep_document(account, key_set(second))
    wait(lambda: told(X_Actor_Token=second.token("carol@example.com")) == ALICE)
    assert told(X_Actor_Token=first.token("carol@example.com")) == ALICE
    remove_key(kept)
    wait(lambda: told(X_Actor_Token=first.token("carol@example.com")) == "kid")
    assert told(X_Actor_Token=second.token("carol@example.com")) == ALICE
    # A shared secret does as well.
    row, secret = keep_secret(account)
    wait(lambda: told(X_Actor_Token=Signer(row.kid, "HS256", secret).token("bob@example.com")) == MASKED)
    assert ActorTokenKey.objects.count() == 2


def test_why_can_bob_see_this(service: Service, acme: Workspace, bob: User) -> None:
    key = make_key(acme, name="helpdesk", scopes=(Scope.EXPLAIN,))
    membership = Membership.objects.get(user=bob)
    before = timezone.now()
    grant(membership, Role.PII_VIEWER)
    between = timezone.now()
    revoke(membership, Role.PII_VIEWER)

    def why(at: dt.datetime | None = None) -> Any:
        query = f"?at={at:%Y-%m-%dT%H:%M:%S.%fZ}" if at else ""
        return ask(service, f"explain{query}", key, X_Actor="bob@example.com").json()

    wait(lambda: why()["reason"] == "role-lacks-pii")
    assert [why(at)["reason"] for at in (before, between, None)] == [
        "role-lacks-pii",
        "role-grants-pii",
        "role-lacks-pii",
    ]
    [through] = why(between)["through"]
    assert (through["role"], through["group"]) == ("pii_viewer", None)
    assert [one["hidden"] for one in why(before)["fields"] if one["entity"] == "US_SSN"] == [True]
    assert [one["hidden"] for one in why(between)["fields"] if one["entity"] == "US_SSN"] == [False]
    assert "123-45" not in repr(why(between))
