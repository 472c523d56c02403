"""Emergency access on Home: asked for by a member for themselves, answered by a second person, ended by either."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from privacy_service.console.frame import workspace_page
from privacy_service.console.places import ANY_MEMBER, Place, writing
from privacy_service.console.speaking import in_words
from privacy_service.console.templatetags.console import moment
from privacy_service.exceptions import NoSuchResource
from workspaces import break_glass
from workspaces.exceptions import EmergencyRefused
from workspaces.models import Emergency, Workspace
from workspaces.permissions import Permission
from workspaces.rights import Need

_ANSWERS: Mapping[str, Callable[..., Emergency]] = {"approve": break_glass.approve, "refuse": break_glass.refuse}
_MINUTES = 30


def own_emergency(place: Place) -> dict[str, Any]:
    """Return what Home says of emergency access: one that is open, or the form; nothing for who needs none."""
    opened = break_glass.open_for(place.workspace, place.actor).first()
    if opened is None and not place.may(Permission.BREAK_GLASS):
        return {}
    needs_it = not place.sees_everything and not place.is_unmasked
    is_offered = needs_it and place.workspace.break_glass != Workspace.BreakGlass.OFF
    return {
        "emergency": opened,
        "offers_emergency": is_offered and opened is None,
        "is_at_once": place.workspace.break_glass == Workspace.BreakGlass.AT_ONCE,
        "most_minutes": place.workspace.break_glass_minutes,
        "some_minutes": min(_MINUTES, place.workspace.break_glass_minutes),
    }


def running_emergencies(place: Place) -> list[Emergency]:
    """Return the accesses that last now, the longest last, for who may end them; theirs among them."""
    if not place.may(Permission.MANAGE_MEMBERS):
        return []
    given = Emergency.objects.filter(workspace=place.workspace, state=Emergency.State.APPROVED)
    return list(break_glass.open_among(given).select_related("user", "decided_by").order_by("ends_at"))


@require_POST
@workspace_page(Permission.BREAK_GLASS)
def ask(request: HttpRequest, place: Place) -> HttpResponse:
    """Ask for emergency access for oneself."""
    minutes, reason = request.POST.get("minutes", ""), request.POST.get("reason", "")
    asked_for = int(minutes[:6]) if minutes.isdecimal() else 0
    asking = partial(_ask, minutes=asked_for, reason=reason)
    return _done(request, place, Permission.BREAK_GLASS, asking)


@require_POST
@workspace_page()
def end(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """End an emergency access, or take back that one asked for it: one's own, or anybody's by who manages members."""
    return _done(request, place, ANY_MEMBER, partial(_end, pk=pk))  # Also who lost the role meanwhile.


@require_POST
@workspace_page(Permission.MANAGE_MEMBERS)
def answer(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Answer somebody who asks for emergency access."""
    answering = partial(_answer, pk=pk, answer=request.POST.get("answer", ""))
    return _done(request, place, Permission.MANAGE_MEMBERS, answering)


def _done(request: HttpRequest, place: Place, need: Need, act: Callable[[Place], str]) -> HttpResponse:
    """Do something under the workspace's lock, and say on Home what came of it."""
    with writing(place, need) as there:
        try:
            messages.success(request, act(there))
        except EmergencyRefused as error:
            messages.error(request, in_words(error))
    return redirect("console:home", place.workspace.slug)


def _ask(place: Place, *, minutes: int, reason: str) -> str:
    asked = break_glass.ask(place.workspace, place.actor, minutes=minutes, reason=reason)
    if asked.state == Emergency.State.APPROVED:
        told = {"moment": moment(asked.ends_at)}
        return _("It has begun, and ends by itself on %(moment)s. Every owner is told.") % told
    return _("Asked. Somebody who may manage members answers; every owner is told.")


def _end(place: Place, *, pk: UUID) -> str:
    whose = {} if place.may(Permission.MANAGE_MEMBERS) else {"user": place.actor}
    break_glass.end(_one(place, pk, **whose), by=place.actor)
    return _("Ended. Every server process follows within two seconds.")


def _answer(place: Place, *, pk: UUID, answer: str) -> str:
    if answer not in _ANSWERS:
        raise NoSuchResource
    _ANSWERS[answer](_one(place, pk), by=place.actor)
    return _("Answered. Every owner is told.")


def _one(place: Place, pk: UUID, **whose: Any) -> Emergency:
    found = Emergency.objects.filter(workspace=place.workspace, pk=pk, **whose).first()
    if found is None:
        raise NoSuchResource
    return found
