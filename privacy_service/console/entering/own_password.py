"""The page of one's own password, which whoever knows it sets anew; every other sign-in of theirs ends with it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from privacy_service.console.entering.passwords import OwnPasswordForm
from privacy_service.console.frame import framed, show, signed_in
from privacy_service.console.sessions import begin
from privacy_service.exceptions import Forbidden
from workspaces.models import User


def has_password_here(user: User) -> bool:
    """Say whether a password opens the console for this person."""
    return bool(settings.PRIVACY_PASSWORD_SIGN_IN) and user.has_usable_password()


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Ask for the present password and a new one, and keep that."""
    return framed(request, lambda: _change_password(request))


def _change_password(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if not has_password_here(user):
        raise Forbidden(_("You sign in here without a password: change the one of the account that you sign in with."))
    form = OwnPasswordForm(user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        _keep(request, form)
        messages.success(request, _("Your password is changed, and every other sign-in of yours has ended."))
        return redirect("console:account")
    rules = password_validators_help_texts()
    return show(request, "own_password", status=400 if form.errors else 200, form=form, rules=rules)


def _keep(request: HttpRequest, form: OwnPasswordForm) -> None:
    """Keep the new password; what it ends is every sign-in of the person, so that this one begins anew."""
    user = form.save()
    update_session_auth_hash(request, user)
    begin(request=request, user=user)
