"""Flows: what goes from where to where, how fast, how far behind, and what could not be transformed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from privacy_service.console.drawing import drawing_of
from privacy_service.console.frame import show, workspace_page
from privacy_service.console.places import Place, writing
from privacy_service.console.rates import rates_of
from privacy_service.console.speaking import in_words
from privacy_service.exceptions import NoSuchResource, PrivacyError
from privacy_service.streams import letters as dead_letters
from privacy_service.streams.brokers.types import Head
from privacy_service.streams.errors import StreamsError
from privacy_service.streams.models import RegisteredFlow, RegisteredTopic
from privacy_service.streams.standing import AWAY, brokers_of, standing_of
from workspaces.permissions import Permission

NEED = Permission.RUN_JOBS
_SHOWN_FLOWS = 20
_PAGE = 50
_ACTS = {"again": dead_letters.send_again, "drop": dead_letters.drop}


@require_GET
@workspace_page(NEED)
def flows(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the flows alone, for htmx to put in place of how they stood before."""
    return show(request, "parts/flows", place, flows=standing_in(place))


def standing_in(place: Place) -> list[dict[str, Any]]:
    """Return the flows of a workspace with their drawings and figures; a broker that is away is said so."""
    rows = list(RegisteredFlow.objects.filter(workspace=place.workspace)[:_SHOWN_FLOWS])
    access = dict(RegisteredTopic.objects.filter(workspace=place.workspace).values_list("name", "access"))
    with brokers_of(place.workspace) as brokers:
        standing = {one.pk: standing_of(one, brokers) for one in rows}
    rates = rates_of(place.workspace, [service for services in standing.values() for service in services])
    return [
        {
            "flow": one,
            "drawing": drawing_of(standing[one.pk], access),
            "services": [(service, rates.get(service.service)) for service in standing[one.pk]],
            "is_away": any(service.problem == AWAY for service in standing[one.pk]),
        }
        for one in rows
    ]


@require_GET
@workspace_page(NEED)
def letters(request: HttpRequest, place: Place, pk: UUID, service: str) -> HttpResponse:
    """List the dead letters of a service by what stands beside them: no value of one comes here."""
    flow, described = _service(place, pk, service)
    found: Sequence[Head] | None
    try:
        with brokers_of(place.workspace) as brokers:
            found = dead_letters.heads_of(brokers, described, request.GET.get("before", ""), _PAGE + 1)
    except StreamsError:
        found = None
    context: dict[str, Any] = {
        "section": "jobs",
        "flow": flow,
        "service": described,
        "letters": found[:_PAGE] if found is not None else None,
        "next": found[_PAGE - 1].id if found and len(found) > _PAGE else "",
        "others": _others_reading(place, described),
    }
    return show(request, "letters", place, **context)


@require_POST
@workspace_page(NEED)
def settle(request: HttpRequest, place: Place, pk: UUID, service: str) -> HttpResponse:
    """Send dead letters again, or drop them."""
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise NoSuchResource
    try:
        with writing(place, NEED) as there:
            flow, described = _service(there, pk, service)
        with brokers_of(place.workspace) as brokers:  # It may take seconds: other writes do not wait for it.
            count = act(flow, described, request.POST.getlist("letter"), brokers=brokers, by=place.actor)
    except NoSuchResource:
        raise
    except PrivacyError as error:
        messages.error(request, in_words(error))
    else:
        messages.success(request, _told(request.POST["act"], count))
    return redirect("console:letters", place.workspace.slug, pk, service)


def _told(act: str, count: int) -> str:
    if act == "drop":
        return ngettext("%(n)d record is gone.", "%(n)d records are gone.", count) % {"n": count}
    sent = ngettext("%(n)d record was sent again.", "%(n)d records were sent again.", count) % {"n": count}
    hint = _("What fails once more comes back here.")
    return f"{sent} {hint}"


def _service(place: Place, pk: UUID, name: str) -> tuple[RegisteredFlow, Mapping[str, Sequence[str]]]:
    flow = RegisteredFlow.objects.filter(workspace=place.workspace, pk=pk).first()
    described = dead_letters.service_of(flow, name) if flow else None
    if flow is None or described is None:
        raise NoSuchResource
    return flow, described


def _others_reading(place: Place, service: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the other services that read a source of this one: what is sent again reaches them once more."""
    sources = set(service["sources"])
    rows = RegisteredFlow.objects.filter(workspace=place.workspace)[:_SHOWN_FLOWS]
    every = [one for flow in rows for one in flow.services if one["name"] != service["name"]]
    return sorted({str(one["name"]) for one in every if sources & set(one["sources"])})
