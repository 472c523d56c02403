"""The admin pages of people, workspaces, memberships and the keys that backends ask with."""

from workspaces.admin import keys, memberships, people, workspaces

__all__ = ["keys", "memberships", "people", "workspaces"]
