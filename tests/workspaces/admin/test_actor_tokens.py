"""An administrator adds and removes the keys that readers' tokens are verified with."""

import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import Settings

from tests.signing import Signer, ed_signer, key_set
from tests.workspaces.admin.pages import address, history_of, post, text_of
from workspaces.actor_tokens import subject_of
from workspaces.actor_tokens.keeping import keep_document, keep_secret
from workspaces.keys import create_service_account
from workspaces.models import ActorTokenKey, ServiceAccount, Workspace

ED = ed_signer()
SECRET = re.compile(r"<code>([\w-]{64})</code>")
KID = re.compile(r"<code>([0-9a-f]{12})</code>")


@pytest.fixture
def account(workspace: Workspace) -> ServiceAccount:
    """Return a backend without keys."""
    return create_service_account("crm", workspace=workspace)


def test_a_key_set_is_added(client: Client, account: ServiceAccount) -> None:
    fields = {"account": account.pk, "kind": "document", "document": json.dumps(key_set(ED))}

    post(client, address("actortokenkey", "add"), **fields)

    assert subject_of(ED.token(), account=account.pk, slug="acme") == "bob@example.com"
    assert history_of(account) == ["Added Key set (JWKS), kept here of crm (ed)."]


def test_an_address_is_added_where_its_host_is_named(
    client: Client, account: ServiceAccount, settings: Settings
) -> None:
    settings.PRIVACY_JWKS_HOSTS = ["id.example.com"]
    where = address("actortokenkey", "add")

    post(client, where, account=account.pk, kind="address", url="https://id.example.com/jwks")
    refused = text_of(client.post(where, {"account": account.pk, "kind": "address", "url": "https://else.example/"}))

    assert [row.url for row in ActorTokenKey.objects.all()] == ["https://id.example.com/jwks"]
    assert "PRIVACY_JWKS_HOSTS does not name this host" in refused


def test_a_new_secret_is_shown_once(client: Client, account: ServiceAccount) -> None:
    response = post(client, address("actortokenkey", "add"), account=account.pk, kind="secret")

    page = text_of(client.get(response.headers["Location"]))
    [secret], [kid] = SECRET.findall(page), KID.findall(page)
    later = text_of(client.get(response.headers["Location"])) + text_of(
        client.get(address("actortokenkey", "change", ActorTokenKey.objects.get().pk))
    )
    assert subject_of(Signer(kid, "HS256", secret).token(), account=account.pk, slug="acme") == "bob@example.com"
    assert secret not in later + repr(list(LogEntry.objects.values())) + repr(list(ActorTokenKey.objects.values()))


def test_a_secret_of_ones_own_is_not_shown_at_all(client: Client, account: ServiceAccount) -> None:
    own = "a secret of the identity provider, 0123456789"

    response = post(client, address("actortokenkey", "add"), account=account.pk, kind="secret", secret=own)

    page = text_of(client.get(response.headers["Location"]))
    assert own not in page
    kid = ActorTokenKey.objects.get().kid
    assert subject_of(Signer(kid, "HS256", own).token(), account=account.pk, slug="acme") == "bob@example.com"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "document"}, "Give a key set"),
        ({"kind": "document", "document": "{"}, "Enter a valid JSON."),
        ({"kind": "document", "document": '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'}, "private or secret"),
        ({"kind": "address"}, "Give an https:// address"),
        ({"kind": "secret", "secret": "short"}, "Give at least 32 characters."),
        ({"kind": "else"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_explained(client: Client, account: ServiceAccount, fields: dict[str, str], says: str) -> None:
    page = text_of(client.post(address("actortokenkey", "add"), {"account": account.pk, **fields}))

    assert says in page
    assert not ActorTokenKey.objects.exists()


def test_a_key_is_removed(client: Client, account: ServiceAccount) -> None:
    row, _ = keep_secret(account)

    post(client, address("actortokenkey", "delete", row.pk), post="yes")

    assert not ActorTokenKey.objects.exists()
    assert history_of(account) == [f"Removed Shared secret of crm ({row.kid})."]


def test_the_account_lists_its_keys_and_can_demand_tokens(client: Client, account: ServiceAccount) -> None:
    keep_document(account, key_set(ED))

    page = text_of(client.get(address("serviceaccount", "change", account.pk)))
    post(
        client,
        address("serviceaccount", "change", account.pk),
        workspace=account.workspace_id,
        demands_actor_token="on",
        actor_token_issuer="https://id.example.com",
    )

    assert "<td>ed</td>" in page
    assert f"/admin/workspaces/actortokenkey/add/?account={account.pk}" in page
    account.refresh_from_db()
    assert (account.demands_actor_token, account.actor_token_issuer) == (True, "https://id.example.com")


def test_the_sealed_secret_cannot_be_guessed_by_filters(client: Client, account: ServiceAccount) -> None:
    keep_secret(account)

    response = client.get(address("actortokenkey", "changelist", query="?sealed_secret__startswith=A"))

    assert response.status_code == 400
