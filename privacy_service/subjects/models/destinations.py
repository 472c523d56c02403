"""Systems that hold data about people, and can be asked to forget them."""

import json
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.identifiers import Kind
from workspaces.models import Workspace
from workspaces.models.base import AtomicSave
from workspaces.models.sealed import Sealed
from workspaces.sealing import seal, unseal

_NONE = models.Value([], models.JSONField())
_SECRETS = "destination secrets"


class Ability(models.TextChoices):
    """What a system can do about people."""

    FIND = "find", "Say how much it holds"
    EXPORT = "export", "Hand it out"
    LIST = "list", "Name everybody it knows"
    DELETE = "delete", "Delete it"
    SUPPRESS = "suppress", "Be told to take in no more, and to take it in again"


class Layer(models.TextChoices):
    """Whose store it is: some requests are of one's own stores alone, or of archives alone."""

    INTERNAL = "internal", "A store of your own"
    ARCHIVE = "archive", "An archive of your own, such as raw events in a lake"
    CONNECTED = "connected", "A system to which data is passed on"


# What a kind mostly is, for a system of which nobody has said it.
_OWN_STORES = frozenset({"sql", "redis", "files", "django"})


class Destination(AtomicSave):
    """One system of a workspace: how it is reached, what it knows people by, where it is and who runs it."""

    SEALED: ClassVar = (Sealed("sealed", _SECRETS),)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="destinations")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40, help_text="How it is reached; docs/subjects.md lists the kinds.")
    options = models.JSONField(default=dict, blank=True, help_text="What the kind asks for, without secrets.")
    sealed = models.TextField(blank=True, editable=False)  # Its secrets, encrypted for this row.
    identifiers = models.JSONField(default=list, help_text="The kinds of identifier it knows people by.")
    layer = models.CharField(
        max_length=20,
        choices=Layer,
        blank=True,
        db_default="",
        help_text="Whose store it is; empty: as most of its kind are.",
    )
    # By their ids, as those of grants are: of a source that is gone nobody else's data takes the place.
    sources = models.JSONField(
        default=list, blank=True, db_default=_NONE, help_text="The sources whose data it gets; none named: all."
    )
    region = models.CharField(max_length=80, blank=True, help_text="Where the data lies, such as EU or us-east-1.")
    processor = models.CharField(max_length=200, blank=True, help_text="Who processes it for you.")
    contact = models.EmailField(blank=True, help_text="Who is asked where a person is needed.")
    is_active = models.BooleanField("active", default=True, help_text="Whether new requests go there.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace", "slug"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "slug"],
                name="one_destination_per_workspace_and_slug",
                violation_error_message="The workspace has a destination with this slug.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.workspace}/{self.slug}"

    @property
    def known_by(self) -> frozenset[Kind]:
        """Return the kinds of identifier that it knows."""
        return frozenset(kind for kind in Kind if kind in self.identifiers)

    @property
    def stands_as(self) -> Layer:
        """Return whose store it is."""
        if self.layer:
            return Layer(self.layer)
        return Layer.INTERNAL if self.kind in _OWN_STORES else Layer.CONNECTED

    def gets_data_of(self, source_id: uuid.UUID | None) -> bool:
        """Say whether data of a source comes here; without one, whether any does."""
        return source_id is None or not self.sources or str(source_id) in self.sources

    @property
    def secrets(self) -> Mapping[str, str]:
        """Return its secrets, opened; raise SealBroken. They go nowhere but to the system itself."""
        opened: Mapping[str, str] = (
            json.loads(unseal(self.sealed, row=self.pk, purpose=_SECRETS)) if self.sealed else {}
        )
        return opened

    def keep_secrets(self, secrets: Mapping[str, Any]) -> None:
        """Encrypt its secrets, all of them anew."""
        self.sealed = seal(json.dumps(dict(secrets)), row=self.pk, purpose=_SECRETS) if secrets else ""
