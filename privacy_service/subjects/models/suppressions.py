"""Whom a workspace takes in no more."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.identifiers import DIGEST_BYTES
from workspaces.models import User, Workspace


class SuppressionList(models.Model):
    """One workspace's suppressions as a whole: how many times it grew, and what `/mask` does about them.

    Each row of the list carries the version that added it; it is given under the lock of this row, so whoever has
    read all rows up to a version has missed none.
    """

    class InMask(models.TextChoices):
        """What becomes of an event about a suppressed person in the masking API."""

        OFF = "off", "It is masked like any other"  # As where backends and proxies mask what people read.
        DROP = "drop", "It is left out"
        REFUSE = "refuse", "The request is refused"

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="suppression_list"
    )
    version = models.PositiveBigIntegerField(default=0, editable=False)
    in_mask = models.CharField(
        "in /mask", max_length=10, choices=InMask, default=InMask.OFF, help_text="What becomes of events about them."
    )

    def __str__(self) -> str:
        return str(self.workspace)


class Suppression(models.Model):
    """One identifier whose new data is not taken in; only its keyed digest is kept."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="suppressions")
    source_id = models.UUIDField(null=True, blank=True, help_text="The only source whose data is not taken in.")
    kind = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=DIGEST_BYTES)
    version = models.PositiveBigIntegerField(help_text="Of the list, when it grew by this row.")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "digest"], name="one_suppression_per_identifier")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "version"], name="suppression_by_version")
        ]

    def __str__(self) -> str:
        return f"{self.workspace_id}/{self.kind}/{self.pk}"
