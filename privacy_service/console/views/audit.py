"""The audit trail: found by who, what and when, verified, and taken along."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from privacy_service.console.frame import show, workspace_page
from privacy_service.console.places import Place
from privacy_service.console.retelling import about, people_in, sources_in
from privacy_service.console.wording import Names, names_of_sources
from privacy_service.decisions.models import DECISION, AuditChain, AuditRecord
from privacy_service.decisions.tasks import verify_chain
from privacy_service.decisions.types import Effect
from privacy_service.managing.views.audit import exported, filtered
from workspaces.acts import Act
from workspaces.models import User
from workspaces.permissions import Permission

NEED = Permission.VIEW_AUDIT
_PAGE = 30
_FORMATS = ("csv", "jsonl")


@require_http_methods(["GET", "POST"])
@workspace_page(NEED)
def audit(request: HttpRequest, place: Place) -> HttpResponse:
    """List records, the newest first, from a place in the chain downwards; whom one looks for is in no address."""
    asked = {name: str(value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    rows = filtered(AuditRecord.objects.of(place.workspace), _filters(place, asked))
    before = asked.get("before", "")
    if before.isdecimal():
        rows = rows.filter(position__lt=int(before[:18]))
    found = list(rows.order_by("-position")[: _PAGE + 1])
    context: dict[str, Any] = {
        "rows": _named(place, found[:_PAGE]),
        "next": found[_PAGE - 1].position if len(found) > _PAGE else None,
        "asked": asked,
        "is_nobody": _is_nobody(place, asked),
        "kinds": [DECISION, *Act],
        "effects": list(Effect),
        "chain": AuditChain.objects.filter(pk=place.workspace.pk).first(),
        "query": {name: value for name, value in asked.items() if value and name != "before"},
    }
    return show(request, "audit", place, **context)


@require_GET
@workspace_page(NEED)
def standing(request: HttpRequest, place: Place) -> HttpResponse:
    """Show how the last verification ended, for htmx to look again."""
    return show(request, "parts/chain", place, chain=AuditChain.objects.filter(pk=place.workspace.pk).first())


@require_POST
@workspace_page(NEED)
def verify(request: HttpRequest, place: Place) -> HttpResponse:
    """Have a worker verify the whole chain: it may take long, so that this page does not wait."""
    try:
        verify_chain.delay(str(place.workspace.pk))
    except Exception:  # noqa: BLE001 - of whatever kind: a client of Redis that was cut off raises AttributeError.
        messages.error(request, _("No worker can be asked now. Try again, or run manage.py audit verify."))
    else:
        messages.success(request, _("A worker verifies the trail; the result appears below."))
    return redirect("console:audit", place.workspace.slug)


@require_POST
@workspace_page(NEED)
def export(request: HttpRequest, place: Place) -> Any:
    """Send the records as a file; the trail tells of it."""
    asked = {name: str(value) for name, value in request.POST.items()}
    if _is_nobody(place, asked):
        messages.error(request, _("No member of this workspace has this e-mail or id: no file was made."))
        return redirect("console:audit", place.workspace.slug)
    written_as, filters = asked.get("format", ""), _filters(place, asked)
    return exported(place.workspace, filters, written_as if written_as in _FORMATS else "csv", by=place.actor)


def _filters(place: Place, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the filters that a form names; what it names wrongly finds nothing rather than everything."""
    filters: dict[str, Any] = {name: asked[name] for name in ("kind", "effect") if asked.get(name)}
    if _who_of(asked):
        member = _member(place, asked)
        filters["actor_id"] = member.pk if member else place.workspace.pk  # No person has a workspace's id.
    for name, later in (("since", timedelta()), ("until", timedelta(days=1))):
        day = _day(asked.get(name, ""))
        if day:
            filters[name] = day + later
    return filters


def _who_of(asked: Mapping[str, str]) -> str:
    return asked.get("who", "").strip()


def _member(place: Place, asked: Mapping[str, str]) -> User | None:
    return User.objects.named(_who_of(asked)).filter(memberships__workspace=place.workspace).first()


def _is_nobody(place: Place, asked: Mapping[str, str]) -> bool:
    """Say whether a name is looked for that no member has; whether somebody elsewhere has it is not told."""
    return bool(_who_of(asked)) and _member(place, asked) is None


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), UTC) if day else None


def _named(place: Place, records: Sequence[AuditRecord]) -> list[tuple[AuditRecord, str, list[str]]]:
    """Return the records with who did it and what it was about; who is no member of the workspace has no name here."""
    ids = {str(one.actor_id) for one in records if one.actor_id} | people_in(records)
    known = User.objects.filter(pk__in=ids, memberships__workspace=place.workspace)
    names = {str(user.pk): user.name or str(user) for user in known}
    sources = names_of_sources(sources_in(records))
    return [(one, _who(one, names), about(one, names, sources)) for one in records]


def _who(record: AuditRecord, names: Names) -> str:
    if record.actor_id:
        return names.get(str(record.actor_id), _("somebody who is no member"))
    return _("somebody unknown") if record.actor_digest else _("the service")
