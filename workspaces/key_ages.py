"""How old each key of the installation is, and what is due."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from workspaces import data_keys, rotating
from workspaces.models import ActorTokenKey, ApiKey, DataKey


@dataclass(frozen=True, slots=True)
class KeyAge:
    """One key that others know: what it is, how it is named, and how old it is."""

    kind: str
    name: str
    days: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that `keys status` tells."""

    masters: tuple[str, ...]
    data_keys: list[DataKey]
    uses: dict[rotating.Column, Counter[str]]
    old: list[KeyAge]
    faults: list[str]
    due: list[str] = field(default_factory=list)

    def uses_of(self, key_id: str) -> int:
        """Return how much a key has sealed; under "" what is older than stored keys."""
        return sum(uses[key_id] for uses in self.uses.values())


def report() -> Report:
    """Look at every key."""
    keys = list(DataKey.objects.filter(retired_at=None))
    masters = tuple(master.id for master in data_keys.masters())
    found = Report(masters, keys, rotating.uses_by_column(), old_keys(), data_keys.unfit_keys())
    found.due.extend(_due(found))
    return found


def old_keys() -> list[KeyAge]:
    """Return the API keys and shared secrets in use that are older than PRIVACY_KEYS_DUE_DAYS, the oldest first."""
    made_before = timezone.now() - timedelta(days=settings.PRIVACY_KEYS_DUE_DAYS)
    keys = ApiKey.objects.usable(timezone.now()).filter(created_at__lte=made_before)
    secrets = ActorTokenKey.objects.filter(kind=ActorTokenKey.Kind.SECRET, created_at__lte=made_before)
    named = [("API key", f"{key.prefix}…", key.created_at) for key in keys]
    named += [("shared secret", secret.kid, secret.created_at) for secret in secrets]
    return [KeyAge(kind, name, days_since(made)) for kind, name, made in sorted(named, key=lambda one: one[2])]


def days_since(moment: datetime) -> int:
    """Return how many whole days ago something was."""
    return (timezone.now() - moment).days


def _due(found: Report) -> Iterator[str]:
    yield from found.faults
    if not found.faults and any(key.master != found.masters[0] for key in found.data_keys):
        yield "Keys are wrapped by a former master key: run `manage.py keys rotate master`."
    if found.uses_of(""):
        yield f"{found.uses_of(''):,} values are older than stored keys: run `manage.py keys rotate`."
    yield from (_due_of(key, found) for key in found.data_keys if _due_of(key, found))
    for key in found.old:
        yield f"The {key.kind} {key.name} is {key.days:,} days old: rotate it, with an overlap."


def _due_of(key: DataKey, found: Report) -> str:
    if key.superseded_at is None:
        is_old = days_since(key.created_at) >= settings.PRIVACY_KEYS_DUE_DAYS
        return (
            f"The present key is {days_since(key.created_at):,} days old: run `manage.py keys rotate`."
            if is_old
            else ""
        )
    if found.uses_of(key.pk):
        return f"{found.uses_of(key.pk):,} values are sealed with the former key {key.pk}: run `keys rotate --resume`."
    over_at = key.superseded_at + rotating.RETIRE_AFTER
    return (
        f"The former key {key.pk} seals nothing: `keys rotate --resume` or beat takes it away from {over_at:%H:%M} UTC."
    )
