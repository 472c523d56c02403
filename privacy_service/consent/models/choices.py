"""What people chose. Who they are is kept as keyed digests alone."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.consent.models.settings import VERSION_LENGTH
from privacy_service.subjects.identifiers import DIGEST_BYTES
from workspaces.models import User, Workspace


class Way(models.TextChoices):
    """How somebody chose."""

    BANNER = "banner", "On the banner"
    API = "api", "Told by a backend"
    WITHDRAWN = "withdrawn", "Withdrawn: a backend said so"


class Choice(models.Model):
    """One choice of one person. It never changes: a later one takes its place, and a seal tells whether it was."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="consent_choices")
    preferences = models.JSONField(help_text="Each category, and whether it was agreed to.")
    way = models.CharField(max_length=10, choices=Way)
    version = models.CharField(max_length=VERSION_LENGTH, blank=True, help_text="Of the banner that was shown.")
    language = models.CharField(max_length=20, blank=True)
    site = models.CharField(max_length=200, blank=True, help_text="On which site, without path.")
    at = models.DateTimeField(help_text="When they chose.")
    kept_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    seal = models.CharField(max_length=64, help_text="A keyed hash over all of it.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "-at"], name="choice_by_time")]

    def __str__(self) -> str:
        return str(self.pk)


class ChoiceIdentifier(models.Model):
    """The keyed digest of one identifier of whoever chose; one choice is the present one for each."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    choice = models.ForeignKey(Choice, on_delete=models.CASCADE, related_name="digests")
    kind = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=DIGEST_BYTES)
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["choice", "digest"], name="one_digest_per_choice"),
            # Which also finds what holds for somebody at once, however often they have chosen.
            models.UniqueConstraint(
                fields=["workspace", "digest"],
                condition=models.Q(is_current=True),
                name="one_present_choice_per_identifier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.choice_id}/{self.kind}"
