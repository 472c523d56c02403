"""Masking policies, one row a version, and the trail of decisions."""

import uuid
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

import classifier
from workspaces.models import AtomicSave, Workspace


class Policy(AtomicSave):
    """One version of a workspace's masking policy: which operator hides which entity. The newest version counts."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField(editable=False)
    rules = models.JSONField(help_text="As classifier.Policy.as_dict() writes it.")
    note = models.CharField(max_length=200, blank=True, help_text="Why it was changed.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace", "-version"]
        verbose_name_plural = "policies"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "version"], name="one_policy_per_workspace_and_version")
        ]

    def __str__(self) -> str:
        return f"{self.workspace} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the rules as the next version; a version that is stored never changes."""
        if not self._state.adding:
            message = "A stored policy never changes: save a new version."
            raise TypeError(message)
        with transaction.atomic():
            Workspace.objects.select_for_update().get(pk=self.workspace.pk)  # Two versions at once take turns.
            newest = Policy.objects.filter(workspace=self.workspace).aggregate(newest=models.Max("version"))["newest"]
            self.version = (newest or 0) + 1
            super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse rules that the classifier does not take, with its own words."""
        super().clean()
        if self.rules is None:
            return  # A form that could not read them has said so.
        try:
            key = settings.PRIVACY_TOKEN_KEY.encode()
            keyring = classifier.Keyring.derive(key, workspace_id=str(self.workspace_id))
            classifier.Policy.from_dict(self.rules, hash_key=key, keyring=keyring).compiled()
        except classifier.PolicyError as error:
            raise ValidationError({"rules": str(error)}) from None


class PendingAct(models.Model):
    """An act of management that shipping has not laid into the chain yet; written with the act itself."""

    id = models.BigAutoField(primary_key=True)
    line = models.TextField(help_text="The record, as it is hashed.")

    def __str__(self) -> str:
        return f"act {self.pk}"


class AppendOnlyQuerySet(models.QuerySet["DecisionRecord"]):
    """Rows that can be added and read, and nothing else."""

    def update(self, **_: object) -> NoReturn:
        """Refuse."""
        raise TypeError(_APPEND_ONLY)

    def delete(self) -> NoReturn:
        """Refuse."""
        raise TypeError(_APPEND_ONLY)


_APPEND_ONLY = "The audit trail is append-only."


class DecisionRecord(models.Model):
    """Who was shown what, for whom, and why: ids, kinds and counts, never a value."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)  # The request id.
    at = models.DateTimeField()
    endpoint = models.CharField(max_length=20)
    # Ids instead of foreign keys: the trail outlives the rows it speaks of.
    workspace_id = models.UUIDField()
    key_id = models.UUIDField(help_text="The API key that asked.")
    actor_id = models.UUIDField(null=True, help_text="The reader; empty for somebody unknown.")
    actor_digest = models.CharField(max_length=32, blank=True, help_text="A keyed hash of an unknown reader's name.")
    effect = models.CharField(max_length=10)
    reason = models.CharField(max_length=30)
    policy_version = models.PositiveIntegerField(default=0)
    entities = models.JSONField(default=dict, help_text="How many pieces of each kind were hidden.")

    objects: ClassVar[AppendOnlyQuerySet] = AppendOnlyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at"], name="record_by_time"),
            models.Index(fields=["workspace_id", "-at"], name="record_by_workspace"),
            models.Index(fields=["actor_id", "-at"], name="record_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.effect} ({self.reason})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the record; one that is stored never changes."""
        if not self._state.adding:
            raise TypeError(_APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        raise TypeError(_APPEND_ONLY)
