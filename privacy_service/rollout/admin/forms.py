"""What an administrator fills in to move the release, and how a second one shows that it is them."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from privacy_service.exceptions import PrivacyError
from privacy_service.rollout import moves
from privacy_service.rollout.changes import Change, read_change
from privacy_service.rollout.stages import Stage
from workspaces.models import User

MOST_GUESSES = 5
_GUESS_SECONDS = 900
_STAGES = [(stage.value, stage.value) for stage in Stage]
_DIAL = "dial"


class MoveForm(forms.Form):
    """Where the release goes, or what is forced for one workspace; when, and why."""

    to = forms.ChoiceField(
        label="Move to",
        choices=[
            *_STAGES[:-1],
            (_DIAL, "dial (beta and a share of all workspaces)"),
            _STAGES[-1],
            ("", "one workspace only"),
        ],
        required=False,
    )
    percent = forms.CharField(required=False, max_length=7, label="Dial, in percent", help_text="For “dial”: 0 to 100.")
    slug = forms.CharField(
        required=False, max_length=80, label="Workspace", help_text="For “one workspace only”: its slug."
    )
    setting = forms.ChoiceField(
        required=False,
        label="Force it",
        choices=[("on", "on"), ("off", "off"), ("clear", "not at all: by stage and dial")],
        help_text="For “one workspace only”.",
    )
    at = forms.CharField(
        required=False, label="At", max_length=30, help_text="Empty: now. Otherwise such as 2026-12-01 09:00 (UTC)."
    )
    why = forms.CharField(required=False, max_length=500, help_text="For the history.")
    force = forms.CharField(
        required=False,
        max_length=500,
        label="Pass closed gates because",
        help_text="Only where a gate is not green; recorded.",
    )
    confirmed_by = forms.EmailField(
        required=False,
        label="Second person",
        help_text="Going wider needs two. Let them sign here, or leave it empty and get a code that they confirm.",
    )
    password = forms.CharField(
        required=False,
        label="Their password",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.change: Change | None = None
        self.second: User | None = None

    def clean_at(self) -> datetime | None:
        """Read the time as UTC."""
        text: str = self.cleaned_data["at"].strip()
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            message = "Write the time as 2026-12-01 09:00."
            raise forms.ValidationError(message) from None
        return at if at.tzinfo else timezone.make_aware(at)

    def clean(self) -> dict[str, Any]:
        """Find out which change is asked for, and who agrees to it."""
        cleaned = super().clean() or self.cleaned_data
        try:
            self.change = read_change(_typed(cleaned))
        except PrivacyError as error:
            raise forms.ValidationError(error.detail) from None
        if cleaned.get("confirmed_by"):
            self.second = self._second(cleaned["confirmed_by"], cleaned.get("password", ""))
        return cleaned

    def _second(self, email: str, password: str) -> User:
        """Return the second person, once their password has shown that it is them."""
        if not _may_guess(self.user):
            message = "Too many wrong passwords: leave it empty, and let them confirm the code."
            raise forms.ValidationError(message)
        second = authenticate(username=email, password=password)
        if not isinstance(second, User) or not moves.may_move(second) or second == self.user:
            _count_guess(self.user)
            message = "The second person is not another administrator of the release, or the password is wrong."
            raise forms.ValidationError(message)
        return second


def _typed(cleaned: dict[str, Any]) -> str:
    """Return the change as one would type it."""
    to = cleaned.get("to") or ""
    if to == _DIAL:
        return f"dial {cleaned.get('percent', '')}"
    return to or f"override {cleaned.get('slug', '')} {cleaned.get('setting', '')}"


def _guesses_of(user: User) -> str:
    return f"release-guesses:{user.pk}"


def _may_guess(user: User) -> bool:
    """Say whether this administrator may try another's password; without Redis nobody counts, so nobody may."""
    try:
        guesses: int = cache.get(_guesses_of(user), 0)
    except (RedisError, OSError):
        return False
    return guesses < MOST_GUESSES


def _count_guess(user: User) -> None:
    cache.add(_guesses_of(user), 0, timeout=_GUESS_SECONDS)
    cache.incr(_guesses_of(user))
