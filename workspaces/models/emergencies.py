"""Emergency access: who broke the glass, why, who let them, and what came of it."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from workspaces.models.base import AtomicSave
from workspaces.models.people import User
from workspaces.models.places import Workspace
from workspaces.models.rights import Grant


class Emergency(AtomicSave):
    """A member's request to see everything for some minutes; written by `workspaces.break_glass` alone."""

    class State(models.TextChoices):
        """Where it stands; an approved one ends by the time of its grant."""

        ASKED = "asked", "Waits for approval"
        APPROVED = "approved", "Given"
        REFUSED = "refused", "Refused"
        ENDED = "ended", "Ended early"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="emergencies")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="emergencies")
    minutes = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    grant = models.OneToOneField(Grant, on_delete=models.SET_NULL, null=True, related_name="emergency_of")
    told_state = models.CharField(max_length=10, blank=True, help_text="The last state that the owners were told of.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]
        verbose_name = "emergency access"
        verbose_name_plural = "emergency accesses"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-asked_at"], name="emergency_by_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace} for {self.minutes} minutes"
