"""has_perm() for what guardian cannot keep: grants that end by time and grants for some sources."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from workspaces.models import Source, User, Workspace
from workspaces.permissions import Permission
from workspaces.rights import rights_in


class GrantBackend(BaseBackend):
    """Answers for a workspace or a source of it, beside guardian's backend, which answers for a workspace alone."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Say whether a member holds this permission here now, or on this source."""
        if not isinstance(user_obj, User) or perm not in set(Permission):
            return False
        if isinstance(obj, Source):
            rights = rights_in(obj.workspace, user_obj)
            return rights is not None and rights.allow_in(Permission(perm), obj)
        return isinstance(obj, Workspace) and holds(user_obj, Permission(perm), obj)


def holds(user: User, permission: Permission, workspace: Workspace) -> bool:
    """Say whether this member holds a permission on the whole workspace now.

    Unlike `user.has_perm` it gives a superuser nothing: running the installation is no right in a customer's workspace.
    """
    rights = rights_in(workspace, user)
    return rights is not None and permission in rights.permissions
