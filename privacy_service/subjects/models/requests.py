"""What people asked for, and what each system answered."""

import json
import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.identifiers import DIGEST_BYTES, Identifier, Kind
from privacy_service.subjects.languages import Language
from privacy_service.subjects.models.destinations import Destination, Layer
from workspaces.models import User, Workspace
from workspaces.models.base import AtomicSave
from workspaces.models.sealed import Sealed
from workspaces.sealing import seal, unseal

_IDENTIFIERS = "subject identifiers"
_NOTHING = models.Value({}, models.JSONField())
_NONE = models.Value([], models.JSONField())


class Wish(models.TextChoices):
    """What is asked for, in the words of Segment's regulations.

    The last two are ours: the GDPR's rights of access (Article 15) and to data portability (Article 20).
    """

    SUPPRESS_ONLY = "SUPPRESS_ONLY", "Take in no more"
    UNSUPPRESS = "UNSUPPRESS", "Take it in again"
    DELETE_INTERNAL = "DELETE_INTERNAL", "Delete what our own stores hold"
    DELETE_ARCHIVE_ONLY = "DELETE_ARCHIVE_ONLY", "Delete what our archives hold"
    DELETE_ONLY = "DELETE_ONLY", "Delete what is held"
    SUPPRESS_WITH_DELETE_INTERNAL = (
        "SUPPRESS_WITH_DELETE_INTERNAL",
        "Delete what our own stores hold and take in no more",
    )
    SUPPRESS_WITH_DELETE = "SUPPRESS_WITH_DELETE", "Delete what is held and take in no more"
    ACCESS = "ACCESS", "Tell what is held, and who has seen such data"
    PORTABILITY = "PORTABILITY", "Hand out what is held, for another service"

    @property
    def deletes(self) -> bool:
        """Say whether systems are asked to forget."""
        return bool(self.layers)

    @property
    def layers(self) -> frozenset[Layer]:
        """Return which systems are asked to forget."""
        return _LAYERS.get(self, frozenset())

    @property
    def exports(self) -> bool:
        """Say whether the person gets a copy."""
        return self in {Wish.ACCESS, Wish.PORTABILITY}

    @property
    def suppresses(self) -> bool:
        """Say whether new data is no longer taken in."""
        return self in {Wish.SUPPRESS_ONLY, Wish.SUPPRESS_WITH_DELETE_INTERNAL, Wish.SUPPRESS_WITH_DELETE}


_OUR_OWN = frozenset({Layer.INTERNAL, Layer.ARCHIVE})
_LAYERS = {
    Wish.DELETE_INTERNAL: _OUR_OWN,
    Wish.SUPPRESS_WITH_DELETE_INTERNAL: _OUR_OWN,
    Wish.DELETE_ARCHIVE_ONLY: frozenset({Layer.ARCHIVE}),
    Wish.DELETE_ONLY: frozenset(Layer),
    Wish.SUPPRESS_WITH_DELETE: frozenset(Layer),
}


class Law(models.TextChoices):
    """Under which law somebody asks; it sets the time there is."""

    GDPR = "gdpr", "GDPR: one month (Article 12(3))"
    CCPA = "ccpa", "CCPA: 45 days (Civil Code 1798.130(a)(2))"
    NONE = "none", "None named: 30 days"


class SubjectRequest(AtomicSave):
    """One wish of one person. Who that is stays encrypted, and goes once it is done and told."""

    SEALED: ClassVar = (Sealed("sealed", _IDENTIFIERS),)

    class State(models.TextChoices):
        """How far it is."""

        PENDING = "pending", "Pending"
        IN_PROGRESS = "in_progress", "In progress"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"

    class Proof(models.TextChoices):
        """How it was made sure that the person themselves wants this."""

        NONE = "", "Not yet"
        OWNER = "owner", "Somebody responsible asks on their behalf"
        EMAIL = "email", "They confirmed it by a link in a message to them"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="subject_requests")
    wish = models.CharField(max_length=40, choices=Wish)
    source_id = models.UUIDField(null=True, blank=True, editable=False, help_text="The only source it is about.")
    law = models.CharField(max_length=10, choices=Law, default=Law.NONE)
    state = models.CharField(max_length=20, choices=State, default=State.PENDING)
    proof = models.CharField(max_length=20, choices=Proof, default=Proof.NONE, blank=True)
    sealed = models.TextField(blank=True, editable=False)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(
        max_length=10,
        choices=Language,
        default="",
        db_default="",
        blank=True,
        help_text="In which the person is told.",
    )
    purged_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when keyed hashes alone are kept, and it is listed no more."
    )
    expansion = models.JSONField(
        default=dict,
        db_default=_NOTHING,
        editable=False,
        help_text="How many names of each kind the index added, and which it left out.",
    )

    token_keys = models.JSONField(
        default=list,
        db_default=_NONE,
        editable=False,
        help_text="The ids of the person's keys that were destroyed: what was sealed under them opens no more.",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Whatever the code does: nothing is carried out for somebody who was not asked whether they want it.
            models.CheckConstraint(
                name="no_request_goes_on_unproven",
                condition=~models.Q(proof="") | models.Q(state__in=["pending", "cancelled"]),
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-created_at"], name="request_by_workspace"),
            models.Index(
                fields=["due_at"], name="request_by_deadline", condition=models.Q(state__in=["pending", "in_progress"])
            ),
            models.Index(fields=["finished_at"], name="request_to_purge", condition=models.Q(purged_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def identifiers(self) -> list[Identifier]:
        """Return who this is about, opened; raise SealBroken. Empty once it is forgotten here too."""
        if not self.sealed:
            return []
        return [
            Identifier(Kind(kind), value)
            for kind, value in json.loads(unseal(self.sealed, row=self.pk, purpose=_IDENTIFIERS))
        ]

    def keep_identifiers(self, identifiers: Iterable[Identifier]) -> None:
        """Encrypt who this is about."""
        self.sealed = seal(
            json.dumps([[one.kind, one.value] for one in identifiers]), row=self.pk, purpose=_IDENTIFIERS
        )


class RequestIdentifier(models.Model):
    """The keyed digest of one identifier of a request: by it duplicates are seen, and that a person was forgotten."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="digests")
    kind = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=DIGEST_BYTES, db_index=True)
    found = models.BooleanField(
        default=False, db_default=False, help_text="Nobody named it: the index knew it of the same person."
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["request", "digest"], name="one_digest_per_request")
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.kind}"


class Status(models.TextChoices):
    """How one system answered."""

    WAITING = "waiting", "Waiting"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed; a person is needed"
    UNSUPPORTED = "unsupported", "Unsupported"


class Receipt(models.Model):
    """What one system answered to one request."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="receipts")
    # A system that is taken away later leaves its receipts and its name.
    destination = models.ForeignKey(Destination, null=True, on_delete=models.SET_NULL, related_name="receipts")
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=20, choices=Status, default=Status.WAITING)
    code = models.PositiveSmallIntegerField(null=True, blank=True, help_text="What its API answered; 200 is expected.")
    problem = models.CharField(max_length=200, blank=True, help_text="Why it did not: a word of ours, never its own.")
    evidence = models.JSONField(default=dict, help_text="How much was deleted where: names and counts.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True, help_text="Date deleted.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When somebody was told that a person is needed.")
    done_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["request", "destination"], name="one_receipt_per_destination")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_try_at"], name="receipt_by_next_try", condition=models.Q(status="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.name}"
