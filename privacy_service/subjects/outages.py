"""A circuit breaker for each system: one that is down is left alone for a while, not asked about a thousand people.

It lies in the database, since many workers ask. After so many answers in a row that were none the system is left
alone; then one person's receipt is asked as a trial. If that fails too it is left alone for twice as long, an hour at
most; any answer ends it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from privacy_service.subjects.destinations.base import CannotTell, Done, NeedsPerson, NotDone, TryAgain
from privacy_service.subjects.models import Outage

_LONGEST_SECONDS = 3600.0


def left_alone() -> list[UUID]:
    """Return the systems that nobody asks now."""
    return list(Outage.objects.filter(until__gt=timezone.now()).values_list("pk", flat=True))


def most_asked(destination_id: UUID | None, most: int) -> int:
    """Return about how many people a system may be asked now: one where that is a trial, none where another tries."""
    now = timezone.now()
    paused = Outage.objects.filter(pk=destination_id).exclude(until=None)
    if not paused.exists():
        return most
    lease = now + timedelta(seconds=settings.PRIVACY_SUBJECTS_LEASE_SECONDS)
    return paused.filter(until__lte=now).update(until=lease)


def end_pause(destination_id: UUID | None) -> None:
    """Let the next worker try a system at once."""
    Outage.objects.filter(pk=destination_id).exclude(until=None).update(until=timezone.now())


def down_for_long() -> QuerySet[Outage]:
    """Return the outages of which no person has been told, and that have lasted too long for not telling."""
    since = timezone.now() - timedelta(seconds=settings.PRIVACY_SUBJECTS_DOWN_SECONDS)
    return Outage.objects.filter(since__lte=since, told_at=None).exclude(until=None)


class Watch:
    """How one system answers while it is asked about one person after the other."""

    def __init__(self, destination_id: UUID | None) -> None:
        self._row = Outage.objects.filter(pk=destination_id).first()
        self._id = destination_id
        self._failures = self._row.failures if self._row else 0
        self._asks_for_seconds = 0.0

    def saw(self, answers: Iterable[Done | NotDone]) -> None:
        """Count on; what we could say without asking the system says nothing of it."""
        for answer in answers:
            if isinstance(answer, TryAgain):
                self._failures += 1
                self._asks_for_seconds = max(self._asks_for_seconds, answer.after_seconds or 0.0)
            elif not isinstance(answer, CannotTell | NeedsPerson):
                self._failures, self._asks_for_seconds = 0, 0.0

    @property
    def is_down(self) -> bool:
        """Say whether it has failed so often that it should be left alone."""
        return self._failures >= settings.PRIVACY_SUBJECTS_BREAKER_FAILURES

    def keep(self) -> None:
        """Write down how it stands, where that is not as before."""
        if not self._failures or not self._id:
            if self._row:
                self._row.delete()
            return
        pauses = self._row.pauses if self._row else 0
        stands: dict[str, Any] = {"failures": self._failures, "until": None, "pauses": pauses}
        if self.is_down:
            stands |= {"until": self._pause(pauses), "pauses": pauses + 1}
        Outage.objects.update_or_create(destination_id=self._id, defaults=stands)

    def _pause(self, pauses: int) -> datetime:
        doubled = min(settings.PRIVACY_SUBJECTS_BREAKER_SECONDS * 2 ** min(pauses, 12), _LONGEST_SECONDS)
        return timezone.now() + timedelta(seconds=max(doubled, self._asks_for_seconds))
