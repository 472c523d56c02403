"""What changed and when: the stamp that every process follows, and the journal that forgets nothing."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from workspaces.models.base import AppendOnly, AppendOnlyQuerySet


class AccessStamp(models.Model):
    """One row that changes with every change that can alter a decision (see `workspaces.stamp`)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.token)


class AccessChange(AppendOnly):
    """What one row that gives rights said from a moment on; `workspaces.history` writes and reads it."""

    APPEND_ONLY = "The journal of rights is append-only."

    class Kind(models.TextChoices):
        """Which row it was."""

        USER = "user", "User"
        MEMBERSHIP = "membership", "Membership"
        GROUP = "group", "Group"
        GROUP_MEMBERSHIP = "group-membership", "Place in a group"
        GRANT = "grant", "Grant"
        PERMISSION = "permission", "Permission of a user"
        GROUP_PERMISSION = "group-permission", "Permission of a group"
        AUTH_GROUP = "auth-group", "Place in a group of Django's"
        SOURCE = "source", "Source"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20, choices=Kind)
    # Ids instead of foreign keys: the journal outlives the rows it speaks of.
    row_id = models.CharField(max_length=80)
    workspace_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    group_id = models.CharField(max_length=40, blank=True)
    state = models.JSONField(null=True, help_text="What the row said from then on; empty where it ended.")
    by_id = models.UUIDField(null=True, help_text="Who changed it; empty for the system.")

    objects: ClassVar[AppendOnlyQuerySet["AccessChange"]] = AppendOnlyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user_id", "workspace_id", "id"], name="change_by_user"),
            models.Index(fields=["group_id", "id"], name="change_by_group", condition=~models.Q(group_id="")),
            models.Index(fields=["workspace_id", "-id"], name="change_by_workspace"),
            models.Index(fields=["row_id", "id"], name="change_of_source", condition=models.Q(kind="source")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
