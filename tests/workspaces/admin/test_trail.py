"""What an administrator does in the admin is told to the audit trail, by ids and names of fields."""

from typing import Any

import orjson
import pytest
from django.test import Client

from privacy_service.decisions.models import PendingAct
from tests.factories import forget_acts
from tests.workspaces.admin.pages import address, post, rows, save_workspace
from workspaces.models import ServiceAccount, User, Workspace

NAMES = {"request_id", "trace_id"}


@pytest.fixture(autouse=True)
def _only_what_follows(client: Client, workspace: Workspace, bob: User, key: str) -> None:
    forget_acts()


def told() -> list[tuple[str, Any]]:
    """Return what was told: the kind of each act, and its detail."""
    acts = [orjson.loads(line) for line in PendingAct.objects.order_by("pk").values_list("line", flat=True)]
    assert {act["actor_id"] for act in acts} == {str(User.objects.get(email="root@example.com").pk)}
    assert "example.com" not in str(acts)
    # The names of the request, which are in each act, are told in tests/observability.
    return [(act["kind"], {k: v for k, v in act["detail"].items() if k not in NAMES}) for act in acts]


def test_a_workspace_is_made_changed_and_deleted(client: Client, workspace: Workspace) -> None:
    post(client, address("workspace", "add"), slug="globex", name="Globex", **rows("memberships"))
    workspace.break_glass = "at_once"
    save_workspace(client, workspace)
    save_workspace(client, workspace)
    post(client, address("workspace", "delete", Workspace.objects.get(slug="globex").pk), post="yes")

    assert told() == [
        ("workspace-created", {"slug": "globex", "name": "Globex"}),
        ("workspace-changed", {"break_glass": "at_once"}),
        ("workspace-deleted", {}),
    ]


def test_a_service_account_is_changed_and_deleted(client: Client, workspace: Workspace) -> None:
    account = ServiceAccount.objects.get()
    fields = {"workspace": workspace.pk, "actor_token_issuer": "https://id.example"}
    post(client, address("serviceaccount", "change", account.pk), demands_actor_token="on", **fields)
    post(client, address("serviceaccount", "delete", account.pk), post="yes")

    changed = {"change": "changed", "demands_actor_token": True, "actor_token_issuer": "https://id.example"}
    assert told() == [("service-account-changed", changed), ("service-account-changed", {"change": "deleted"})]


def test_a_person_is_shut_out_and_becomes_an_administrator(client: Client, bob: User) -> None:
    post(client, address("user", "changelist"), action="deactivate", _selected_action=[bob.pk])
    where = address("user", "change", bob.pk)
    post(client, where, email="bob@example.com", external_id="id-bob", name="Bob", is_active="on", is_staff="on")

    assert told() == [
        ("user-changed", {"changed": ["is_active"], "is_active": False}),
        ("user-changed", {"changed": ["is_active", "is_staff"], "is_active": True}),
    ]
