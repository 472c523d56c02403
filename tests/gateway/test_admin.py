"""An administrator registers upstreams, tries them, and reads which systems are integrated."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from privacy_service.decisions.models import PendingAct
from privacy_service.gateway.models import Integration, Upstream
from tests.backend import Backend
from tests.factories import forget_acts, make_source, make_workspace
from workspaces.keys import create_service_account, delete_service_account
from workspaces.models import User, Workspace
from workspaces.sources import remove_source


@pytest.fixture
def client(db: None) -> Client:
    """Return an administrator's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def typed(workspace: Workspace, **fields: Any) -> dict[str, Any]:
    """Return the form of an upstream, filled in."""
    return {
        "workspace": workspace.pk, "slug": "orders", "url": "https://orders.internal:8443/api", "source": "",
        "token_account": "", "passed_types": "image/*", "connect_seconds": 3, "read_seconds": 30, "is_active": "on",
        **fields,
    }  # fmt: skip


ADD = "admin:gateway_upstream_add"


def test_an_upstream_is_added_changed_and_removed_and_the_trail_is_told(client: Client, workspace: Workspace) -> None:
    forget_acts()
    client.post(reverse(ADD), typed(workspace))
    [upstream] = Upstream.objects.all()
    page = reverse("admin:gateway_upstream_change", args=[upstream.pk])
    client.post(page, typed(workspace, url="https://orders.internal/v2", is_active=""))
    client.post(reverse("admin:gateway_upstream_delete", args=[upstream.pk]), {"post": "yes"})

    told = [row.line for row in PendingAct.objects.order_by("pk")]

    assert (upstream.host, upstream.port, upstream.base) == ("orders.internal", 8443, "/api")
    assert len(told) == 3
    assert all('"upstream-changed"' in line for line in told)
    assert ['"added"' in told[0], '"changed"' in told[1], '"removed"' in told[2]] == [True] * 3
    assert not Upstream.objects.exists()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": "ftp://orders.internal"}, "Write an address such as"),
        ({"url": "https://user:secret@orders.internal"}, "Write an address such as"),
        ({"url": "https://orders.internal/?q=1"}, "Write an address such as"),
        ({"url": "https://orders.internal/a b"}, "Write an address such as"),
        ({"url": "https://orders.internal:99999"}, "Write an address such as"),
        ({"url": "orders.internal"}, "Write an address such as"),
        ({"passed_types": "images"}, "Write media types separated by commas"),
        ({"read_seconds": 0}, "greater than or equal to 0.1"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    client: Client, workspace: Workspace, fields: dict[str, Any], message: str
) -> None:
    page = text_of(client.post(reverse(ADD), typed(workspace, **fields)))

    assert message in page
    assert not Upstream.objects.exists()


def test_nothing_of_another_workspace_can_be_named(client: Client, workspace: Workspace) -> None:
    other = make_workspace("other")
    source, account = make_source(other, "web"), create_service_account("theirs", workspace=other)

    page = text_of(client.post(reverse(ADD), typed(workspace, source=source.pk, token_account=account.pk)))

    assert "This source is another workspace&#x27;s." in page
    assert "bound to another workspace" in page
    assert not Upstream.objects.exists()


def test_an_upstreams_workspace_cannot_be_changed(client: Client, workspace: Workspace) -> None:
    upstream = Upstream.objects.create(workspace=workspace, slug="orders", url="https://orders.internal")

    page = reverse("admin:gateway_upstream_change", args=[upstream.pk])
    client.post(page, typed(make_workspace("other"), slug="renamed"))

    changed = Upstream.objects.get()
    assert (changed.slug, changed.workspace) == ("renamed", workspace)


def test_what_an_upstream_names_may_go_and_takes_no_upstream_along(workspace: Workspace) -> None:
    source, account = make_source(workspace, "web"), create_service_account("idp", workspace=workspace)
    fields = {"source": source, "token_account": account, "url": "https://orders.internal"}
    upstream = Upstream.objects.create(workspace=workspace, slug="orders", **fields)

    remove_source(source)
    delete_service_account(account)

    upstream.refresh_from_db()
    assert (upstream.source, upstream.token_account) == (None, None)
    workspace.delete()
    assert not Upstream.objects.exists()


def test_a_button_says_what_an_upstream_answers(
    client: Client, workspace: Workspace, backend: Backend, settings: Settings
) -> None:
    upstream = Upstream.objects.create(workspace=workspace, slug="orders", url=backend.url)
    backend.on("/", b'{"ssn": "123-45-6789"}', Content_Type="application/json")
    page = reverse("admin:gateway_upstream_change", args=[upstream.pk])
    button = reverse("admin:gateway_upstream_check", args=[upstream.pk])
    assert button in text_of(client.get(page))

    settings.PRIVACY_GATEWAY_NETWORKS = []
    refused = text_of(client.post(button, follow=True))
    settings.PRIVACY_GATEWAY_NETWORKS = ["127.0.0.0/8"]
    answered = text_of(client.post(button, follow=True))
    backend.stop()
    gone = text_of(client.post(button, follow=True))
    backend.start()

    assert "127.0.0.1 is not a public address, and PRIVACY_GATEWAY_NETWORKS names no network" in refused
    assert "It answers 200 in" in answered
    assert "application/json, which is masked" in answered
    assert "45-6789" not in answered
    assert "The upstream does not answer as it should" in gone
    assert client.get(button).status_code == 403


def test_whoever_may_only_look_has_no_button(workspace: Workspace) -> None:
    upstream = Upstream.objects.create(workspace=workspace, slug="orders", url="https://orders.internal")
    client = Client()
    client.force_login(User.objects.create_user("staff@example.com", is_staff=True))

    assert client.post(reverse("admin:gateway_upstream_check", args=[upstream.pk])).status_code == 403


def test_the_register_of_systems_is_kept_by_hand_and_by_use(client: Client, db: None) -> None:
    add = reverse("admin:gateway_integration_add")
    fields = {"system": "crm", "owner": "Team Sales", "way": "nginx", "status": "planned", "note": "in May"}
    client.post(add, fields)
    assert "Write small letters" in text_of(client.post(add, {**fields, "system": "Two words"}))
    Integration.objects.update(data_kinds=["EMAIL_ADDRESS"])

    page = text_of(client.get(reverse("admin:gateway_integration_changelist")))

    assert all(word in page for word in ("crm", "Team Sales", "nginx in front of it", "Planned", "EMAIL_ADDRESS"))
