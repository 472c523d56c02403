"""How long a sign-in lasts: an idle limit, an absolute one, and an end by hand, for console and admin alike."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.db import SessionStore
from django.db import InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from workspaces import sign_ins
from workspaces.models import User

BEGAN, SEEN, NAMED, KEPT = "signed_in_at", "seen_at", "sign_in", "others_ended_at"
_NOTE_EVERY_SECONDS = 30  # A page a click would else be a write a click.
_PAGES = ("/console/", "/admin/")

Respond = Callable[[HttpRequest], HttpResponse]


def begin(*, request: HttpRequest, user: User, **_: Any) -> None:
    """Write down when somebody signed in, and by which browser."""
    now = timezone.now().timestamp()
    request.session[BEGAN] = request.session[SEEN] = now
    _name(request, user)


def end(*, request: HttpRequest, user: User | None, **_: Any) -> None:
    """Take a sign-in from the person's list; Django calls this before it empties the session."""
    if user is not None:
        sign_ins.named(request.session.get(NAMED, "")).filter(user=user).delete()


def end_others(request: HttpRequest, user: User) -> None:
    """End every other sign-in of a person; this one outlives it, and lasts no longer for it."""
    sign_ins.end_others(user, request.session.get(NAMED, ""))
    request.session[KEPT] = timezone.now().timestamp()


def forget_old() -> None:
    """Delete what is left of sign-ins that are over: nobody may ever come back with them."""
    sign_ins.forget_old(longest=longest())
    SessionStore.clear_expired()


def longest() -> timedelta:
    """Return how long a sign-in lasts in any case."""
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def idle() -> timedelta:
    """Return how long it lasts without a page."""
    return timedelta(seconds=settings.PRIVACY_SESSION_IDLE_SECONDS)


class SessionLimitsMiddleware:
    """Signs out whoever was away for too long, or signed in too long ago."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """End a session that is over, before any page is made."""
        if request.path_info.startswith(_PAGES) and settings.SESSION_COOKIE_NAME in request.COOKIES:
            _check(request)
        return self.respond(request)


def _check(request: HttpRequest) -> None:
    user = request.user
    if not isinstance(user, User):
        return
    now = timezone.now().timestamp()
    # A session without these was begun by something that knows no limits: it is over.
    began, seen = request.session.get(BEGAN, 0.0), request.session.get(SEEN, 0.0)
    since = max(began, request.session.get(KEPT, 0.0))
    is_ended = user.signed_out_at is not None and since <= user.signed_out_at.timestamp()
    if is_ended or now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.PRIVACY_SESSION_IDLE_SECONDS:
        logout(request)
    elif NAMED not in request.session:  # Begun before sign-ins had names: it gets one, and goes on.
        _name(request, user)
    elif not sign_ins.named(request.session[NAMED]).filter(user=user).exists():
        logout(request)
    elif now - seen > _NOTE_EVERY_SECONDS:
        _note(request, user)


def _note(request: HttpRequest, user: User) -> None:
    """Write down that somebody is there; a database that takes no writes for a while still shows its pages."""
    now = timezone.now()
    try:
        sign_ins.named(request.session[NAMED]).filter(user=user).update(seen_at=now)
    except (InternalError, OperationalError):
        return
    request.session[SEEN] = now.timestamp()


def _name(request: HttpRequest, user: User) -> None:
    named = sign_ins.begin(user, request.headers.get("User-Agent", ""), longest=longest())
    request.session[NAMED] = str(named.pk)
