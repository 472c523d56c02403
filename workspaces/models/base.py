"""What rows share whose change must reach each process, and rows that are written once."""

from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import models, transaction


class AtomicSave(models.Model):
    """Rows whose change must become visible together with its access stamp, never before it."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and what its signals write in one transaction."""
        with transaction.atomic():
            super().save(*args, **kwargs)


Row_co = TypeVar("Row_co", bound="AppendOnly", covariant=True)


class AppendOnlyQuerySet(models.QuerySet[Row_co]):
    """Rows that can be added and read, and nothing else."""

    def update(self, **_: object) -> NoReturn:
        """Refuse."""
        raise TypeError(self.model.APPEND_ONLY)

    def delete(self) -> NoReturn:
        """Refuse."""
        raise TypeError(self.model.APPEND_ONLY)


class AppendOnly(models.Model):
    """Rows that never change and never go; each kind says so in words of its own."""

    APPEND_ONLY: ClassVar[str]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; one that is stored never changes."""
        if not self._state.adding:
            raise TypeError(self.APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        raise TypeError(self.APPEND_ONLY)
