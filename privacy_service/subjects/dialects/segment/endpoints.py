"""The calls of Segment's Public API for regulations; each is a translation of what the native API does as well."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import URLPattern, path
from django.utils import timezone

from privacy_service.exceptions import NoSuchResource
from privacy_service.http import Answer, Call
from privacy_service.managing.paging import page_of
from privacy_service.subjects.dialects.segment.reading import Listing, listing_in, source_of, wanted_in
from privacy_service.subjects.dialects.segment.wording import (
    calls_of,
    check_rate,
    listed,
    pagination_of,
    rate_headers,
    refuse,
    shown,
    suppressed,
    told,
)
from privacy_service.subjects.dialects.visits import view, visit, visit_with_body
from privacy_service.subjects.models import Regulation, Suppression
from privacy_service.subjects.regulations.making import regulate
from privacy_service.subjects.regulations.standing import answers_of, refresh
from workspaces.keys import Scope
from workspaces.models import Workspace

ENDPOINT = "segment-regulations"
_REACH = timedelta(days=90)  # How far back the lists go.
_READING = (Scope.READ, Scope.SUBJECTS)


def create(call: Call, source: str = "") -> Answer:
    """Take a wish about up to 5,000 people, of the workspace or of one source."""
    visited, body = visit_with_body(call, Scope.SUBJECTS)
    workspace = visited.workspace
    of = source_of(workspace, source) if source else None
    wanted = wanted_in(body, source=of)
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(
            pk=workspace.pk
        )  # Calls of a minute are counted one by one.
        made = calls_of(wanted.wish, Regulation.objects.filter(workspace=workspace))
        check_rate(made.count())
        regulation = regulate(
            workspace, wanted.wish, wanted.people, subject_type=wanted.subject_type, source=of, by=visited.actor
        )
        return told(call, {"regulateId": str(regulation.pk)}, rate_headers(made.count()))


def read(call: Call, regulation_id: UUID) -> Answer:
    """Tell how a regulation stands, with each system."""
    found = _recent(visit(call, *_READING).workspace).filter(pk=regulation_id).first()
    if found is None:
        raise NoSuchResource
    refresh([found])
    return told(call, {"regulation": shown(found, answers_of([found]).get(found.pk, []))})


def list_regulations(call: Call) -> Answer:
    """List the workspace's regulations of the last 90 days."""
    workspace = visit(call, *_READING).workspace
    return _listed(call, _recent(workspace).filter(source_id=None), "")


def list_of_source(call: Call, source: str) -> Answer:
    """List the regulations of one source."""
    workspace = visit(call, *_READING).workspace
    of = source_of(workspace, source)
    return _listed(call, _recent(workspace).filter(source_id=of.pk), str(of.pk))


def list_suppressions(call: Call) -> Answer:
    """List who is suppressed in the whole workspace: the digests that are kept of them."""
    workspace, asked = visit(call, *_READING).workspace, _asked(call, "suppressions")
    rows = Suppression.objects.filter(workspace=workspace, source_id=None)
    page = page_of(rows, ordering="id", count=asked.count, cursor=asked.cursor, query=asked.query)
    return told(call, {"suppressed": suppressed(page.rows), "pagination": pagination_of(page, rows.count())})


def _recent(workspace: Workspace) -> "QuerySet[Regulation]":
    return Regulation.objects.filter(workspace=workspace, created_at__gte=timezone.now() - _REACH)


def _asked(call: Call, of: str) -> Listing:
    return listing_in(call.header("QUERY_STRING"), path=of)


def _listed(call: Call, rows: "QuerySet[Regulation]", source: str) -> Answer:
    asked = _asked(call, f"regulations/{source}")
    # What is asked for by its status must have its present one.
    refresh(list(rows.filter(finished_at=None).defer("digests")))
    if asked.wishes:
        rows = rows.filter(wish__in=asked.wishes)
    if asked.status:
        rows = rows.filter(status=asked.status)
    page = page_of(rows, ordering="-created_at", count=asked.count, cursor=asked.cursor, query=asked.query)
    regulations = [listed(one) for one in page.rows]
    return told(call, {"regulations": regulations, "pagination": pagination_of(page, rows.count())})


urlpatterns: list[URLPattern] = [
    path("regulations", view(ENDPOINT, refuse, {"GET": list_regulations, "POST": create})),
    path("regulations/<uuid:regulation_id>", view(ENDPOINT, refuse, {"GET": read})),
    path("regulations/sources/<str:source>", view(ENDPOINT, refuse, {"GET": list_of_source, "POST": create})),
    path("suppressions", view(ENDPOINT, refuse, {"GET": list_suppressions})),
]
