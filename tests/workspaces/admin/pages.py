"""What the tests of the admin share: addresses, forms, and what stands in the database afterwards."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from workspaces.models import Grant, Membership, User, Workspace, WorkspaceUserPermission


def address(model: str, page: str, *args: Any, query: str = "") -> str:
    return reverse(f"admin:workspaces_{model}_{page}", args=args) + query


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def post(client: Client, where: str, **fields: Any) -> Any:
    """Send a form and insist that it was taken."""
    response = client.post(where, {"_confirmed": "yes", **fields})  # What it changes was seen.
    assert response.status_code == 302, text_of(response)
    return response


def rows(prefix: str, *given: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """Return the fields of an inline with these rows."""
    fields: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(given), f"{prefix}-INITIAL_FORMS": initial}
    for number, row in enumerate(given):
        fields |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return fields


def save_workspace(
    client: Client,
    workspace: Workspace,
    *,
    members: tuple[dict[str, Any], ...] = (),
    new: tuple[dict[str, Any], ...] = (),
) -> Any:
    inlines = rows("memberships", *members, initial=len(members)) | rows("memberships-2", *new)
    where = address("workspace", "change", workspace.pk)
    settings = {"break_glass": workspace.break_glass, "break_glass_minutes": workspace.break_glass_minutes}
    return post(client, where, slug=workspace.slug, name=workspace.name, **settings, **inlines)


def membership_of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def held_by(user: User) -> list[tuple[str, list[str], str]]:
    """Return a user's roles, the kinds they are narrowed to, and who gave them."""
    grants = Grant.objects.filter(membership__user=user).order_by("role")
    return [(given.role, given.entities, str(given.granted_by or "")) for given in grants]


def rights_of(user: User) -> list[str]:
    held = WorkspaceUserPermission.objects.filter(user=user)
    return sorted(held.values_list("permission__codename", flat=True))


def history_of(row: Any) -> list[str]:
    entries = LogEntry.objects.filter(object_id=str(row.pk)).order_by("pk")
    return [entry.get_change_message() for entry in entries]
