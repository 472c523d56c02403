"""The admin pages of people, workspaces, memberships and the keys that backends ask with."""

from workspaces.admin import actor_tokens, keys, memberships, people, workspaces

__all__ = ["actor_tokens", "keys", "memberships", "people", "workspaces"]
