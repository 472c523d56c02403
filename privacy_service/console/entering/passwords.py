"""The form to sign in with an e-mail and a password, and the one that takes the present password for a new one."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from privacy_service.console.entering.guessing import (
    Count,
    is_flood,
    is_worth_a_record,
    may_be_looked_at,
    of_address,
    of_passwords,
)
from privacy_service.console.entering.telling import tell_failed
from workspaces.history import acting
from workspaces.models import User

_WRONG = _("This e-mail and password do not go together. Mind capital letters in the password.")


class SignInForm(AuthenticationForm):
    """An e-mail and a password; after some wrong ones none is looked at for a while."""

    error_messages = {  # noqa: RUF012 - Django's own type.
        "invalid_login": _WRONG,
        "inactive": _WRONG,
        "too_many": _("Too many tries. Wait 15 minutes, or ask an administrator for a new password."),
    }
    tries: int | None = None
    tries_from_here: int | None = None  # By anybody, from the same address.
    person: User | None = None  # Whom the name belongs to, whatever the password.

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self._from_here = of_address(request)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})

    def clean(self) -> dict[str, Any]:
        """Look at the password unless too many were tried; a right one ends the count."""
        count = self._count()
        self.tries, self.tries_from_here = count.add(), self._from_here.add()
        if not may_be_looked_at(self.tries) or is_flood(self.tries_from_here):
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many")
        cleaned = super().clean()
        if self.get_user() is not None:  # An empty password comes by here too, and proves nothing.
            count.end()
            self._from_here.take_back()
        return cleaned

    def _count(self) -> Count:
        """Return the count of the person, by whatever name and in whatever spelling; of the name where it is nobody's.

        The name is what the field has made of it, as in the look at the password: what it takes for one is one here.
        """
        name = self.cleaned_data.get("username")
        if name is None:  # The field refused it, so that no password is looked at.
            return of_passwords(self.data.get("username", ""))
        self.person = User.objects.named(name).first()
        return of_passwords(str(self.person.pk) if self.person else name)


class OwnPasswordForm(AdminPasswordChangeForm):
    """One's own password set anew; guesses at the old one count and are told as at the sign-in, and with those."""

    error_messages = {  # noqa: RUF012 - Django's own type.
        **AdminPasswordChangeForm.error_messages,
        "password_incorrect": _("This is not your present password. Mind capital letters."),
        "too_many": SignInForm.error_messages["too_many"],
    }

    def clean_old_password(self) -> str:
        """Look at the old password unless too many were tried."""
        count = of_passwords(str(self.user.pk))
        tries = count.add()
        if not may_be_looked_at(tries):
            tell_failed(self.user, "account", "too-many-tries", is_recorded=is_worth_a_record(tries))
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many")
        try:
            old: str = super().clean_old_password()
        except forms.ValidationError:
            tell_failed(self.user, "account", "password")
            raise
        count.end()
        return old

    def validate_password_for_user(self, user: User, password_field_name: str = "") -> None:
        """Say beside the new password what is wrong with it; Django says it beside its repetition."""
        del password_field_name
        super().validate_password_for_user(user, "new_password1")

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - Django's own signature.
        """Keep it; in its record stands the person."""
        with acting(self.user):
            return super().save(commit)
