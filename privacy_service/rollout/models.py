"""The release flag, a dial turned per workspace, and the history of its moves."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, NoReturn

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from waffle.models import AbstractUserFlag

from privacy_service.rollout.stages import Position, Stage
from workspaces.models import AppendOnly, AppendOnlyQuerySet, AtomicSave, User, Workspace

PII_ACCESS = "pii_access"


class Flag(AtomicSave, AbstractUserFlag):
    """A waffle flag that is asked for a workspace, never for a request: no cookie and no chance is involved."""

    stage = models.CharField(
        max_length=10,
        choices=[(stage.value, stage.value) for stage in Stage],
        default=Stage.OFF,
        db_default=Stage.BETA,  # What a process of the version before stages writes, which knows the dial alone.
    )
    percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="The share of workspaces, 0 to 100, that the flag is on for. Growing it only adds workspaces.",
    )
    held = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="Why nothing goes wider until somebody resumes.",
    )
    breached = models.CharField(
        max_length=200, blank=True, default="", db_default="", editable=False, help_text="The gates that are red."
    )
    salt = models.CharField(
        max_length=64,
        default=PII_ACCESS,
        help_text="Decides which workspaces a percentage reaches first. Changing it draws them anew.",
    )
    workspaces = models.ManyToManyField(
        Workspace,
        blank=True,
        related_name="+",
        verbose_name="forced on",
        help_text="On for these whatever the dial says.",
    )
    excluded_workspaces = models.ManyToManyField(
        Workspace, blank=True, related_name="+", verbose_name="forced off", help_text="Off for these, even at 100 %."
    )

    class Meta(AbstractUserFlag.Meta):
        abstract = False
        verbose_name = _("release flag")
        verbose_name_plural = _("release flags")

    @property
    def position(self) -> Position:
        """Return where the release stands; `everyone` false is how versions before the stages turned it off."""
        if self.everyone is False:
            return Position(Stage.OFF)
        return Position(Stage(self.stage), self.percent or Decimal(0))

    @position.setter
    def position(self, position: Position) -> None:
        self.stage, self.percent = position.stage, position.percent
        self.everyone = {Stage.OFF: False, Stage.PUBLIC: True}.get(position.stage)

    def is_active(self, request: HttpRequest, read_only: bool = False) -> NoReturn:  # noqa: FBT001, FBT002 - waffle's.
        """Refuse: waffle would answer a request by chance and keep the answer in a cookie."""
        del request, read_only
        message = "The release is asked for a workspace: privacy_service.rollout.release.is_live_for(workspace)."
        raise TypeError(message)


class ReleaseMove(AppendOnly):
    """What changed whom the release reaches: who did it, when, from where to where, why, and how the gates stood.

    Ids instead of foreign keys: the history outlives the rows it speaks of.
    """

    APPEND_ONLY = "The history of the release is append-only: nothing in it is changed or deleted."

    class Kind(models.TextChoices):
        """The flag itself, an override of one workspace, or a workspace that became internal or a beta tester."""

        POSITION = "position", "Position"
        OVERRIDE = "override", "Override"
        STANDING = "standing", "Workspace"
        HOLD = "hold", "Hold"
        BREACH = "breach", "Breach"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=10, choices=Kind)
    before = models.CharField(max_length=40, help_text="As `manage.py release` names it: beta, dial 25, forced on.")
    after = models.CharField(max_length=40)
    workspace_id = models.UUIDField(null=True)
    workspace_slug = models.CharField(max_length=80, blank=True)
    by_id = models.UUIDField(null=True, help_text="The person who asked for it.")
    through = models.CharField(max_length=40, blank=True, help_text="Which way it came: command, admin, api, schedule.")
    confirmed_by_id = models.UUIDField(null=True, help_text="The second person.")
    why = models.CharField(max_length=500, blank=True)
    forced = models.CharField(max_length=500, blank=True, help_text="Why red gates were passed.")
    gates = models.JSONField(default=dict, help_text="How each gate stood.")

    objects: ClassVar[AppendOnlyQuerySet["ReleaseMove"]] = AppendOnlyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "workspace_id", "-at", "-id"], name="move_by_kind_and_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.workspace_slug} {self.before} → {self.after}".strip()


class PlannedMoveQuerySet(models.QuerySet["PlannedMove"]):
    """Moves that are to come, by what they wait for."""

    def open(self) -> "PlannedMoveQuerySet":
        """Keep those that may still happen."""
        return self.filter(outcome=PlannedMove.Outcome.OPEN)

    def waiting(self, now: datetime) -> "PlannedMoveQuerySet":
        """Keep those that a second person may still confirm."""
        return self.open().filter(confirmed_by=None, expires_at__gt=now)

    def scheduled(self) -> "PlannedMoveQuerySet":
        """Keep those that only wait for their time."""
        return self.open().exclude(run_at=None).filter(needs_confirmation=False)

    def due(self, now: datetime) -> "PlannedMoveQuerySet":
        """Keep those whose time has come."""
        return self.scheduled().filter(run_at__lte=now)


class PlannedMove(models.Model):
    """A move that waits: for a second person, for its time, or for both."""

    class Outcome(models.TextChoices):
        """What became of it."""

        OPEN = "open", "Open"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        CANCELLED = "cancelled", "Cancelled"

    code = models.CharField(max_length=9, primary_key=True)
    change = models.CharField(max_length=120, help_text="As one writes it after `manage.py release`.")
    by = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    through = models.CharField(max_length=40)
    why = models.CharField(max_length=500, blank=True)
    forced = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="Until when a second person may confirm it.")
    after_move = models.BigIntegerField(default=0, help_text="The newest move when it was asked for.")
    needs_confirmation = models.BooleanField(default=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    run_at = models.DateTimeField(null=True, help_text="When it is to happen; empty for at once.")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    told = models.CharField(max_length=500, blank=True, help_text="Why it came to that outcome.")

    objects: ClassVar[PlannedMoveQuerySet] = PlannedMoveQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["outcome", "run_at"], name="planned_by_outcome")]

    def __str__(self) -> str:
        return f"{self.change} ({self.code})"


class Report(models.Model):
    """Something that somebody noticed and that stands in the way of the release until it is closed."""

    id = models.BigAutoField(primary_key=True)
    text = models.CharField(max_length=500, help_text="What is wrong, without customers' data.")
    workspace = models.ForeignKey(Workspace, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    opened_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    closed_at = models.DateTimeField(null=True, editable=False)
    answer = models.CharField(max_length=500, blank=True, help_text="How it was settled.")

    class Meta:
        ordering: ClassVar[list[Any]] = [models.F("closed_at").asc(nulls_first=True), "-opened_at"]

    def __str__(self) -> str:
        return f"Report {self.pk}"


class Minute(models.Model):
    """What one server process counted since it last wrote: the release's own evidence, kept for two days."""

    id = models.BigAutoField(primary_key=True)
    until = models.DateTimeField(default=timezone.now)
    host = models.CharField(max_length=64)
    process = models.CharField(max_length=32)
    requests = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0, help_text="Answers of 500 and above.")
    fail_closed = models.PositiveIntegerField(default=0)
    seconds = models.JSONField(default=list, help_text="Requests by how long they took, one count a bucket.")
    sampled = models.PositiveIntegerField(default=0, help_text="Requests that were masked in shadow.")
    dropped = models.PositiveIntegerField(default=0, help_text="Requests that shadow had no room or time for.")
    broken = models.PositiveIntegerField(default=0, help_text="Requests that could not be masked in shadow.")
    leaks = models.PositiveIntegerField(default=0, help_text="Proven personal data in what shadow had masked.")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["until"], name="minute_by_time")]

    def __str__(self) -> str:
        return f"{self.host} {self.until:%H:%M}"


class ShadowCount(models.Model):
    """How often something would have happened in a workspace: an effect, or a field masked; never a value."""

    class Kind(models.TextChoices):
        """What is counted."""

        EFFECT = "effect", "Effect"
        FIELD = "field", "Field"
        LEAK = "leak", "Leak"

    id = models.BigAutoField(primary_key=True)
    workspace_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200, help_text="The effect with its reason, or the path of the field, folded.")
    entity = models.CharField(max_length=60, blank=True)
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace_id", "kind", "-count"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace_id", "kind", "name", "entity"], name="one_shadow_count_each")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.entity} {self.count}"
