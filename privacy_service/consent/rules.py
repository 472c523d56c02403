"""rules_of(workspace): which destination needs which consent, the same in every process within two seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from privacy_service.consent.choices import agreed_by
from privacy_service.consent.models import ConsentSettings, InMask, Unsaid
from privacy_service.consent.preferences import NOTHING, Agreed, agreed_in
from privacy_service.exceptions import UnknownDestination
from privacy_service.subjects.events import identifiers_in
from workspaces.stamp import StampedCache


@dataclass(frozen=True, slots=True)
class Rules:
    """What one workspace needs people to agree to."""

    workspace_id: UUID
    destinations: Mapping[str, Agreed] = field(default_factory=dict)
    needed: Agreed = NOTHING  # Where nobody says where an event goes.
    necessary: Agreed = NOTHING
    in_mask: InMask = InMask.OFF
    unsaid: Unsaid = Unsaid.FLOW
    valid: timedelta = timedelta(days=180)

    def needed_by(self, destination: str) -> Agreed:
        """Return the categories that a destination needs; raise UnknownDestination for a name that none has."""
        if not destination:
            return self.needed
        try:
            return self.destinations[destination]
        except KeyError:
            raise UnknownDestination from None

    def agreed(self, events: Sequence[Any]) -> list[Agreed | None]:
        """Return what the person of each event has agreed to, None where nobody needs to have agreed to anything."""
        said = [agreed_in(event) for event in events]
        if self.unsaid is Unsaid.FLOW:
            return said
        if self.unsaid is Unsaid.BLOCK:
            return [NOTHING if one is None else one for one in said]
        return self._with_what_is_on_record(said, events)

    def _with_what_is_on_record(self, said: list[Agreed | None], events: Sequence[Any]) -> list[Agreed | None]:
        silent = {place: identifiers_in(events[place]) for place, one in enumerate(said) if one is None}
        since = timezone.now() - self.valid
        recorded = agreed_by(self.workspace_id, list(silent.values()), since=since) if silent else []
        on_record = dict(zip(silent, recorded, strict=True))
        return [on_record[place] | self.necessary if one is None else one for place, one in enumerate(said)]


_kept = StampedCache()


def rules_of(workspace_id: UUID) -> Rules:
    """Return a workspace's rules; raise DatabaseError where nobody can tell them."""
    return _kept.get(workspace_id, lambda: _rules(workspace_id))


def _rules(workspace_id: UUID) -> Rules:
    settings = ConsentSettings.objects.filter(pk=workspace_id).first()
    if settings is None:
        return Rules(workspace_id)
    return Rules(
        workspace_id,
        destinations={name: frozenset(needed) for name, needed in settings.destinations.items()},
        needed=frozenset(settings.needed),
        necessary=frozenset(one["key"] for one in settings.categories if one["is_necessary"]),
        in_mask=InMask(settings.in_mask),
        unsaid=Unsaid(settings.unsaid),
        valid=timedelta(days=settings.valid_days),
    )
