"""An administrator issues, rotates and revokes keys, and each is shown once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission as PermissionRow
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.factories import make_key
from tests.workspaces.admin.pages import address, history_of, post, text_of
from workspaces.authentication import caller_of
from workspaces.keys import Scope, digest_of
from workspaces.models import ApiKey, ServiceAccount, User, Workspace

KEY = re.compile(r"<code>(psk_[\w-]+)</code>")


def shown_key(client: Client, response: Any) -> str:
    """Return the key on the page that follows a form, and check that it is on no later page."""
    where = response.headers["Location"]
    [key] = KEY.findall(text_of(client.get(where)))
    assert key not in text_of(client.get(where))
    return str(key)


def assert_stored_nowhere(key: str) -> None:
    kept = [
        *LogEntry.objects.values_list("change_message", "object_repr"),
        *ApiKey.objects.values_list("digest", "prefix", "name"),
        *(session.get_decoded().items() for session in Session.objects.all()),
    ]
    assert key not in repr([list(row) for row in kept])


def test_a_service_account_comes_with_a_key_that_is_shown_once(client: Client, workspace: Workspace) -> None:
    response = post(
        client, address("serviceaccount", "add"), name="crm", workspace=workspace.pk, scopes=["mask"], key_name="prod"
    )

    key = shown_key(client, response)
    caller = caller_of(key)
    account = ServiceAccount.objects.get(name="crm")
    assert caller is not None
    assert (caller.user, caller.scopes, caller.workspace_slug) == (account.user, frozenset({Scope.MASK}), "acme")
    assert history_of(account)[0] == f"Issued {key[:12]}… of service:acme/crm for mask."
    assert_stored_nowhere(key)


def test_another_key_is_issued(client: Client, key: str) -> None:
    account = ServiceAccount.objects.get()
    until = timezone.now() + timedelta(days=7)
    fields = {"scopes": ["decide"], "expires_at_0": f"{until:%Y-%m-%d}", "expires_at_1": "00:00:00"}

    response = post(client, address("serviceaccount", "issue", account.pk), **fields)

    issued = caller_of(shown_key(client, response))
    assert issued is not None
    assert issued.scopes == {Scope.DECIDE}
    assert issued.expires_at == until.replace(hour=0, minute=0, second=0, microsecond=0)
    assert caller_of(key) is not None


def test_a_key_needs_a_scope_and_a_future(client: Client, key: str) -> None:
    account = ServiceAccount.objects.get()
    fields = {"expires_at_0": "2020-01-01", "expires_at_1": "00:00:00"}

    page = text_of(client.post(address("serviceaccount", "issue", account.pk), fields))

    assert "This field is required." in page
    assert "This time has passed already." in page
    assert ApiKey.objects.count() == 1


def test_a_rotated_key_works_for_another_day(client: Client, key: str) -> None:
    row = ApiKey.objects.get()

    response = post(client, address("apikey", "rotate", row.pk))

    successor = shown_key(client, response)
    row.refresh_from_db()
    assert row.expires_at is not None
    assert timedelta(hours=23) < row.expires_at - timezone.now() <= timedelta(hours=24)
    assert caller_of(key) is not None
    assert caller_of(successor) is not None
    assert history_of(row) == [f"Rotated {row}: {successor[:12]}… follows it."]
    assert_stored_nowhere(successor)


def test_a_revoked_key_opens_nothing(client: Client, key: str) -> None:
    row = ApiKey.objects.get()

    post(client, address("apikey", "revoke", row.pk))

    assert caller_of(key) is None
    assert history_of(row) == history_of(ServiceAccount.objects.get()) == [f"Revoked {row}."]


def test_a_revoked_key_has_no_successor(client: Client, key: str) -> None:
    row = ApiKey.objects.get()
    post(client, address("apikey", "revoke", row.pk))

    post(client, address("apikey", "rotate", row.pk))

    assert ApiKey.objects.count() == 1


def test_keys_are_revoked_in_bulk(client: Client, key: str) -> None:
    other = make_key(name="other")

    post(
        client,
        address("apikey", "changelist"),
        action="revoke_selected",
        _selected_action=list(ApiKey.objects.values_list("pk", flat=True)),
    )

    assert (caller_of(key), caller_of(other)) == (None, None)


def test_a_question_changes_nothing_before_it_is_answered(client: Client, key: str) -> None:
    row = ApiKey.objects.get()

    pages = [text_of(client.get(address("apikey", page, row.pk))) for page in ("rotate", "revoke")]

    assert "works for 24 more hours" in pages[0]
    assert "cannot be undone" in pages[1]
    assert list(ApiKey.objects.values_list("revoked_at", "expires_at")) == [(None, None)]


def test_no_page_shows_a_digest_or_finds_a_key_by_it(client: Client, key: str) -> None:
    row = ApiKey.objects.get()

    pages = [
        text_of(client.get(address("apikey", "changelist"))),
        text_of(client.get(address("apikey", "change", row.pk))),
    ]
    probe = client.get(address("apikey", "changelist", query=f"?digest__startswith={row.digest[:3]}"))

    assert not any(digest_of(key) in page for page in pages)
    assert all(row.prefix in page for page in pages)
    assert probe.status_code == 400


def test_a_deleted_service_account_leaves_no_key_behind(client: Client, workspace: Workspace, key: str) -> None:
    post(client, address("serviceaccount", "delete", ServiceAccount.objects.get().pk), post="yes")

    assert caller_of(key) is None
    assert not User.objects.filter(kind="service").exists()


def test_a_service_cannot_take_the_external_id_of_somebody_else(client: Client) -> None:
    User.objects.create_user("eve@example.com", external_id="service:crm")

    page = text_of(client.post(address("serviceaccount", "add"), {"name": "crm", "scopes": ["mask"]}))

    assert "choose another name" in page


@pytest.mark.parametrize("page", ["rotate", "revoke"])
def test_who_may_only_see_keys_cannot_end_them(client: Client, bob: User, key: str, page: str) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(PermissionRow.objects.filter(codename="view_apikey"))
    client.force_login(bob)

    assert client.post(address("apikey", page, ApiKey.objects.get().pk)).status_code == 403
