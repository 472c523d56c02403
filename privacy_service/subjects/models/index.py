"""Where each person is known: one row a person and source, found again by keyed hashes alone."""

import json
import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.identifiers import DIGEST_BYTES, Identifier, Kind
from privacy_service.subjects.models.destinations import Destination
from workspaces.models import User, Workspace
from workspaces.models.sealed import Sealed
from workspaces.sealing import seal, unseal

_LOCATOR = "index locators"
EVENTS = "(events)"  # The source of what events told; no slug of a destination is written so.


class IndexSettings(models.Model):
    """What a workspace's index learns from by itself."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="index_settings"
    )
    from_events = models.BooleanField(default=False, help_text="Whether events that pass tell who is known by what.")

    def __str__(self) -> str:
        return str(self.workspace)


class IndexEntry(models.Model):
    """One person in one source: every name that it knows them by, encrypted, and when it was last seen there."""

    SEALED: ClassVar = (Sealed("sealed", _LOCATOR),)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="index_entries")
    destination = models.ForeignKey(Destination, null=True, on_delete=models.CASCADE, related_name="index_entries")
    source = models.CharField(max_length=80, help_text="The slug of the system, or (events).")
    digest = models.BinaryField(max_length=DIGEST_BYTES, help_text="Of the source's own id of the person.")
    sealed = models.TextField(editable=False)
    first_seen_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["source", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "source", "digest"], name="one_entry_per_person_and_source")
        ]

    def __str__(self) -> str:
        return f"{self.workspace_id}/{self.source}/{self.pk}"

    @property
    def identifiers(self) -> list[Identifier]:
        """Return the names that the source has for the person, opened; raise SealBroken."""
        told = json.loads(unseal(self.sealed, row=self.pk, purpose=_LOCATOR))
        return [Identifier(Kind(kind), value) for kind, value in told]

    def keep_identifiers(self, identifiers: Iterable[Identifier]) -> None:
        """Encrypt the names for this row."""
        self.sealed = seal(json.dumps([[one.kind, one.value] for one in identifiers]), row=self.pk, purpose=_LOCATOR)


class IndexKey(models.Model):
    """The keyed hash of one name of a person in one source."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(IndexEntry, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=DIGEST_BYTES, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "digest"], name="one_key_per_entry_and_digest")
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.kind}"


class IndexScan(models.Model):
    """One reading of a whole source into the index."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="index_scans")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    people = models.PositiveBigIntegerField(default=0, help_text="How many records were read so far.")
    problem = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    alive_at = models.DateTimeField(null=True, blank=True, help_text="When it last got on.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["destination"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="one_open_scan_per_destination",
            )
        ]

    def __str__(self) -> str:
        return f"{self.destination_id}/{self.pk}"
