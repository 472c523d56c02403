"""The way to the company's own provider and back."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from privacy_service.console.entering.guessing import is_flood, of_address
from privacy_service.console.entering.pending import let_in_or_ask
from privacy_service.console.entering.proving import BY_PROVIDER, safe_next
from privacy_service.console.entering.telling import tell_failed
from privacy_service.console.entering.views import outside
from privacy_service.openid import OpenIdRefused, Why, arrive, depart, person_of
from workspaces.models import User

_KEPT = "openid"  # In a session: what is waited for, by its state.
_MOST_KEPT = 4  # Tabs in which somebody signs in at once.
_SECONDS = 600
_STATUS = {Why.TOO_MANY: 429, Why.UNREACHABLE: 503, Why.UNREADABLE: 503}
_ANYBODYS = frozenset({Why.STATE, Why.DECLINED, Why.CODE})  # Causes that anybody can bring about, without the provider.


@require_GET
@outside
def leave(request: HttpRequest) -> HttpResponse:
    """Send somebody to the provider, and remember what must come back."""
    if not settings.PRIVACY_OIDC_ISSUER:
        return redirect("console:sign_in")
    if is_flood(of_address(request).add()):  # Each would be a session to keep.
        return _refused(request, Why.TOO_MANY, is_recorded=False)
    try:
        departure = depart(_back(request))
    except OpenIdRefused as refused:
        return _refused(request, refused.why, is_recorded=False)
    waiting = {
        "nonce": departure.nonce,
        "verifier": departure.verifier,
        "target": safe_next(request, request.GET.get("next", "")),
        "at": timezone.now().timestamp(),
    }
    kept = list(request.session.get(_KEPT, {}).items())[-_MOST_KEPT + 1 :]
    request.session[_KEPT] = {**dict(kept), departure.state: waiting}
    return redirect(departure.url)


@require_GET
@outside
def back(request: HttpRequest) -> HttpResponse:
    """Let in whom the provider names; each answer counts once, in the browser that asked."""
    waiting = _taken(request)
    if waiting is None:
        return _refused(request, Why.STATE, is_recorded=False)  # Anybody can call this address: it costs no record.
    try:
        claims = arrive(request.GET.dict(), nonce=waiting["nonce"], verifier=waiting["verifier"], back=_back(request))
        user = person_of(claims)
    except OpenIdRefused as refused:
        return _refused(request, refused.why, refused.user, is_recorded=refused.why not in _ANYBODYS)
    of_address(request).take_back()
    proven = BY_PROVIDER if settings.PRIVACY_OIDC_PROVES_SECOND_FACTOR else ""
    is_in = let_in_or_ask(request, user, "openid", waiting["target"], proven=proven)
    return redirect(waiting["target"] if is_in else "console:code")


def _taken(request: HttpRequest) -> dict[str, Any] | None:
    """Take what was remembered for this state, so that it counts once; None where nothing was, or too long ago."""
    kept = request.session.get(_KEPT, {})
    waiting: dict[str, Any] | None = kept.pop(request.GET.get("state", ""), None)
    if waiting is None or not settings.PRIVACY_OIDC_ISSUER:
        return None
    request.session[_KEPT] = kept
    return waiting if timezone.now().timestamp() - waiting["at"] <= _SECONDS else None


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("console:openid_back"))


def _refused(request: HttpRequest, why: Why, user: User | None = None, *, is_recorded: bool = True) -> HttpResponse:
    tell_failed(user, "openid", why.value, is_recorded=is_recorded)
    said = {"sentence": _SENTENCES[why](), "why": why.value, "provider": settings.PRIVACY_OIDC_NAME}
    return render(request, "console/sign_in_failed.html", said, status=_STATUS.get(why, 403))


_SENTENCES = {
    Why.TOO_MANY: lambda: _("Too many sign-ins from your network came to nothing. Wait 15 minutes."),
    Why.UNREACHABLE: lambda: _(
        "The provider does not answer. Try again in a while; an administrator can look at PRIVACY_OIDC_ISSUER and "
        "PRIVACY_OIDC_NETWORKS."
    ),
    Why.UNREADABLE: lambda: _(
        "The provider's answer cannot be used. An administrator can compare PRIVACY_OIDC_ISSUER with what the provider "
        "says of itself."
    ),
    Why.STATE: lambda: _(
        "This answer was not asked for in this browser, has been used, or came too late. Begin again."
    ),
    Why.DECLINED: lambda: _("The provider did not let you in, or you stopped there. Begin again."),
    Why.CODE: lambda: _(
        "The provider did not take the code back. An administrator can compare PRIVACY_OIDC_CLIENT_ID and "
        "PRIVACY_OIDC_CLIENT_SECRET with what stands there."
    ),
    Why.TOKEN: lambda: _(
        "What the provider signed does not prove who you are to this service. Begin again; if it stays so, tell an "
        "administrator."
    ),
    Why.EMAIL: lambda: _(
        "The provider has not verified your e-mail, so that it proves nothing. Verify it there and begin again."
    ),
    Why.DOMAIN: lambda: _(
        "People with addresses of this domain do not sign in here. Choose your company's account at the provider."
    ),
    Why.CONTRADICTION: lambda: _(
        "Your e-mail and your id at the provider belong to two people here. An administrator can put that right."
    ),
    Why.NO_ID: lambda: _(
        "You are known here by an id that the provider did not say. An administrator can compare PRIVACY_OIDC_ID_CLAIM "
        "with what it says of people."
    ),
    Why.UNKNOWN: lambda: _(
        "Nobody here is known by what the provider says of you. An owner of a workspace, or an administrator, adds "
        "people by their e-mail."
    ),
    Why.INACTIVE: lambda: _("Your account here is not active. An administrator can activate it."),
}
