"""What people prove beside their password when they sign in: an authenticator, and codes for when it is lost."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from workspaces.models.people import User
from workspaces.models.sealed import Sealed

FACTOR_KEYS = "second factor keys"  # Changing the word of a purpose loses what it sealed.


class SecondFactor(models.Model):
    """The authenticator of one person; `workspaces.second_factor` alone writes it."""

    SEALED: ClassVar = (Sealed("sealed_key", FACTOR_KEYS),)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed_key = models.TextField(editable=False)
    last_step = models.BigIntegerField(default=-1, help_text="Of the last code that was taken: none is taken twice.")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False, help_text="Empty: no code of it was seen yet.")

    def __str__(self) -> str:
        return f"Authenticator of {self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in for a lost authenticator, once; only a digest of it is kept."""

    id = models.BigAutoField(primary_key=True)
    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["factor", "digest"], name="one_recovery_code_per_factor")
        ]

    def __str__(self) -> str:
        return f"Recovery code of {self.factor_id}"
