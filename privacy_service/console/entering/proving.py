"""What a session has proven beside a password, who must prove it, and where whoever has not is sent."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from workspaces.models import User, Workspace
from workspaces.second_factor import factor_of

PROVEN = "second_factor"  # In a session: the authenticator that was proven, or the provider that asks itself.
BY_PROVIDER = "provider"
_ADMIN = "/admin/"
_PAGES = ("/console/", _ADMIN)
_ALWAYS_OPEN = frozenset({"sign_in", "sign_out", "code", "language", "openid", "openid_back"})
_TO_SET_UP = frozenset({"account", "begin_factor", "confirm_factor", "sign_out_everywhere"})

Respond = Callable[[HttpRequest], HttpResponse]


class SecondFactorMiddleware:
    """Opens no page, of the console or the admin, before the code that is due."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or send to where the code is asked for or the authenticator turned on."""
        if request.path_info.startswith(_PAGES) and settings.SESSION_COOKIE_NAME in request.COOKIES:
            return self._elsewhere(request) or self.respond(request)
        return self.respond(request)

    def _elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        user = request.user
        if not isinstance(user, User) or is_proven(request) or _is_one_of(request, _ALWAYS_OPEN):
            return None
        if factor_of(user):
            return _sent(request, "console:code")
        if _is_demanded_here(request, user) and not _is_one_of(request, _TO_SET_UP):
            return to_set_up(request)
        return None


def _is_demanded_here(request: HttpRequest, user: User) -> bool:
    """Ask the workspaces too in the admin, which shows what their pages do; those ask for themselves."""
    if is_demanded_of(user):
        return True
    return request.path_info.startswith(_ADMIN) and demanding_workspaces(user).exists()


def is_demanded_of(user: User) -> bool:
    """Say whether the installation wants a second factor of this person, wherever they go."""
    wanted = settings.PRIVACY_SECOND_FACTOR
    return bool(wanted == "everybody" or (wanted == "administrators" and (user.is_staff or user.is_superuser)))


def demanding_workspaces(user: User) -> QuerySet[Workspace]:
    """Return the workspaces of this person whose owners want a second factor of everybody."""
    return Workspace.objects.filter(memberships__user=user, demands_second_factor=True)


def is_proven(request: HttpRequest) -> bool:
    """Say whether this session has proven the authenticator that is on now, or its provider has seen to it."""
    proven = request.session.get(PROVEN)
    if proven is None or not isinstance(request.user, User):
        return False
    if proven == BY_PROVIDER:
        return bool(settings.PRIVACY_OIDC_PROVES_SECOND_FACTOR)
    factor = factor_of(request.user)
    return factor is not None and proven == str(factor.pk)


def to_set_up(request: HttpRequest) -> HttpResponse:
    """Send to the page where an authenticator is turned on, and back afterwards."""
    return _sent(request, "console:account")


def safe_next(request: HttpRequest, wanted: str) -> str:
    """Return where somebody wanted to go, where that is a page of ours; else the start."""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("console:start")


def _sent(request: HttpRequest, page: str) -> HttpResponse:
    if request.headers.get("HX-Request"):  # htmx would put that page into the middle of this one.
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(page)})
    if request.method != "GET":
        return redirect(page)  # What was sent is not sent again by itself.
    return redirect_to_login(request.get_full_path(), reverse(page))


def _is_one_of(request: HttpRequest, names: frozenset[str]) -> bool:
    return request.path in {reverse(f"console:{name}") for name in names}
