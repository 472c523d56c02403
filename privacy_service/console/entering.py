"""Signing in and out; whoever guesses passwords is slowed down."""

import hashlib
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import get_language_from_request
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from privacy_service.console.frame import secured

MOST_GUESSES = 8
_GUESS_SECONDS = 900


class Counted(AuthenticationForm):
    """A form that looks at no password for a while after some wrong ones; console and admin count together."""

    def clean(self) -> dict[str, Any]:
        """Look at the password unless too many were tried; a right one ends the count."""
        name = _count_of(self.data.get("username", ""))
        if not _may_guess(name):
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many")
        cleaned = super().clean()
        cache.delete(name)
        return cleaned


class AdminSignInForm(Counted, AdminAuthenticationForm):
    """The admin's."""

    error_messages = {  # noqa: RUF012 - Django's own type.
        **AdminAuthenticationForm.error_messages,
        "too_many": "Too many tries. Wait 15 minutes.",
    }


class SignInForm(Counted):
    """An e-mail and a password."""

    error_messages = {  # noqa: RUF012 - Django's own type.
        "invalid_login": _("This e-mail and password do not go together. Mind capital letters in the password."),
        "inactive": _("This e-mail and password do not go together. Mind capital letters in the password."),
        "too_many": _("Too many tries. Wait 15 minutes, or ask an administrator for a new password."),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})


def _count_of(username: str) -> str:
    return f"sign-ins:{hashlib.sha256(username.strip().lower().encode()).hexdigest()}"


def _may_guess(name: str) -> bool:
    """Count one more try, and say whether it may be made; without Redis nobody counts, so nobody may.

    It is counted before the password is looked at, so that many at once are no way around.
    """
    try:
        cache.add(name, 0, timeout=_GUESS_SECONDS)
        return cache.incr(name) <= MOST_GUESSES
    except (RedisError, OSError, ValueError):  # The count may end in between: then it begins anew.
        return False


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    """The page to sign in."""

    template_name = "console/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    next_page = "console:start"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer in the reader's language, with the headers of the console."""
        with translation.override(get_language_from_request(request)):
            response = super().dispatch(request, *args, **kwargs)
            rendered = response.render() if hasattr(response, "render") else response
            return secured(rendered)  # type: ignore[arg-type]


class SignOut(LogoutView):
    """Signing out: only by a button, so that no link can do it."""

    next_page = "console:sign_in"
    http_method_names = ["post"]  # noqa: RUF012 - Django's own type.
