"""How many people a workspace may name in a calendar month (UTC), and how many it has."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from privacy_service.exceptions import MonthExceeded
from privacy_service.subjects.models import RegulationPart, SubjectRequest
from workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Usage:
    """The people of one month: so many were named, so many may be, and when the next month begins."""

    used: int
    limit: int | None  # None: as many as there are.
    resets_at: datetime

    @property
    def remaining(self) -> int | None:
        """Return how many more may be named."""
        return None if self.limit is None else max(0, self.limit - self.used)


def usage(workspace: Workspace) -> Usage:
    """Count the requests of this month, whoever made them, and those of regulations that are not opened yet."""
    now = timezone.now()
    begins = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    requests = SubjectRequest.objects.filter(workspace=workspace, created_at__gte=begins).count()
    parts = RegulationPart.objects.filter(regulation__workspace=workspace)
    unopened = parts.aggregate(people=Sum("count"))["people"] or 0
    next_month = (begins + timedelta(days=32)).replace(day=1)
    return Usage(requests + unopened, settings.PRIVACY_SUBJECTS_PER_MONTH or None, next_month)


def check_month(workspace: Workspace, people: int) -> None:
    """Raise MonthExceeded where so many more are over the limit; what people ask for themselves is never refused."""
    told = usage(workspace)
    if told.remaining is None or people <= told.remaining:
        return
    seconds = ceil((told.resets_at - timezone.now()).total_seconds())
    message = f"{told.used} of {told.limit} people of this month are named already (PRIVACY_SUBJECTS_PER_MONTH)."
    members = {"used": told.used, "limit": told.limit}
    raise MonthExceeded(message, members=members, Retry_After=str(seconds))
