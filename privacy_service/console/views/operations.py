"""What operators look at: integrated systems, and the bulk runs and topics of a workspace."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from classifier import POLICY_NAMES
from privacy_service.console.frame import installation_page, show, signed_in, workspace_page
from privacy_service.console.places import Place, writing
from privacy_service.console.views.flows import standing_in
from privacy_service.exceptions import NoSuchResource
from privacy_service.gateway.models import Integration
from privacy_service.jobs.allowed import allowed_places
from privacy_service.jobs.kinds import FileKind
from privacy_service.jobs.models import Job, State
from privacy_service.jobs.starting import cancel_job
from privacy_service.streams.models import PublishedPackage, RegisteredTopic
from workspaces.permissions import Permission

NEED = Permission.RUN_JOBS
_SHOWN = 100
_WHOLE = 100


@require_GET
@installation_page
def integrations(request: HttpRequest) -> HttpResponse:
    """List the systems whose data comes through this service, the one that called last first."""
    status = request.GET.get("status", "")
    rows = Integration.objects.order_by("-last_seen_at", "system")
    if status in Integration.Status.values:
        rows = rows.filter(status=status)
    counts = dict(Integration.objects.values_list("status").annotate(Count("pk")).order_by())
    may_change = signed_in(request).has_perm("gateway.change_integration")
    return show(
        request, "integrations", rows=rows[:_SHOWN], counts=counts, chosen=status, statuses=_STATUSES, may=may_change
    )


@require_GET
@workspace_page(NEED)
def jobs(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the flows and the bulk runs with how far each is, and the topics and packages of flows."""
    return show(request, "jobs", place, **what_runs(place))


def what_runs(place: Place) -> dict[str, Any]:
    """Return what the page of flows and jobs shows, and what a new job can be asked for."""
    rows = list(_jobs(place)[:_SHOWN])
    return {
        "flows": standing_in(place),
        "rows": [(one, _share(one)) for one in rows],
        "is_moving": any(one.is_open for one in rows),
        "topics": RegisteredTopic.objects.filter(workspace=place.workspace)[:_SHOWN],
        "packages": PublishedPackage.objects.filter(workspace=place.workspace).defer("archive")[:_SHOWN],
        "places": allowed_places(place.workspace.slug),
        "policies": POLICY_NAMES if place.may(Permission.MANAGE_POLICY) else (),
        "formats": tuple(FileKind),
    }


@require_POST
@workspace_page(NEED)
def cancel(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """End a bulk run: what is whole stays."""
    with writing(place, NEED) as there:
        job = Job.objects.filter(workspace=there.workspace, pk=pk).first()
        if job is None:
            raise NoSuchResource
        cancel_job(job, by=there.actor)
    messages.success(request, _("Cancelled. Files that were whole stay."))
    return redirect("console:jobs", place.workspace.slug)


def _jobs(place: Place) -> QuerySet[Job]:
    return Job.objects.filter(workspace=place.workspace).annotate(
        file_count=Count("files"),
        files_done=Count("files", filter=Q(files__state=State.DONE)),
        files_failed=Count("files", filter=Q(files__state=State.FAILED)),
        size=Sum("files__size", default=0),
        bytes_done=Sum("files__done_bytes", default=0),
    )


def _share(job: Job) -> int:
    if job.state == State.DONE:
        return _WHOLE
    size: int = job.size  # type: ignore[attr-defined]
    return min(int(_WHOLE * job.bytes_done / size), _WHOLE) if size else 0  # type: ignore[attr-defined]


_STATUSES = tuple(Integration.Status.values)
