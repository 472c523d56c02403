"""The release flag: a dial turned per workspace."""

import hashlib
from typing import NoReturn
from uuid import UUID

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from waffle.models import AbstractUserFlag

from workspaces.models import AtomicSave, Workspace

PII_ACCESS = "pii_access"
BUCKETS = 10_000


class Flag(AtomicSave, AbstractUserFlag):
    """A waffle flag that is asked for a workspace, never for a request: no cookie and no chance is involved."""

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

    def is_active(self, request: HttpRequest, read_only: bool = False) -> NoReturn:  # noqa: FBT001, FBT002 - waffle's.
        """Refuse: waffle would answer a request by chance and keep the answer in a cookie."""
        del request, read_only
        message = "The release is asked for a workspace: privacy_service.rollout.release.is_live_for(workspace)."
        raise TypeError(message)


def bucket_of(salt: str, workspace_id: UUID) -> int:
    """Return the workspace's fixed place from 0 to 9,999; a dial at p % reaches the places below p * 100."""
    digest = hashlib.sha256(f"{salt}:{workspace_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS
