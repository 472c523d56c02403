"""When a workspace tells people: its schedule, and releasing whoever waits once the time has come."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from privacy_service.subjects.models import Notice, NoticeSettings
from privacy_service.subjects.notices.preparing import forget_addresses, send_soon
from workspaces.acts import Act, note
from workspaces.models import User, Workspace

Every = NoticeSettings.Every
_DAY = timedelta(days=1)


def settings_of(workspace: Workspace) -> NoticeSettings:
    """Return a workspace's settings; those that nobody has changed are not kept yet."""
    return NoticeSettings.objects.filter(pk=workspace.pk).first() or NoticeSettings(workspace=workspace)


@transaction.atomic
def store(settings: NoticeSettings, *, by: User | None) -> None:
    """Keep changed settings, with the next run that comes of them; raise ValidationError.

    Whoever turns notices off wants nobody told: the addresses that wait for it are forgotten at once.
    """
    settings.full_clean()
    settings.next_run_at = next_run(settings, timezone.now()) if settings.is_on else None
    settings.save()
    forgotten = 0 if settings.is_on else forget_addresses(settings.workspace)
    told: dict[str, str | int] = {"is_on": settings.is_on, "every": settings.every, "log_days": settings.log_days}
    note(Act.NOTICES_CHANGED, settings.workspace, by, settings, **told, forgotten=forgotten)


def next_run(settings: NoticeSettings, after: datetime) -> datetime:
    """Return the first moment of the schedule that is later than this one."""
    run = after.replace(hour=settings.hour, minute=0, second=0, microsecond=0)
    while run <= after or not _is_its_day(settings, run):
        run += _DAY
    return run


def _is_its_day(settings: NoticeSettings, moment: datetime) -> bool:
    match settings.every:
        case Every.MONTH:
            return moment.day == settings.day
        case Every.WEEK:
            return moment.isoweekday() == settings.day
        case _:
            return True


def run_due(now: datetime) -> int:
    """Release the notices of every workspace whose time has come; return of how many workspaces."""
    due = NoticeSettings.objects.filter(is_on=True, next_run_at__lte=now).values_list("pk", flat=True)
    return sum(_run(workspace_id, now) for workspace_id in list(due))


@transaction.atomic
def run_now(workspace: Workspace, *, by: User | None) -> int:
    """Release the notices of a workspace at once, and return how many; raise ValidationError where they are off."""
    settings = NoticeSettings.objects.select_for_update().filter(pk=workspace.pk, is_on=True).first()
    if settings is None:
        raise ValidationError({"is_on": "Turn the notices on first."})
    released = _release(settings, timezone.now())
    note(Act.NOTICES_RUN, workspace, by, settings, released=released)
    send_soon()
    return released


@transaction.atomic
def _run(workspace_id: UUID, now: datetime) -> bool:
    """Run one schedule; of two workers that come at once the second finds that it is over."""
    settings = NoticeSettings.objects.select_for_update().get(pk=workspace_id)
    if not settings.is_on or settings.next_run_at is None or settings.next_run_at > now:
        return False
    _release(settings, now)
    return True


def _release(settings: NoticeSettings, now: datetime) -> int:
    waiting = Notice.objects.filter(
        request__workspace=settings.workspace_id, state=Notice.State.WAITING, next_try_at=None
    )
    released = waiting.update(next_try_at=now)
    settings.last_run_at, settings.next_run_at = now, next_run(settings, now)
    settings.save(update_fields=["last_run_at", "next_run_at"])
    return released
