"""Roles: named sets of permissions that a membership can hold."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from django.db.models import TextChoices

from workspaces.permissions import Permission


class Role(TextChoices):
    """A named set of permissions; roles add up, none takes a permission away."""

    OWNER = "owner", "Owner"
    MEMBER = "member", "Member"
    PII_VIEWER = "pii_viewer", "PII viewer"
    SOURCE_ADMIN = "source_admin", "Source admin"
    SOURCE_READ_ONLY = "source_read_only", "Source read-only"
    PRIVACY_ADMIN = "privacy_admin", "Privacy admin"
    EMERGENCY_READER = "emergency_reader", "Emergency reader"


# An owner holds every permission, so each other role is a subset of it.
PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.OWNER: frozenset(Permission),
        Role.MEMBER: frozenset(),
        Role.PII_VIEWER: frozenset({Permission.VIEW_PII}),
        Role.SOURCE_ADMIN: frozenset({Permission.VIEW_SOURCES, Permission.MANAGE_SOURCES}),
        Role.SOURCE_READ_ONLY: frozenset({Permission.VIEW_SOURCES}),
        Role.PRIVACY_ADMIN: frozenset({Permission.MANAGE_SUBJECT_REQUESTS, Permission.RUN_JOBS, Permission.VIEW_AUDIT}),
        Role.EMERGENCY_READER: frozenset({Permission.BREAK_GLASS}),
    }
)

# What comes with the kind of membership; every other role is given on top, one grant each.
KIND_ROLES = frozenset({Role.OWNER, Role.MEMBER})
GRANTABLE_ROLES = tuple(role for role in Role if role not in KIND_ROLES)

# Which of them may be given for some sources only; one whose permissions are about the whole workspace may not.
SOURCE_ROLES = frozenset({Role.PII_VIEWER, Role.SOURCE_ADMIN, Role.SOURCE_READ_ONLY})


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return what the roles allow together."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))
