"""The register of integrated systems, filled by use: at most one write a minute for each system."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from privacy_service.gateway.models import SYSTEM, Integration
from privacy_service.systems import Seen, taken
from workspaces.models import ApiKey

EVERY_SECONDS = 60
MOST_SYSTEMS = 1000  # That use adds by itself; an administrator may add more.


@dataclass(slots=True)
class _Call:
    """What was seen of a system since the last time."""

    way: str = ""
    kinds: set[str] = field(default_factory=set)


def write_down(*, most: int = MOST_SYSTEMS) -> None:
    """Write down which systems have called since the last time; beyond so many no further one is added."""
    for system, call in _by_system(taken()).items():
        if not Integration.objects.filter(system=system).exists() and Integration.objects.count() < most:
            _add(system, call)
        _update(system, call)


def read_system(said: str) -> tuple[str, str]:
    """Return the system and its way in that `PII-System` names, as in `orders; way=nginx`; empty where unclear."""
    name, _, parameter = (part.strip().lower() for part in said.partition(";"))
    way = parameter.removeprefix("way=").strip()
    return name if SYSTEM.match(name) else "", way if way in Integration.Way.values else ""


def _by_system(seen: Seen) -> dict[str, _Call]:
    accounts = _accounts({key_id for said, key_id in seen if not read_system(said)[0]})
    calls: dict[str, _Call] = defaultdict(_Call)
    for (said, key_id), kinds in seen.items():
        system, way = read_system(said)
        system = system or accounts.get(key_id, "")
        if system:
            calls[system].way = way or calls[system].way
            calls[system].kinds |= kinds
    return calls


def _accounts(keys: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of the service accounts that these keys belong to; a person's key is no system's."""
    rows = ApiKey.objects.filter(pk__in=keys, user__service_account__isnull=False)
    return {pk: name.lower() for pk, name in rows.values_list("pk", "user__service_account__name")}


def _add(system: str, call: _Call) -> None:
    row = Integration(system=system, way=call.way or Integration.Way.API)
    Integration.objects.bulk_create([row], ignore_conflicts=True)  # Another process may add it at the same time.


def _update(system: str, call: _Call) -> None:
    now = timezone.now()
    row = Integration.objects.filter(system=system).first()
    if row is None:
        return
    kinds = sorted({*row.data_kinds, *call.kinds})
    # Every process writes: what another has written within the minute is not written again.
    is_due = Q(last_seen_at=None) | Q(last_seen_at__lte=now - timedelta(seconds=EVERY_SECONDS - 1))
    changes: dict[str, object] = {"last_seen_at": now, "data_kinds": kinds}
    if call.way:
        changes["way"] = call.way
    if row.first_seen_at is None:
        changes["first_seen_at"] = now
    if row.status == Integration.Status.PLANNED:
        changes["status"] = Integration.Status.LIVE  # Whoever only tries it out says so: shadow is set by hand.
    due = Integration.objects.filter(pk=row.pk)
    (due if kinds != row.data_kinds else due.filter(is_due)).update(**changes)
