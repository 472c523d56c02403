"""Single permissions, given as a deployment's own roles would: no built-in role has them without owning."""

from django.contrib.auth.models import Permission as PermissionRow

from workspaces.models import Membership, WorkspaceUserPermission
from workspaces.permissions import APP_LABEL


def give(membership: Membership, *codenames: str) -> None:
    """Give a member these permissions on their workspace."""
    for codename in codenames:
        row = PermissionRow.objects.get(content_type__app_label=APP_LABEL, codename=codename)
        WorkspaceUserPermission.objects.assign_perm(row, membership.user, membership.workspace)
