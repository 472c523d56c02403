"""Changing keys while all processes run: what a former key sealed is sealed anew, then the key is taken away."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count, F, Model, QuerySet
from django.db.models.functions import Left
from django.utils import timezone

from workspaces import data_keys
from workspaces.models import DataKey, Sealed
from workspaces.sealing import SealBroken, beginning_of, key_id_of, seal, unseal

# Whoever has read the present key just before a rotation has written what it sealed by then: no task takes so long.
RETIRE_AFTER = timedelta(hours=1)
_BATCH = 200
_SECRETS = DataKey.Use.SECRETS
_BEGINNING = len(beginning_of("0" * 8))


@dataclass(frozen=True, slots=True)
class Column:
    """One sealed column of one table."""

    model: type[Model]
    sealed: Sealed

    def __str__(self) -> str:
        return f"{self.model._meta.db_table}.{self.sealed.column}"  # noqa: SLF001 - Django's own name for it.

    def rows(self) -> "QuerySet[Any]":
        """Return the rows where something is sealed."""
        return self.model._base_manager.exclude(**{self.sealed.column: ""}).order_by("pk")  # noqa: SLF001 - as above.

    def uses(self) -> Counter[str]:
        """Return how much each key has sealed here, by its id; under "" what is older than stored keys."""
        begun = self.rows().order_by().annotate(begun=Left(self.sealed.column, _BEGINNING)).values("begun")
        counted: Counter[str] = Counter()
        for row in begun.annotate(count=Count("*")):
            counted[key_id_of(row["begun"])] += row["count"]
        return counted


@dataclass(slots=True)
class Progress:
    """How far a rotation is in one column."""

    column: Column
    total: int
    done: int = 0
    broken: int = 0  # What does not open stays as it is: sealing it anew is not possible.


def columns() -> list[Column]:
    """Return every sealed column of the installation."""
    return [Column(model, sealed) for model in apps.get_models() for sealed in vars(model).get("SEALED", ())]


def uses_by_column() -> dict[Column, Counter[str]]:
    """Return how much each key has sealed in each column that holds anything."""
    counted = {column: column.uses() for column in columns()}
    return {column: uses for column, uses in counted.items() if uses}


def begin() -> DataKey:
    """Make a new key, with which all is sealed from now on; raise KeyNotOpened where a present one does not open."""
    for row in DataKey.objects.filter(retired_at=None):
        data_keys.opened(row)  # Nothing is begun that could not be brought to its end.
    return data_keys.make_key(_SECRETS)


def seal_anew(show: Callable[[Progress], None] = lambda _: None) -> list[Progress]:
    """Seal with the present key what another has sealed, row by row; broken off, it goes on where it was."""
    present = data_keys.present_key(_SECRETS)
    if present is None:
        return []
    return [_renewed(column, present.id, show) for column in columns()]


def retire(now: Callable[[], Any] = timezone.now) -> list[DataKey]:
    """Take away each former key that has sealed nothing any more and that no process can still be sealing with."""
    over = list(DataKey.objects.filter(use=_SECRETS, retired_at=None, superseded_at__lte=now() - RETIRE_AFTER))
    if not over:
        return []
    used = sum(uses_by_column().values(), Counter[str]())
    unused = [key for key in over if not used[key.pk]]
    DataKey.objects.filter(pk__in=[key.pk for key in unused]).update(wrapped="", retired_at=now())
    data_keys.forget()
    return unused


def finish() -> list[DataKey]:
    """Bring rotations to their end: what was sealed with a former key meanwhile, then the keys."""
    if not DataKey.objects.filter(use=_SECRETS, retired_at=None).exclude(superseded_at=None).exists():
        return []
    seal_anew()
    return retire()


def _renewed(column: Column, present: str, show: Callable[[Progress], None]) -> Progress:
    waiting = column.rows().exclude(**{f"{column.sealed.column}__startswith": beginning_of(present)})
    progress = Progress(column, total=waiting.count())
    for row in _in_batches(waiting, column.sealed):
        if _renew(column, row):
            progress.done += 1
        else:
            progress.broken += 1
        show(progress)
    return progress


def _in_batches(waiting: "QuerySet[Any]", sealed: Sealed) -> Iterator[Mapping[str, Any]]:
    """Yield the rows by their keys, some at a time: sealed values may be whole files."""
    last = None
    while True:
        beyond = waiting if last is None else waiting.filter(pk__gt=last)
        rows = list(beyond.values("pk", bound=F(sealed.row), stored=F(sealed.column))[:_BATCH])
        if not rows:
            return
        yield from rows
        last = rows[-1]["pk"]


def _renew(column: Column, row: Mapping[str, Any]) -> bool:
    """Seal one value anew, unless somebody has changed it meanwhile: theirs is newer."""
    sealed = column.sealed
    try:
        value = unseal(row["stored"], row=row["bound"], purpose=sealed.purpose)
    except SealBroken:
        return False
    renewed = seal(value, row=row["bound"], purpose=sealed.purpose)
    mine = column.model._base_manager.filter(pk=row["pk"], **{sealed.column: row["stored"]})  # noqa: SLF001 - as above.
    mine.update(**{sealed.column: renewed})
    return True
