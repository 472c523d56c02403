"""What every row shares whose change must reach each process."""

from typing import Any

from django.db import models, transaction


class AtomicSave(models.Model):
    """Rows whose change must become visible together with its access stamp, never before it."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and what its signals write in one transaction."""
        with transaction.atomic():
            super().save(*args, **kwargs)
