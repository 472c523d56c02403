"""Fields that were seen, what is decided about them, and where they lie; never a value of one."""

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from classifier import Colour
from workspaces.models import Source, Workspace
from workspaces.models.base import AtomicSave
from workspaces.models.sealed import Sealed

LONGEST_PLACE, LONGEST_PATH, LONGEST_ADDRESS = 200, 200, 1000
ALERT_SECRET = "inventory alert secret"  # noqa: S105 - what a key is for.
COLOURS = [(colour.value, colour.value) for colour in Colour]


class SeenIn(models.TextChoices):
    """Through what a field became known."""

    SCAN = "scan", "A scan"
    TRAFFIC = "traffic", "What passes"
    HAND = "hand", "Somebody's word"


class Answers(models.Model):
    """Who answers for data and what becomes of it; what a field leaves out, its source says."""

    owner = models.CharField(max_length=200, blank=True, help_text="Who answers for it: a team, better than a person.")
    purpose = models.CharField(max_length=500, blank=True, help_text="What it is kept for.")
    retention = models.CharField(max_length=100, blank=True, help_text="How long it is kept, such as 2 years.")
    processors = models.JSONField(default=list, blank=True, help_text="Who else gets it, by name.")

    class Meta:
        abstract = True


class FieldQuerySet(models.QuerySet["Field"]):
    """Fields by how far somebody has come with them."""

    def inbox(self) -> "FieldQuerySet":
        """Keep what nobody has decided about, and what was called harmless and turned out red since."""
        return self.filter(models.Q(colour="") | models.Q(colour=Colour.GREEN, recommended=Colour.RED))

    def decided(self) -> "FieldQuerySet":
        """Keep what somebody has decided about."""
        return self.exclude(colour="")

    def to_tell(self) -> "FieldQuerySet":
        """Keep red ones that nobody has decided about, and nobody was told of."""
        return self.inbox().filter(recommended=Colour.RED, told_at=None)


class Field(Answers):
    """One field of one place of a source: what was found in it, and what is decided about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="fields")
    # By slug: fields are seen of sources that nobody has made known yet, and outlive one that goes.
    source = models.CharField(max_length=80, blank=True, help_text="The source's slug; empty where none was named.")
    place = models.CharField(max_length=LONGEST_PLACE, blank=True, help_text="A table, a file, a topic.")
    path = models.CharField(max_length=LONGEST_PATH, help_text="Such as /traits/email; a star stands for any name.")
    seen_in = models.CharField(max_length=10, choices=SeenIn, default=SeenIn.HAND)

    kinds = models.JSONField(default=dict, help_text="How many values of each kind were found.")
    recommended = models.CharField(max_length=10, choices=COLOURS, default=Colour.GREEN)
    found_by = models.CharField(max_length=120, blank=True, help_text="`key`, or what recognized the values.")
    sampled = models.PositiveBigIntegerField(default=0, help_text="How many values were looked at.")
    found = models.PositiveBigIntegerField(default=0, help_text="In how many of them something was found.")
    examples = models.JSONField(default=list, help_text="The shapes of some values: no letter or digit of them.")
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now, editable=False)

    colour = models.CharField(max_length=10, choices=COLOURS, blank=True, help_text="Decided; empty in the Inbox.")
    note = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    told_at = models.DateTimeField(null=True, editable=False, help_text="When somebody was told that it is red.")

    objects = FieldQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace", "source", "place", "path"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-first_seen_at"], name="field_by_first_sight"),
            models.Index(fields=["workspace", "colour", "recommended"], name="field_by_colour"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "source", "place", "path"], name="one_field_per_workspace_and_path"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source or 'no source'}: {self.place} {self.path}"

    @property
    def name(self) -> str:
        """Return the field's own name, by which a policy can hide it; empty where it is not kept."""
        last = self.path.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        return "" if last == "*" else last

    @property
    def share(self) -> float | None:
        """Return in which part of its values something was found."""
        return round(self.found / self.sampled, 3) if self.sampled else None


class SourceNote(Answers, AtomicSave):
    """What is written down about a source: who answers for it, where it is, and in which places it lies."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="inventory_note")
    region = models.CharField(max_length=80, blank=True, help_text="Where the data lies, such as EU.")
    description = models.CharField(max_length=1000, blank=True)
    places = models.JSONField(
        default=list,
        blank=True,
        help_text="Addresses of the source, such as file:///data/payroll/ or topic:orders: by them jobs and topics "
        "know whose data it is.",
    )
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.source)


class InventorySettings(models.Model):
    """Whether traffic is looked at for fields, and who is told of a new red one."""

    SEALED: ClassVar = (Sealed("sealed", ALERT_SECRET, row="workspace_id"),)

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, primary_key=True, related_name="inventory")
    watches_traffic = models.BooleanField(default=True, help_text="Whether fields of what passes come into the Inbox.")
    alert_url = models.CharField(max_length=500, blank=True, help_text="A webhook, told of new red fields.")
    alert_email = models.EmailField(blank=True, help_text="Who is told of new red fields by mail.")
    sealed = models.TextField(blank=True, editable=False)  # The secret that signs what the webhook gets.

    def __str__(self) -> str:
        return str(self.workspace)


class ScanState(models.TextChoices):
    """How far a scan has come."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Scan(models.Model):
    """One look at the places of a source."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="scans")
    source = models.CharField(max_length=80, help_text="The source that its fields are written down for.")
    address = models.CharField(max_length=LONGEST_ADDRESS, help_text="What is looked at, without secrets.")
    rows = models.PositiveIntegerField(default=500, help_text="How many records of each place are looked at.")
    state = models.CharField(max_length=10, choices=ScanState, default=ScanState.WAITING)
    message = models.CharField(max_length=500, blank=True, help_text="Why it failed, or what was left out.")
    places = models.PositiveIntegerField(default=0)
    places_done = models.PositiveIntegerField(default=0)
    records = models.PositiveBigIntegerField(default=0)
    fields = models.PositiveIntegerField(default=0)
    new_fields = models.PositiveIntegerField(default=0)
    new_red_fields = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.workspace}/{self.source} {self.state}"


def strictest(colours: Iterable[str]) -> Colour:
    """Return the strictest of these colours; green where there is none."""
    order = list(Colour)
    return min((Colour(one) for one in colours if one), key=order.index, default=Colour.GREEN)
