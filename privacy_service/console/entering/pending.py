"""Somebody whose password was right and whose code is due: remembered in a session that is nobody's yet."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from privacy_service.console.entering.proving import PROVEN
from privacy_service.console.entering.telling import Way, tell_signed_in
from privacy_service.console.sessions import end
from workspaces.models import User
from workspaces.second_factor import factor_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
WAY = "signed_in_by"
_PENDING = "code_is_due"
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Pending:
    """Who waits to be let in, how they came, and where they want to go."""

    user: User
    way: Way
    target: str


def let_in_or_ask(request: HttpRequest, user: User, way: Way, target: str, *, proven: str = "") -> bool:
    """Sign somebody in, and say so; or remember who waits where their authenticator is asked for first."""
    if proven or factor_of(user) is None:
        let_in(request, Pending(user, way, target), proven=proven)
        return True
    request.session.cycle_key()
    request.session[_PENDING] = {
        "user": str(user.pk),
        "hash": user.get_session_auth_hash(),  # A password that is changed meanwhile lets nobody in.
        "way": way,
        "target": target,
        "at": timezone.now().timestamp(),
    }
    return False


def let_in(request: HttpRequest, pending: Pending, *, proven: str, told_as: str = "") -> None:
    """Begin a session of their own, under a new name."""
    forget(request)
    if isinstance(request.user, User):
        end(request=request, user=request.user)  # Whoever was signed in here before, the same person or another one.
        request.session.cycle_key()  # Django gives a new name only to a session that was nobody's.
    login(request, pending.user, backend=BACKEND)
    request.session[WAY] = pending.way
    if proven:
        request.session[PROVEN] = proven
    tell_signed_in(pending.user, pending.way, told_as or proven or "none")


def pending_in(request: HttpRequest) -> Pending | None:
    """Return who waits in this session, or who is signed in without the code that is due now."""
    kept: dict[str, Any] | None = request.session.get(_PENDING)
    if kept is None:
        way = request.session.get(WAY, "password")
        return Pending(request.user, way, "") if isinstance(request.user, User) else None
    user = User.objects.filter(pk=UUID(kept["user"]), is_active=True).first()
    is_over = timezone.now().timestamp() - kept["at"] > _SECONDS
    if user is None or is_over or not constant_time_compare(user.get_session_auth_hash(), kept["hash"]):
        forget(request)
        return None
    return Pending(user, kept["way"], kept["target"])


def forget(request: HttpRequest) -> None:
    """Let nobody wait any longer."""
    request.session.pop(_PENDING, None)
