"""Copies of what is held about somebody, encrypted, until they are fetched or over."""

import base64
import os
import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.models.requests import Receipt, SubjectRequest
from workspaces.models.sealed import Sealed
from workspaces.sealing import seal, unseal

_KEY = "archive keys"
_PASSPHRASE = "archive passphrases"  # noqa: S105 - what a key is for.
_ADDRESS = "archive addresses"
KEY_BYTES = 32


class Archive(models.Model):
    """The answer to one request for access: its parts, the key that opens them, and until when it is there.

    The parts are useless without the key, and the key goes with the archive: what backups hold of it opens no more.
    """

    SEALED: ClassVar = (
        Sealed("sealed_key", _KEY),
        Sealed("sealed_passphrase", _PASSPHRASE),
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="archive")
    sealed_key = models.TextField(editable=False)
    sealed_passphrase = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="When it was last downloaded whole.")

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def key(self) -> bytes:
        """Return the key of its parts; raise SealBroken."""
        return base64.b64decode(unseal(self.sealed_key, row=self.pk, purpose=_KEY))

    @property
    def passphrase(self) -> str:
        """Return what the file is encrypted with when it is fetched; raise SealBroken. Empty: none was given yet."""
        return unseal(self.sealed_passphrase, row=self.pk, purpose=_PASSPHRASE) if self.sealed_passphrase else ""

    def make_key(self) -> None:
        """Give it a key of its own."""
        self.sealed_key = seal(base64.b64encode(os.urandom(KEY_BYTES)).decode(), row=self.pk, purpose=_KEY)

    def keep_passphrase(self, passphrase: str) -> None:
        """Encrypt the passphrase for this row."""
        self.sealed_passphrase = seal(passphrase, row=self.pk, purpose=_PASSPHRASE)


class ArchivePart(models.Model):
    """Some records of one place of one system, compressed and then encrypted under the archive's key."""

    id = models.BigAutoField(primary_key=True)
    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="parts")
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=300, help_text="The file within the archive.")
    number = models.PositiveIntegerField()
    records = models.PositiveIntegerField(default=0)
    data = models.BinaryField()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["archive", "name", "number"], name="one_part_per_file_and_number")
        ]

    def __str__(self) -> str:
        return f"{self.archive_id}/{self.number}"


class ArchiveLink(models.Model):
    """A link by which the person fetches their archive: signed, good once, and no longer than the archive is."""

    SEALED: ClassVar = (Sealed("sealed_address", _ADDRESS),)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="links")
    sealed_address = models.TextField(blank=True, editable=False)  # Until it is sent.
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="archive_link_unsent", condition=models.Q(sent_at=None))
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def address(self) -> str:
        """Return where it is sent to; raise SealBroken. Empty once it is sent."""
        return unseal(self.sealed_address, row=self.pk, purpose=_ADDRESS) if self.sealed_address else ""

    def keep_address(self, address: str) -> None:
        """Encrypt the address for this row."""
        self.sealed_address = seal(address, row=self.pk, purpose=_ADDRESS)
