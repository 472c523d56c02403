"""Masking policies, one row a version, and the trail of decisions."""

from datetime import datetime
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

import classifier
from workspaces.models import AppendOnly, AppendOnlyQuerySet, AtomicSave, Workspace


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
            Workspace.objects.select_for_update(no_key=True).get(
                pk=self.workspace.pk
            )  # Two versions at once take turns.
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


class AuditChain(models.Model):
    """One workspace's chain of records: where it begins, where it ends, and a seal over both.

    Laying a record and pruning lock this row. `first_position` is that of the oldest record kept, and `anchor_hash` the
    hash of the one before it; the seal is keyed, so that whoever can write to the database alone cannot move the ends.
    """

    workspace_id = models.UUIDField(primary_key=True, help_text="Zeros for what concerns the whole installation.")
    number = models.PositiveBigIntegerField(help_text="Chains are counted, so that none goes unnoticed.")
    opened = models.PositiveBigIntegerField(default=0, help_text="How many were opened; kept in the installation's.")
    first_position = models.PositiveBigIntegerField(default=1)
    anchor_hash = models.CharField(max_length=64)
    last_position = models.PositiveBigIntegerField(default=0)
    last_hash = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)
    verified_at = models.DateTimeField(null=True)
    verified_position = models.PositiveBigIntegerField(default=0)
    faults = models.PositiveIntegerField(default=0, help_text="How many the last verification found.")

    def __str__(self) -> str:
        return str(self.workspace_id)


class AuditRecordQuerySet(AppendOnlyQuerySet["AuditRecord"]):
    """Rows that can be read, and nothing else: `audit.shipping` adds them, past the ORM."""

    def decisions(self) -> "AuditRecordQuerySet":
        """Keep who was shown what."""
        return self.filter(kind=DECISION)

    def acts(self) -> "AuditRecordQuerySet":
        """Keep what people did to rights, policies, keys and the release."""
        return self.exclude(kind=DECISION)

    def of(self, workspace: Workspace) -> "AuditRecordQuerySet":
        """Keep what concerns this workspace."""
        return self.filter(workspace_id=workspace.pk)

    def between(self, since: datetime | None, until: datetime | None) -> "AuditRecordQuerySet":
        """Keep what happened from `since` on and before `until`; None is no limit."""
        records = self.filter(at__gte=since) if since else self
        return records.filter(at__lt=until) if until else records

    def bulk_create(self, *_: object, **__: object) -> NoReturn:
        """Refuse: a record needs its place in the chain."""
        raise TypeError(AuditRecord.APPEND_ONLY)


DECISION = "decision"


class AuditRecord(AppendOnly):
    """A decision (who was shown what, for whom, and why) or an act of management: ids, kinds and counts, never a value.

    Rows are written by `audit.shipping` alone; `audit.guard` keeps the database from changing them.
    """

    APPEND_ONLY = "The audit trail is append-only."

    id = models.UUIDField(primary_key=True)  # Of a decision, the request id.
    at = models.DateTimeField()
    kind = models.CharField(max_length=40, default=DECISION, help_text="A decision, or which act of management.")
    # Ids instead of foreign keys: the trail outlives the rows it speaks of.
    workspace_id = models.UUIDField(help_text="Zeros for what concerns the whole installation.")
    actor_id = models.UUIDField(
        null=True, help_text="The reader, or who acted; empty for somebody unknown and for the service itself."
    )
    actor_digest = models.CharField(max_length=32, blank=True, help_text="A keyed hash of an unknown reader's name.")

    key_id = models.UUIDField(null=True, help_text="The API key that asked.")
    endpoint = models.CharField(max_length=20, blank=True)
    effect = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    policy_version = models.PositiveIntegerField(default=0)
    entities = models.JSONField(default=dict, help_text="How many pieces of each kind were hidden.")

    resource_type = models.CharField(max_length=100, blank=True, help_text="What an act was done to.")
    resource_id = models.CharField(max_length=100, blank=True)
    resource_name = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    position = models.PositiveBigIntegerField(help_text="Its place in the workspace's chain, from 1.")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects: ClassVar[AuditRecordQuerySet] = AuditRecordQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "decisions_decisionrecord"  # Its first name; a table is not renamed under those who read it.
        ordering: ClassVar[list[str]] = ["-at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at"], name="record_by_time"),
            models.Index(fields=["workspace_id", "-at"], name="record_by_workspace"),
            models.Index(fields=["actor_id", "-at"], name="record_by_actor"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace_id", "position"], name="one_record_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.effect} ({self.reason})" if self.kind == DECISION else self.kind

    def save(self, *_: object, **__: object) -> NoReturn:
        """Refuse: a record needs its place in the chain."""
        raise TypeError(self.APPEND_ONLY)


class ForwardCursor(models.Model):
    """Up to which record of a chain a receiver of the trail has confirmed."""

    id = models.BigAutoField(primary_key=True)
    receiver = models.CharField(max_length=20)
    workspace_id = models.UUIDField()
    position = models.PositiveBigIntegerField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["receiver", "workspace_id"], name="one_cursor_per_receiver_and_chain")
        ]

    def __str__(self) -> str:
        return f"{self.receiver} at {self.position} of {self.workspace_id}"


class ForwardState(models.Model):
    """Whether a receiver of the trail is being sent to, and when it is tried again after failures."""

    receiver = models.CharField(max_length=20, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.receiver
