"""The sign-ins of a person, each of which they can end: begun, seen, told apart by browser, and ended."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from workspaces.acts import Act, note
from workspaces.models import SignIn, User

# What a browser calls itself by, from the narrow to the wide: each names those after it too.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def begin(user: User, user_agent: str, *, longest: timedelta) -> SignIn:
    """Write down a new one; those that are over anyway go."""
    SignIn.objects.filter(user=user, began_at__lt=timezone.now() - longest).delete()
    return SignIn.objects.create(user=user, browser=browser_of(user_agent))


def browser_of(user_agent: str) -> str:
    """Return which browser on which system this seems to be, empty where nobody can say."""
    known = (_first_of(names, user_agent) for names in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, known))


def _first_of(names: Mapping[str, str], user_agent: str) -> str:
    return next((name for sign, name in names.items() if sign in user_agent), "")


def alive(user: User, *, longest: timedelta, idle: timedelta) -> QuerySet[SignIn]:
    """Return those that open pages still, the one that was seen last first."""
    now = timezone.now()
    return SignIn.objects.filter(user=user, began_at__gte=now - longest, seen_at__gte=now - idle)


@transaction.atomic
def end(user: User, ended: QuerySet[SignIn], *, by: User) -> int:
    """End some of a person's, tell the trail, and say how many there were."""
    count, _ = ended.filter(user=user).delete()
    if count:
        note(Act.SIGN_INS_ENDED, None, by, user, count=count)
    return count


@transaction.atomic
def end_others(user: User, kept: object) -> None:
    """End all but one, which the caller keeps; those too that are from before sign-ins had names, and not listed."""
    user.signed_out_at = timezone.now()
    user.save(update_fields=["signed_out_at"])
    count, _ = SignIn.objects.filter(user=user).exclude(pk__in=named(kept)).delete()
    note(Act.SIGN_INS_ENDED, None, user, user, count=count)


def end_all(user: User) -> None:
    """End every one, where another act tells why."""
    SignIn.objects.filter(user=user).delete()


def forget_old(*, longest: timedelta) -> int:
    """Delete what is over in any case, whoever it was of, and say how many there were."""
    return SignIn.objects.filter(began_at__lt=timezone.now() - longest).delete()[0]


def named(name: object) -> QuerySet[SignIn]:
    """Return the one that a session names, or nothing where that is no name."""
    try:
        return SignIn.objects.filter(pk=UUID(str(name)))
    except ValueError:
        return SignIn.objects.none()
