"""Customers' spaces, and the sources of data in them."""

import re
import uuid
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from workspaces.models.base import AtomicSave
from workspaces.models.people import User
from workspaces.permissions import DESCRIPTIONS, Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABEL = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_./ ]{0,62}")
LONGEST_BREAK_GLASS = 24 * 60


def check_labels(labels: object) -> None:
    """Refuse what is no labels: one value a key, both short plain words."""
    words = [word for pair in labels.items() for word in pair] if isinstance(labels, dict) else [None]
    if not all(isinstance(word, str) and _LABEL.fullmatch(word) for word in words):
        message = 'Write labels as an object of short plain words, one value a key: {"env": "production"}.'
        raise ValidationError(message)


class Workspace(AtomicSave):
    """A customer's space: whose data, and which people may reach it."""

    class BreakGlass(models.TextChoices):
        """What happens when somebody with the right asks for emergency access."""

        OFF = "off", "Not offered"
        AT_ONCE = "at_once", "Given at once"
        APPROVAL = "approval", "Given after a second person's approval"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=80, unique=True, help_text="Names the workspace in the address of the API.")
    name = models.CharField(max_length=200)
    is_internal = models.BooleanField(
        "internal",
        default=False,
        db_default=False,
        help_text="Ours: the release reaches it from the stage internal on.",
    )
    is_beta_tester = models.BooleanField(
        "beta tester",
        default=False,
        db_default=False,
        help_text="Willing to try what is new: the release reaches it from the stage beta on.",
    )
    break_glass = models.CharField(
        "emergency access",
        max_length=10,
        choices=BreakGlass,
        default=BreakGlass.APPROVAL,
        db_default=BreakGlass.APPROVAL,
        help_text="For members with the role Emergency reader, and for owners. Every owner is told each time.",
    )
    break_glass_minutes = models.PositiveSmallIntegerField(
        "emergency minutes",
        default=60,
        db_default=60,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_BREAK_GLASS)],
        help_text="The longest that one may ask for, in minutes.",
    )
    demands_second_factor = models.BooleanField(
        "demands a second factor",
        default=False,
        db_default=False,
        help_text="Its pages in the console open only for who has signed in with a code of an authenticator.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["slug"]
        permissions = [(permission.codename, DESCRIPTIONS[permission]) for permission in Permission]  # noqa: RUF012

    def __str__(self) -> str:
        return self.slug

    def has_member(self, actor: User) -> bool:
        """Say whether the actor belongs to this workspace."""
        return actor.is_active and self.memberships.filter(user=actor).exists()


class Source(AtomicSave):
    """One place a workspace's data comes from; a grant can be bound to some sources, by name or by label."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="sources")
    slug = models.SlugField(max_length=80, help_text="Names the source in the header PII-Source.")
    name = models.CharField(max_length=200)
    labels = models.JSONField(
        default=dict, blank=True, validators=[check_labels], help_text='One value a key, such as {"env": "production"}.'
    )
    is_restricted = models.BooleanField(
        "restricted",
        default=False,
        db_default=False,
        help_text="Whoever has no role or grant that shows some of its personal data gets none of it, not even masked.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace", "slug"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "slug"],
                name="one_source_per_workspace_and_slug",
                violation_error_message="The workspace has a source with this slug.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.workspace}/{self.slug}"

    def carries(self, labels: "Mapping[str, str]") -> bool:
        """Say whether this source has every one of these labels."""
        return all(self.labels.get(key) == value for key, value in labels.items())
