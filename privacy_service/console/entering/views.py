"""The pages to sign in, with a password and then a code, and the way out."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView, redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from privacy_service.console.entering.guessing import is_worth_a_record, may_be_looked_at, of_codes
from privacy_service.console.entering.passwords import OwnPasswordForm, SignInForm
from privacy_service.console.entering.pending import WAY, Pending, let_in, let_in_or_ask, pending_in
from privacy_service.console.entering.proving import is_proven, safe_next
from privacy_service.console.entering.telling import tell_failed
from privacy_service.console.frame import framed, secured
from privacy_service.console.sessions import begin
from privacy_service.exceptions import Forbidden
from privacy_service.openid import sign_out_address
from workspaces.exceptions import CodeRefused
from workspaces.models import User
from workspaces.second_factor import factor_of, prove

View = Callable[..., HttpResponseBase]


def outside(view: View) -> Callable[..., HttpResponse]:
    """Make a view a page for whoever is not signed in yet: in their language, with the headers of the console."""

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(get_language_from_request(request)):
            response = view(request, *args, **kwargs)
            rendered: HttpResponse = response.render() if hasattr(response, "render") else response  # type: ignore[assignment]
            return secured(rendered)

    return page


@method_decorator(outside, name="dispatch")
class SignIn(LoginView):
    """The page to sign in."""

    template_name = "console/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    next_page = "console:start"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the ways in that there are, and the way out at the provider for who has just left."""
        has_provider = bool(settings.PRIVACY_OIDC_ISSUER)
        here = self.request.build_absolute_uri(reverse("console:sign_in"))
        return super().get_context_data(
            provider=settings.PRIVACY_OIDC_NAME if has_provider else "",
            takes_passwords=settings.PRIVACY_PASSWORD_SIGN_IN,
            sign_out_there=sign_out_address(here) if has_provider and "left" in self.request.GET else "",
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Look at a password, where passwords are taken at all."""
        if not settings.PRIVACY_PASSWORD_SIGN_IN:
            return redirect("console:sign_in")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Let somebody in, or ask for the code."""
        is_in = let_in_or_ask(self.request, form.get_user(), "password", self.get_success_url())
        return redirect(self.get_success_url() if is_in else "console:code")

    def form_invalid(self, form: Any) -> HttpResponse:
        """Tell the trail, with whom the e-mail belongs to where it is somebody's."""
        cause = "too-many-tries" if form.has_error("__all__", "too_many") else "password"
        is_recorded = is_worth_a_record(form.tries, form.tries_from_here)
        tell_failed(form.person, "password", cause, is_recorded=is_recorded)
        return super().form_invalid(form)


@require_http_methods(["GET", "POST"])
@outside
def code(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the authenticator, or a recovery code, of whoever waits to be let in."""
    pending = pending_in(request)
    if pending is None or is_proven(request) or factor_of(pending.user) is None:
        return redirect("console:start")
    if request.method == "GET":
        return _ask(request, "")
    tries = of_codes(pending.user.pk).add()
    if not may_be_looked_at(tries):
        tell_failed(pending.user, pending.way, "too-many-tries", is_recorded=is_worth_a_record(tries))
        return _ask(request, _("Too many tries. Wait an hour, or ask an administrator to turn the second factor off."))
    return _proven(request, pending)


def _proven(request: HttpRequest, pending: Pending) -> HttpResponse:
    try:
        kind = prove(pending.user, request.POST.get("code", ""))
    except CodeRefused:
        tell_failed(pending.user, pending.way, "code")
        return _ask(request, _("This code is not valid now. Each code holds for half a minute and is taken once."))
    of_codes(pending.user.pk).end()
    factor = factor_of(pending.user)
    let_in(request, pending, proven=str(factor.pk) if factor else "", told_as=kind)
    if kind == "recovery-code":
        messages.warning(request, _("A recovery code was used up. Make new ones before you have none."))
    return redirect(pending.target or safe_next(request, request.POST.get("next", "")))


def _ask(request: HttpRequest, error: str) -> HttpResponse:
    asked = {"error": error, "next": request.POST.get("next", request.GET.get("next", ""))}
    return render(request, "console/code.html", asked, status=400 if error else 200)


@require_GET
def to_sign_in(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """Send whoever wants to the admin to the console's sign-in: one door, with every lock."""
    if isinstance(request.user, User):
        return framed(request, _refuse)
    wanted = safe_next(request, request.GET.get("next", "") or reverse("admin:index"))
    return redirect_to_login(wanted, reverse("console:sign_in"))


def _refuse() -> HttpResponse:
    raise Forbidden(_("The admin is for administrators of the installation. One of them can make you one."))


def own_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """Stand in for the admin's page of one's own password, which counts no guesses at the old one."""
    page = PasswordChangeView.as_view(
        form_class=OwnPasswordForm,
        success_url=reverse("admin:password_change_done"),
        extra_context={**admin.site.each_context(request), **(extra_context or {})},
    )
    response = page(request)
    if isinstance(request.user, User) and request.method == "POST" and response.status_code == HTTPStatus.FOUND:
        begin(request=request, user=request.user)  # All others are ended; this one goes on.
    return response


class SignOut(LogoutView):
    """Signing out: only by a button, so that no link can do it."""

    next_page = "console:sign_in"
    http_method_names = ["post"]  # noqa: RUF012 - Django's own type.

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session; who came from the provider is offered to leave there too."""
        came_by = request.session.get(WAY)
        response = super().post(request, *args, **kwargs)
        return redirect(f"{reverse('console:sign_in')}?left=1") if came_by == "openid" else response
