"""The keys that seal what is secret, wrapped by the master key, and how a model names its sealed columns."""

from dataclasses import dataclass
from typing import ClassVar

from django.db import models
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that holds something sealed: what for, and which field names the row that the seal is bound to.

    A model lists its own in `SEALED`. A rotation seals these anew; what is not listed would be lost with its key.
    """

    column: str
    purpose: str
    row: str = "pk"


class DataKey(models.Model):
    """A key that seals secrets, itself sealed ("wrapped") by the master key, which is in no database."""

    class Use(models.TextChoices):
        """What a key is for."""

        SECRETS = "secrets", "Sealing what is stored"

    id = models.CharField(primary_key=True, max_length=8, editable=False)
    use = models.CharField(max_length=10, choices=Use, editable=False)
    wrapped = models.TextField(blank=True, editable=False, help_text="Empty once it is retired.")
    master = models.CharField(max_length=8, editable=False, help_text="The id of the master key that wrapped it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    wrapped_at = models.DateTimeField(default=timezone.now, editable=False)
    superseded_at = models.DateTimeField(null=True, editable=False, help_text="Since when it seals nothing new.")
    retired_at = models.DateTimeField(null=True, editable=False, help_text="Since when it is gone.")

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["use"], condition=models.Q(superseded_at=None), name="one_present_data_key_per_use"
            ),
            models.CheckConstraint(
                condition=models.Q(retired_at=None) | (models.Q(wrapped="") & ~models.Q(superseded_at=None)),
                name="a_retired_data_key_is_gone",
            ),
        ]

    def __str__(self) -> str:
        return self.pk
