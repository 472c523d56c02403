"""Where people are signed in to the console and the admin."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from workspaces.models.people import User


class SignIn(models.Model):
    """One session of a person, which names it; it ends once this row is gone. `workspaces.sign_ins` alone writes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    browser = models.CharField(max_length=40, blank=True, help_text="Which browser on which system, no more of it.")
    began_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-seen_at"]

    def __str__(self) -> str:
        return f"Sign-in of {self.user_id}"
