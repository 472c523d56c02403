"""People, workspaces, who belongs where with which roles, and the keys that backends ask with."""

from workspaces.models.base import AppendOnly, AppendOnlyQuerySet, AtomicSave
from workspaces.models.callers import ActorTokenKey, ApiKey, ApiKeyQuerySet, ServiceAccount
from workspaces.models.changes import AccessChange, AccessStamp
from workspaces.models.emergencies import Emergency
from workspaces.models.factors import RecoveryCode, SecondFactor
from workspaces.models.people import User, UserManager
from workspaces.models.places import Source, Workspace
from workspaces.models.rights import (
    Grant,
    GrantQuerySet,
    GroupMembership,
    Membership,
    MembershipQuerySet,
    WorkspaceGroup,
    WorkspaceGroupPermission,
    WorkspaceUserPermission,
)
from workspaces.models.sealed import DataKey, Sealed
from workspaces.models.sign_ins import SignIn

__all__ = [
    "AccessChange",
    "AccessStamp",
    "ActorTokenKey",
    "ApiKey",
    "ApiKeyQuerySet",
    "AppendOnly",
    "AppendOnlyQuerySet",
    "AtomicSave",
    "DataKey",
    "Emergency",
    "Grant",
    "GrantQuerySet",
    "GroupMembership",
    "Membership",
    "MembershipQuerySet",
    "RecoveryCode",
    "Sealed",
    "SecondFactor",
    "ServiceAccount",
    "SignIn",
    "Source",
    "User",
    "UserManager",
    "Workspace",
    "WorkspaceGroup",
    "WorkspaceGroupPermission",
    "WorkspaceUserPermission",
]
