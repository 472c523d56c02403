"""Systems that do not answer, and what people show for what they did by hand."""

import base64
from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.models.destinations import Destination
from privacy_service.subjects.models.requests import Receipt
from workspaces.models import User
from workspaces.models.sealed import Sealed
from workspaces.sealing import seal, unseal

_SHOWN = "proof files"


class Outage(models.Model):
    """One system that did not answer when it was last asked; it has no row while it answers."""

    destination = models.OneToOneField(Destination, on_delete=models.CASCADE, primary_key=True, related_name="outage")
    since = models.DateTimeField(default=timezone.now)
    failures = models.PositiveIntegerField(default=0, help_text="How many answers in a row there were not.")
    pauses = models.PositiveSmallIntegerField(default=0, help_text="How often it was left alone for a while.")
    until = models.DateTimeField(null=True, blank=True, help_text="Until when nobody asks it.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When a person was told.")

    class Meta:
        ordering: ClassVar[list[str]] = ["since"]

    def __str__(self) -> str:
        return str(self.destination_id)


class Turn(models.Model):
    """Who asks a system that only one worker may ask at a time, such as files that are written anew as a whole."""

    destination = models.OneToOneField(Destination, on_delete=models.CASCADE, primary_key=True, related_name="turn")
    until = models.DateTimeField(help_text="Until when a worker has it, unless it gives it back before.")

    def __str__(self) -> str:
        return str(self.destination_id)


class ProofFile(models.Model):
    """A file that shows that somebody has deleted by hand. It may show whom, and is encrypted."""

    SEALED: ClassVar = (Sealed("sealed", _SHOWN),)

    receipt = models.OneToOneField(Receipt, on_delete=models.CASCADE, primary_key=True, related_name="proof_file")
    sealed = models.TextField(editable=False)
    media_type = models.CharField(max_length=40)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.receipt_id)

    @property
    def content(self) -> bytes:
        """Return the file, opened; raise SealBroken."""
        return base64.b64decode(unseal(self.sealed, row=self.pk, purpose=_SHOWN))

    def keep(self, content: bytes) -> None:
        """Encrypt the file."""
        self.sealed = seal(base64.b64encode(content).decode(), row=self.receipt_id, purpose=_SHOWN)
