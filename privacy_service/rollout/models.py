"""The release flag, a dial turned per workspace, and the history of its moves."""

from decimal import Decimal
from typing import Any, ClassVar, NoReturn

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from waffle.models import AbstractUserFlag

from privacy_service.rollout.stages import Position, Stage
from workspaces.models import AtomicSave, Workspace

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


class AppendOnlyQuerySet(models.QuerySet["ReleaseMove"]):
    """Moves, which are only ever added."""

    def update(self, **_: object) -> NoReturn:
        """Refuse."""
        raise TypeError(_APPEND_ONLY)

    def delete(self) -> NoReturn:
        """Refuse."""
        raise TypeError(_APPEND_ONLY)


class ReleaseMove(models.Model):
    """What changed whom the release reaches: who did it, when, from where to where, why, and how the gates stood.

    Ids instead of foreign keys: the history outlives the rows it speaks of.
    """

    class Kind(models.TextChoices):
        """The flag itself, an override of one workspace, or a workspace that became internal or a beta tester."""

        POSITION = "position", "Position"
        OVERRIDE = "override", "Override"
        STANDING = "standing", "Workspace"
        HOLD = "hold", "Hold"

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

    objects: ClassVar[AppendOnlyQuerySet] = AppendOnlyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "workspace_id", "-at", "-id"], name="move_by_kind_and_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.workspace_slug} {self.before} → {self.after}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the move; one that is stored never changes."""
        if not self._state.adding:
            raise TypeError(_APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        raise TypeError(_APPEND_ONLY)


_APPEND_ONLY = "The history of the release is append-only: nothing in it is changed or deleted."
