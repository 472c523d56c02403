"""What a workspace asks people to agree to, and every state in which it was shown to them."""

import uuid
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from workspaces.models import Workspace
from workspaces.models.base import AtomicSave

VERSION_LENGTH = 16
# What most sites ask for; an owner replaces them by their own.
USUAL = ("necessary", "preferences", "statistics", "marketing")


def usual_categories() -> list[dict[str, Any]]:
    """Return the categories of a workspace that has named none."""
    return [{"key": key, "is_necessary": key == USUAL[0]} for key in USUAL]


class InMask(models.TextChoices):
    """What becomes of an event in the masking API whose person has not agreed to where it goes."""

    OFF = "off", "It is masked like any other"
    DROP = "drop", "It is left out"
    REFUSE = "refuse", "The request is refused"


class Unsaid(models.TextChoices):
    """What an event means that says nothing of consent."""

    FLOW = "flow", "It goes everywhere"  # As Segment has it.
    RECORDED = "recorded", "What its person has chosen on record counts; with nothing on record, nothing is agreed to"
    BLOCK = "block", "Nothing is agreed to"


class ConsentSettings(AtomicSave):
    """What one workspace asks people to agree to, where that is needed, and how its banner words it."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="consent_settings"
    )
    is_open = models.BooleanField("open", default=False, help_text="Whether the banner finds its settings here.")
    origins = models.JSONField(default=list, blank=True, help_text="Sites that may send choices, such as https://a.eu.")
    categories = models.JSONField(default=usual_categories, help_text="What people agree to, in the banner's order.")
    texts = models.JSONField(default=dict, blank=True, help_text="By language: words instead of the usual ones.")
    languages = models.JSONField(default=list, blank=True, help_text="Those it speaks, the first for all others.")
    policy_url = models.URLField(max_length=500, blank=True, help_text="Where people read more.")
    valid_days = models.PositiveSmallIntegerField(
        default=180, validators=[MinValueValidator(1), MaxValueValidator(400)], help_text="How long a choice holds."
    )
    keep_days = models.PositiveSmallIntegerField(
        default=1095, validators=[MinValueValidator(1)], help_text="How long a choice stays on record."
    )
    destinations = models.JSONField(default=dict, blank=True, help_text="Name of each, and the categories it needs.")
    needed = models.JSONField(default=list, blank=True, help_text="Needed where a call to /mask names no destination.")
    in_mask = models.CharField("in /mask", max_length=10, choices=InMask, default=InMask.OFF)
    unsaid = models.CharField(max_length=10, choices=Unsaid, default=Unsaid.FLOW)

    class Meta:
        verbose_name_plural = "consent settings"

    def __str__(self) -> str:
        return str(self.workspace)


class BannerVersion(models.Model):
    """What a banner showed at some time: a choice says by its version what people had before their eyes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="banner_versions")
    version = models.CharField(max_length=VERSION_LENGTH)
    shown = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "version"], name="one_banner_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.workspace_id}/{self.version}"
