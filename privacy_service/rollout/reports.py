"""Reports raised against the release: while one is open, the release goes no wider."""

from django.db import transaction
from django.utils import timezone

from privacy_service.exceptions import ReleaseRefused
from privacy_service.rollout.models import Report
from workspaces.models import User, Workspace


def open_report(text: str, *, by: User | None, workspace: Workspace | None = None) -> Report:
    """Say that something is wrong, in words without customers' data."""
    if not text.strip():
        message = "Say what is wrong, without customers' data."
        raise ReleaseRefused(message)
    return Report.objects.create(text=text.strip()[:500], opened_by=by, workspace=workspace)


@transaction.atomic
def close_report(number: int, answer: str, *, by: User | None) -> Report:
    """Say how a report was settled; raise ReleaseRefused where none is open under this number."""
    report = Report.objects.select_for_update(of=("self",)).filter(pk=number, closed_at=None).first()
    if report is None:
        message = f"No report {number} is open; `release reports` lists those that are."
        raise ReleaseRefused(message)
    if not answer.strip():
        message = "Say how the report was settled."
        raise ReleaseRefused(message)
    report.answer, report.closed_by, report.closed_at = answer.strip()[:500], by, timezone.now()
    report.save()
    return report
