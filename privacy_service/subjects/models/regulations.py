"""Regulations as Segment's API knows them: one wish about up to thousands of people."""

import json
import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.identifiers import DIGEST_BYTES
from privacy_service.subjects.models.requests import SubjectRequest, Wish
from workspaces.models import User, Workspace
from workspaces.models.base import AtomicSave
from workspaces.models.sealed import Sealed
from workspaces.sealing import seal, unseal

_IDS = "regulation ids"


class Regulation(AtomicSave):
    """One call of Segment's API. Each person in it is a request of their own, joined to one that is open already."""

    class Status(models.TextChoices):
        """How it stands, and how each system does."""

        INITIALIZED = "INITIALIZED", "Initialized"
        INVALID = "INVALID", "Invalid"
        NOT_SUPPORTED = "NOT_SUPPORTED", "Not supported"
        RUNNING = "RUNNING", "Running"
        PARTIAL_SUCCESS = "PARTIAL_SUCCESS", "Partial success"
        FAILED = "FAILED", "Failed"
        FINISHED = "FINISHED", "Finished"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="regulations")
    source_id = models.UUIDField(null=True, blank=True, editable=False)  # None for the whole workspace.
    wish = models.CharField(max_length=40, choices=Wish)
    subject_type = models.CharField(max_length=20)
    digests = models.BinaryField(help_text="Of everybody in it, one after the other.")
    count = models.PositiveIntegerField(help_text="How many people it is about.")
    status = models.CharField(max_length=20, choices=Status, default=Status.INITIALIZED)
    requests = models.ManyToManyField(SubjectRequest, related_name="regulations", editable=False)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-created_at"], name="regulation_by_workspace"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def subjects(self) -> list[str]:
        """Return the keyed digest of everybody in it, as hexadecimal digits: who they are is not kept."""
        packed = bytes(self.digests)
        return [packed[at : at + DIGEST_BYTES].hex() for at in range(0, len(packed), DIGEST_BYTES)]


class RegulationPart(AtomicSave):
    """Some of the people in a regulation, encrypted, until each of them has a request."""

    SEALED: ClassVar = (Sealed("sealed", _IDS),)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    regulation = models.ForeignKey(Regulation, on_delete=models.CASCADE, related_name="parts")
    sealed = models.TextField(editable=False)
    count = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at"]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def ids(self) -> list[str]:
        """Return the ids, opened; raise SealBroken."""
        ids: list[str] = json.loads(unseal(self.sealed, row=self.pk, purpose=_IDS))
        return ids

    def keep_ids(self, ids: Iterable[str]) -> None:
        """Encrypt the ids."""
        kept = list(ids)
        self.sealed, self.count = seal(json.dumps(kept), row=self.pk, purpose=_IDS), len(kept)
