"""Purging the log: of what is long over keyed hashes alone stay, with the hash and signature of the certificate.

By them one who knows an identifier can show that it was forgotten, and nobody else learns who it was.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from privacy_service.subjects.lifecycle import State
from privacy_service.subjects.models import (
    Callback,
    Certificate,
    Confirmation,
    ControllerRequest,
    Notice,
    NoticeSettings,
    Receipt,
    RequestIdentifier,
    SubjectRequest,
)
from privacy_service.subjects.models.notices import DEFAULT_LOG_DAYS
from privacy_service.subjects.notices.preparing import OPEN
from workspaces.acts import Act, note
from workspaces.models import Workspace

_AT_ONCE = 500
_OVER = (State.COMPLETED, State.CANCELLED)


def purge_log(now: datetime) -> int:
    """Purge what every workspace no longer lists; return how many requests that were."""
    over = SubjectRequest.objects.filter(purged_at=None, state__in=_OVER, finished_at__lt=now - timedelta(days=1))
    return sum(
        _purge(workspace_id, now)
        for workspace_id in list(over.order_by().values_list("workspace", flat=True).distinct())
    )


def _purge(workspace_id: UUID, now: datetime) -> int:
    days = NoticeSettings.objects.filter(pk=workspace_id).values_list("log_days", flat=True).first()
    before = now - timedelta(days=DEFAULT_LOG_DAYS if days is None else days)
    over = SubjectRequest.objects.filter(
        workspace=workspace_id, purged_at=None, state__in=_OVER, finished_at__lt=before
    ).exclude(notice__state__in=OPEN)  # Whoever is still to be told is not forgotten over it.
    untold = Callback.objects.filter(asked__request=OuterRef("pk"), next_try_at__isnull=False)
    over = over.exclude(Exists(untold))
    purged = 0
    while some := list(over.order_by("finished_at").values_list("pk", flat=True)[:_AT_ONCE]):
        purged += _purge_some(workspace_id, SubjectRequest.objects.filter(pk__in=some), now)
    return purged


@transaction.atomic
def _purge_some(workspace_id: UUID, requests: QuerySet[SubjectRequest], now: datetime) -> int:
    for kept in (Receipt, Confirmation, Notice):
        kept.objects.filter(request__in=requests).delete()
    Callback.objects.filter(asked__request__in=requests).delete()
    ControllerRequest.objects.filter(request__in=requests).update(callbacks=[])
    # What nobody confirmed, or somebody called off, proves nothing.
    RequestIdentifier.objects.filter(request__in=requests.filter(state=State.CANCELLED)).delete()
    Certificate.objects.filter(request__in=requests).update(manifest="")
    purged = requests.update(purged_at=now, by=None, language="", expansion={}, token_keys=[])
    note(Act.SUBJECT_LOG_PURGED, Workspace.objects.get(pk=workspace_id), None, requests=purged)
    return purged
