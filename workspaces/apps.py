"""The Django app of people and workspaces."""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.db.models.signals import post_delete

if TYPE_CHECKING:
    from workspaces.models import ServiceAccount


class WorkspacesConfig(AppConfig):
    """Watches every model whose rows decide who may see what."""

    name = "workspaces"

    def ready(self) -> None:
        """Connect the access stamp to the models."""
        from workspaces import models, stamp  # noqa: PLC0415 - models exist only once the apps are loaded.

        stamp.watch_models(
            models.User,
            models.Workspace,
            models.Membership,
            models.Grant,
            models.WorkspaceUserPermission,
            models.WorkspaceGroupPermission,
            models.ServiceAccount,
            models.ApiKey,
            models.ActorTokenKey,
        )
        post_delete.connect(_delete_user_of, sender=models.ServiceAccount, dispatch_uid="service-account-user")


def _delete_user_of(*, instance: "ServiceAccount", **_: object) -> None:
    # Also where the account goes with its workspace: its user and its keys must not outlive it.
    instance.user.delete()
