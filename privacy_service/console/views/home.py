"""Home: what needs me, what I see here, and what is decided."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from privacy_service.console.attention import Line, lines_for
from privacy_service.console.explaining import explained
from privacy_service.console.frame import WORKSPACE_PAGES, framed, show, signed_in, workspace_page
from privacy_service.console.places import OWNER, Place, may_move, workspaces_of
from privacy_service.console.pulse import pulse_of
from privacy_service.console.reading import readings
from privacy_service.console.trying import operators_in_words
from privacy_service.console.views.emergencies import own_emergency, running_emergencies
from privacy_service.console.wording import names_of_sources, showing, through
from privacy_service.decisions.types import Decision, Effect, Reason
from privacy_service.exceptions import NoSuchResource
from privacy_service.rollout.release import cause_of
from privacy_service.rollout.stages import Cause
from workspaces.models import Membership, User
from workspaces.permissions import Permission

_SHOWN_WORKSPACES = 100
_SHOWN_OWNERS = 5


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the one workspace that somebody belongs to, or let them choose."""
    return framed(request, lambda: _chosen(request))


def _chosen(request: HttpRequest) -> HttpResponse:
    user, sought = signed_in(request), request.GET.get("q", "").strip()[:80]
    mine = workspaces_of(user)
    if "all" not in request.GET:
        first = list(mine[:2])
        if len(first) == 1:
            return redirect("console:home", first[0].slug)
        if not first and may_move(user):
            return redirect("console:release")
    found = mine.filter(Q(name__icontains=sought) | Q(slug__icontains=sought)) if sought else mine
    return show(request, "start", workspaces=found[:_SHOWN_WORKSPACES], sought=sought)


@require_GET
@workspace_page()
def home(request: HttpRequest, place: Place) -> HttpResponse:
    """Show what waits, the decisions of the last day, and what this person sees themselves."""
    cause = cause_of(place.workspace)
    needs = [_linked(line, place) for line in lines_for(place)] if _may_do_something(place) else None
    return show(
        request,
        "home",
        place,
        is_live=cause.is_live,
        cause=_CAUSES[cause](),
        pulse=pulse_of(place.workspace) if place.may(Permission.VIEW_AUDIT) else None,
        needs=needs,
        running=running_emergencies(place),
        **_own(place, is_alone=needs is None, every="kinds" in request.GET),
        **own_emergency(place),
    )


@require_GET
@workspace_page(Permission.VIEW_AUDIT)
def pulse(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the chart alone, for htmx to put in place of an older one."""
    return show(request, "parts/pulse", place, pulse=pulse_of(place.workspace))


@require_GET
@workspace_page(Permission.MANAGE_MEMBERS)
def people(request: HttpRequest, place: Place) -> HttpResponse:
    """Show how many see personal data, for htmx to put into the page once it is there."""
    members = Membership.objects.filter(workspace=place.workspace, user__is_active=True)
    sees = Q(views_pii=True) | Q(views_part=True) if not place.is_unmasked else Q()
    counts = members.with_sight(place.workspace).aggregate(all=Count("pk"), seeing=Count("pk", filter=sees))
    return show(request, "parts/people", place, counts=counts)


@workspace_page()
def missing(request: HttpRequest, place: Place, rest: str) -> HttpResponse:
    """Say within the workspace that it has no such page."""
    del request, place, rest
    raise NoSuchResource


def _may_do_something(place: Place) -> bool:
    needed = (OWNER, Permission.MANAGE_MEMBERS, Permission.VIEW_AUDIT, Permission.MANAGE_SUBJECT_REQUESTS)
    return any(place.may(need) for need in needed) or may_move(place.actor)


def _linked(line: Line, place: Place) -> dict[str, Any]:
    """Return a line with the address of its page, where that page is there for this person."""
    pages = {item.name: item for item in WORKSPACE_PAGES if place.may(item.need)}
    url = reverse(f"console:{line.page}", args=[place.workspace.slug]) if line.page in pages else ""
    if line.page == "release":
        url = reverse("console:release")
    names = ("kind", "text", "more", "colour", "emergency")
    return {**{name: getattr(line, name) for name in names}, "url": url}


def _own(place: Place, *, is_alone: bool, every: bool) -> dict[str, Any]:
    """Say what this person sees here themselves, why, and whom they could ask; by kinds where the page has no more."""
    given = Membership.objects.prefetch_related("grants__granted_by", "groups__grants__granted_by")
    grants = showing(given.get(pk=place.rights.membership_id))
    names = names_of_sources(grants)
    why = explained(place.workspace, place.actor, None)
    is_masked = why.decision.effect is Effect.MASK
    return {
        "why": why,
        "decision": why.decision,
        "sight": _sight(why.decision, has_grants=bool(grants)),
        "through": [through(given, names) for given in grants],
        "readings": readings(why.decision.operators, every=every) if is_masked and is_alone else [],
        "has_every": every,
        "owners": _owners(place) if is_masked and not place.may(Permission.MANAGE_MEMBERS) else [],
        "operators": operators_in_words(),
    }


def _sight(decision: Decision, *, has_grants: bool) -> str:
    """Say what a decision shows somebody; one asked without a source knows nothing of grants for some sources."""
    if decision.reason is Reason.GRANT_COVERS_PART:
        return _("You see some kinds of personal data; the others are masked for you.")
    if decision.effect is Effect.MASK and has_grants:
        return _("Personal data is masked for you, except where the lines below say otherwise.")
    return _SIGHTS[decision.effect]()


def _owners(place: Place) -> list[User]:
    owners = Membership.objects.filter(workspace=place.workspace, kind=OWNER, user__is_active=True)
    return [one.user for one in owners.select_related("user")[:_SHOWN_OWNERS]]


_SIGHTS = {
    "pass": lambda: _("You see personal data as it is."),
    "mask": lambda: _("Personal data is masked for you."),
    "deny": lambda: _("You see nothing of this workspace."),
}


_CAUSES = {
    Cause.OFF: lambda: _("the release is off"),
    Cause.FORCED_OFF: lambda: _("switched off for this workspace"),
    Cause.FORCED_ON: lambda: _("switched on for this workspace"),
    Cause.INTERNAL: lambda: _("as an internal workspace"),
    Cause.BETA: lambda: _("as a beta tester"),
    Cause.DIAL: lambda: _("by the dial"),
    Cause.PUBLIC: lambda: _("as for everybody"),
    Cause.NOT_REACHED: lambda: _("the release has not come this far"),
}
