"""When open requests are due: six weeks as a calendar, day by day, and what lies before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from privacy_service.subjects.models import SubjectRequest
from workspaces.models import Workspace

WEEKS = 6
State = SubjectRequest.State


@dataclass(frozen=True, slots=True)
class Day:
    """One day, and how many requests are due on it."""

    date: date
    due: int
    is_past: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The calendar, from the Monday of this week on."""

    weeks: Sequence[Sequence[Day]]
    overdue: int
    later: int

    @property
    def any(self) -> bool:
        """Say whether anything is open at all."""
        return bool(self.overdue or self.later or any(day.due for week in self.weeks for day in week))


def open_in(workspace: Workspace) -> QuerySet[SubjectRequest]:
    """Return the requests that are not over."""
    return SubjectRequest.objects.filter(
        workspace=workspace, purged_at=None, state__in=(State.PENDING, State.IN_PROGRESS)
    )


def deadlines_of(workspace: Workspace, now: datetime | None = None) -> Deadlines:
    """Return the calendar of a workspace, in UTC as every time of this service."""
    now = now or timezone.now()
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=today.weekday())
    days = [first + timedelta(days=number) for number in range(7 * WEEKS)]
    rows = open_in(workspace).annotate(day=TruncDate("due_at", tzinfo=UTC)).order_by().values_list("day")
    due: dict[date, int] = dict(rows.annotate(Count("pk")))
    made = [Day(day, due.get(day, 0), day < today, day == today) for day in days]
    weeks = [made[at : at + 7] for at in range(0, len(made), 7)]
    later = sum(count for day, count in due.items() if day > days[-1])
    return Deadlines(weeks, open_in(workspace).filter(due_at__lt=now).count(), later)
