"""The admin pages of people, workspaces, memberships and the keys that backends ask with."""

from workspaces.admin import actor_tokens, emergencies, grants, groups, keys, memberships, people, sources, workspaces

__all__ = [
    "actor_tokens",
    "emergencies",
    "grants",
    "groups",
    "keys",
    "memberships",
    "people",
    "sources",
    "workspaces",
]
