"""What every page of the console has in common: who may open it, its frame, its language, and its headers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import get_language_from_request

from privacy_service.console.entering.proving import is_proven, to_set_up
from privacy_service.console.places import ANY_MEMBER, Place, may_move, place_of, workspaces_of
from privacy_service.exceptions import Forbidden, PrivacyError, UnknownWorkspace
from workspaces.models import User
from workspaces.permissions import Permission
from workspaces.rights import Need

P = ParamSpec("P")

# No script or style but our own files, nothing from elsewhere, no frame around it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
_SHOWN_WORKSPACES = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the navigation."""

    name: str
    label: Any
    icon: str
    need: Need = ANY_MEMBER


WORKSPACE_PAGES = (
    Item("home", _("Home"), "home"),
    Item("access", _("Access"), "people", Permission.MANAGE_MEMBERS),
    Item("playground", _("Playground"), "play", Permission.MANAGE_POLICY),
    Item("policy", _("Policy"), "policy", Permission.MANAGE_POLICY),
    Item("requests", _("Requests"), "request", Permission.MANAGE_SUBJECT_REQUESTS),
    Item("inventory", _("Inventory"), "fields", Permission.MANAGE_SUBJECT_REQUESTS),
    Item("audit", _("Audit"), "audit", Permission.VIEW_AUDIT),
    Item("jobs", _("Flows and jobs"), "flow", Permission.RUN_JOBS),
)
INSTALLATION_PAGES = (
    Item("release", _("Release"), "release"),
    Item("integrations", _("Integrations"), "system"),
)


def workspace_page(
    need: Need = ANY_MEMBER,
) -> Callable[[Callable[Concatenate[HttpRequest, Place, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Make a view a page of a workspace: for members with the right; for everybody else it is not there."""

    def decorate(view: Callable[Concatenate[HttpRequest, Place, P], HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            def answer() -> HttpResponse:
                place = place_of(signed_in(request), slug, need)
                if place.workspace.demands_second_factor and not is_proven(request):
                    return to_set_up(request)
                return view(request, place, *args, **kwargs)

            return framed(request, answer, slug)

        return page

    return decorate


def installation_page(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make a view a page for administrators of the release."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        def answer() -> HttpResponse:
            _check_administrator(request)
            return view(request, *args, **kwargs)

        return framed(request, answer)

    return page


def _check_administrator(request: HttpRequest) -> None:
    if not may_move(signed_in(request)):
        message = "This page is for administrators of the installation who may change the release flag."
        raise Forbidden(message)


def framed(request: HttpRequest, answer: Callable[[], HttpResponse], slug: str = "") -> HttpResponse:
    """Return a page in the reader's language, a page that says what is wrong, or the way to sign in.

    Whoever belongs to the workspace of this slug keeps its navigation, whatever is wrong.
    """
    with translation.override(get_language_from_request(request)):
        try:
            response = answer() if request.user.is_authenticated else _to_sign_in(request)
        except UnknownWorkspace as error:  # Of what is not theirs nothing more is asked.
            response = show(request, "refused", status=error.status, error=error)
        except PrivacyError as error:
            response = show(request, "refused", whereabouts(request, slug), status=error.status, error=error)
    return secured(response)


def whereabouts(request: HttpRequest, slug: str) -> Place | None:
    """Return where somebody stands, None where they belong to no such workspace or have yet to prove who they are."""
    try:
        place = place_of(signed_in(request), slug)
    except PrivacyError:
        return None
    return None if place.workspace.demands_second_factor and not is_proven(request) else place


def secured(response: HttpResponse) -> HttpResponse:
    """Give a response the headers of the console."""
    for name, value in HEADERS.items():
        response[name] = value
    return response


def signed_in(request: HttpRequest) -> User:
    """Return who is signed in."""
    user: User = request.user  # type: ignore[assignment]
    return user


def show(
    request: HttpRequest, name: str, place: Place | None = None, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page, or the part of one that htmx asked for, inside the frame."""
    return render(request, f"console/{name}.html", {**_around(request, place), **context}, status=status)


def _around(request: HttpRequest, place: Place | None) -> dict[str, Any]:
    user = request.user if isinstance(request.user, User) else None
    mine = list(workspaces_of(user)[: _SHOWN_WORKSPACES + 1]) if user else []
    return {
        "place": place,
        "current": request.resolver_match.url_name if request.resolver_match else "",
        "workspace_pages": _open_to(place) if place else [],
        "installation_pages": _of_installation() if user and may_move(user) else [],
        "mine": mine[:_SHOWN_WORKSPACES],
        "has_more": len(mine) > _SHOWN_WORKSPACES,
        "languages": [(code, translation.get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
    }


def _open_to(place: Place) -> list[tuple[Item, str]]:
    pages = [item for item in WORKSPACE_PAGES if place.may(item.need)]
    return [(item, reverse(f"console:{item.name}", args=[place.workspace.slug])) for item in pages]


def _of_installation() -> list[tuple[Item, str]]:
    return [(item, reverse(f"console:{item.name}")) for item in INSTALLATION_PAGES]


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page; htmx would put it into the middle of the page that was left open."""
    target = reverse("console:sign_in")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect_to_login(request.get_full_path(), target)
