"""Who reads: by API key and name, by a signed token beside a key or alone; and from which source."""

import json

import pytest

from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from privacy_service.gateway.models import Upstream
from tests.backend import Backend
from tests.factories import make_key, make_source
from tests.gateway.conftest import Asker, Got
from tests.signing import ed_signer, key_set
from workspaces.actor_tokens.keeping import keep_document
from workspaces.grants import add_grant
from workspaces.keys import DATA_SCOPES, Scope, issue_key
from workspaces.models import Membership, ServiceAccount, User
from workspaces.roles import Role
from workspaces.terms import Terms

RAW = b'{"ssn": "123-45-6789"}'
MASKED = b'{"ssn": "***-**-****"}'
ED = ed_signer()


@pytest.fixture(autouse=True)
def _backend_answers(backend: Backend) -> None:
    backend.on("/api/x", RAW, Content_Type="application/json")


def said(got: Got) -> tuple[int, str]:
    """Return status and reason of a problem."""
    return got.status, json.loads(got.body)["reason"]


@pytest.fixture
def account(orders: Upstream, key: str) -> ServiceAccount:
    """Return acme's account, whose keys verify readers of the upstream."""
    account = ServiceAccount.objects.get()
    keep_document(account, key_set(ED))
    orders.token_account = account
    orders.save()
    return account


def test_a_key_needs_the_scope_of_the_gateway(asker: Asker, backend: Backend, orders: Upstream) -> None:
    key = make_key(orders.workspace, name="masks", scopes=DATA_SCOPES)

    got = asker.ask("/x", Authorization=f"Bearer {key}")

    assert said(got) == (403, "scope-missing")
    assert backend.asked == []


def test_a_person_reads_with_a_key_of_their_own(asker: Asker, bob: User, carol: User) -> None:
    keys = [issue_key(user, scopes=(Scope.GATEWAY,))[1] for user in (bob, carol)]

    got = [asker.ask("/x", X_Actor="", Authorization=f"Bearer {key}").body for key in keys]

    assert got == [MASKED, RAW]


def test_a_signed_reader_beside_the_key(asker: Asker, account: ServiceAccount) -> None:
    account.demands_actor_token = True
    account.save()

    named = asker.ask("/x", "carol")
    signed = asker.ask("/x", "carol", X_Actor_Token=ED.token("carol@example.com"))
    other = asker.ask("/x", "carol", X_Actor_Token=ED.token("bob@example.com"))

    assert said(named) == (401, "actor-token-refused")
    assert signed.body == RAW
    assert said(other) == (401, "actor-token-refused")


def test_a_token_alone_is_enough_where_the_upstream_names_who_verifies_it(
    asker: Asker, backend: Backend, account: ServiceAccount
) -> None:
    tokens = {name: ED.token(f"{name}@example.com") for name in ("bob", "carol", "mallory")}
    got = {name: asker.ask("/x", X_Actor="", Authorization=f"Bearer {token}") for name, token in tokens.items()}
    forged = asker.ask("/x", X_Actor="", Authorization=f"Bearer {ed_signer().token('carol@example.com')}")
    misnamed = asker.ask("/x", "bob", Authorization=f"Bearer {tokens['carol']}")
    audit.ship()

    assert (got["bob"].body, got["carol"].body, said(got["mallory"])) == (MASKED, RAW, (403, "not-a-member"))
    assert said(forged) == said(misnamed) == (401, "actor-token-refused")
    assert set(AuditRecord.objects.decisions().values_list("key_id", flat=True)) == {account.pk}
    assert all(asked.header("Authorization") is None for asked in backend.asked)


def test_a_token_alone_opens_nothing_elsewhere(asker: Asker, orders: Upstream, account: ServiceAccount) -> None:
    orders.token_account = None
    orders.save()

    got = asker.ask("/x", X_Actor="", Authorization=f"Bearer {ED.token('carol@example.com')}")

    assert said(got) == (401, "key-refused")


def test_tokens_of_an_account_that_was_ended_open_nothing(asker: Asker, account: ServiceAccount) -> None:
    account.user.is_active = False
    account.user.save()

    got = asker.ask("/x", X_Actor="", Authorization=f"Bearer {ED.token('carol@example.com')}")

    assert said(got) == (401, "key-refused")


def test_the_source_is_the_upstreams_and_never_the_readers_to_name(asker: Asker, orders: Upstream, bob: User) -> None:
    web, billing = make_source(orders.workspace, "web"), make_source(orders.workspace, "billing")
    add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, Terms(sources=(web,)))

    seen = {}
    for source in (None, web, billing):
        orders.source = source
        orders.save()
        seen[str(source)] = [asker.ask("/x", PII_Source=named, Source=named).body for named in ("", "web", "nothing")]

    assert seen == {"None": [MASKED] * 3, "acme/web": [RAW] * 3, "acme/billing": [MASKED] * 3}
