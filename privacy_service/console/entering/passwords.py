"""The form to sign in with an e-mail and a password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from privacy_service.console.entering.guessing import may_be_looked_at, of_passwords

_WRONG = _("This e-mail and password do not go together. Mind capital letters in the password.")


class SignInForm(AuthenticationForm):
    """An e-mail and a password; after some wrong ones none is looked at for a while."""

    error_messages = {  # noqa: RUF012 - Django's own type.
        "invalid_login": _WRONG,
        "inactive": _WRONG,
        "too_many": _("Too many tries. Wait 15 minutes, or ask an administrator for a new password."),
    }
    tries: int | None = None

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})

    def clean(self) -> dict[str, Any]:
        """Look at the password unless too many were tried; a right one ends the count."""
        count = of_passwords(self.data.get("username", ""))
        self.tries = count.add()
        if not may_be_looked_at(self.tries):
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many")
        cleaned = super().clean()
        count.end()
        return cleaned
