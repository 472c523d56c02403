"""The Django app of people and workspaces."""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.db.models.signals import post_delete

if TYPE_CHECKING:
    from workspaces.models import ServiceAccount, WorkspaceGroup


class WorkspacesConfig(AppConfig):
    """Watches every model whose rows decide who may see what."""

    name = "workspaces"

    def ready(self) -> None:
        """Connect the access stamp and the journal of rights to the models."""
        from workspaces import grants, history, models, passwords, stamp  # noqa: PLC0415 - models exist only once the apps are loaded.

        stamp.watch_models(
            models.User,
            models.Workspace,
            models.Membership,
            models.WorkspaceGroup,
            models.GroupMembership,
            models.Grant,
            models.Source,
            models.WorkspaceUserPermission,
            models.WorkspaceGroupPermission,
            models.ServiceAccount,
            models.ApiKey,
            models.ActorTokenKey,
        )
        history.keep_journal()
        passwords.keep_told()
        post_delete.connect(_delete_user_of, sender=models.ServiceAccount, dispatch_uid="service-account-user")
        post_delete.connect(_delete_auth_group_of, sender=models.WorkspaceGroup, dispatch_uid="auth-group-of-group")
        post_delete.connect(grants.leave_auth_group, sender=models.GroupMembership, dispatch_uid="leave-auth-group")


def _delete_user_of(*, instance: "ServiceAccount", **_: object) -> None:
    # Also where the account goes with its workspace: its user and its keys must not outlive it.
    instance.user.delete()


def _delete_auth_group_of(*, instance: "WorkspaceGroup", **_: object) -> None:
    instance.auth_group.delete()  # With it goes what guardian knows of the group's rights.
