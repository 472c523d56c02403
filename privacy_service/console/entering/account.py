"""One's own page: the second factor turned on and off, recovery codes, and the end of every sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import urlencode

import segno
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from privacy_service.console.entering.guessing import is_worth_a_record, may_be_looked_at, of_codes
from privacy_service.console.entering.own_password import has_password_here
from privacy_service.console.entering.proving import PROVEN, demanding_workspaces, is_demanded_of, is_proven, safe_next
from privacy_service.console.entering.telling import tell_failed
from privacy_service.console.frame import framed, show, signed_in, whereabouts
from privacy_service.console.places import Place, workspaces_of
from privacy_service.console.sessions import NAMED, end_others, idle, longest
from workspaces import second_factor, sign_ins
from workspaces.acts import Act, note
from workspaces.exceptions import CodeRefused, FactorStateRefused
from workspaces.models import SecondFactor, User

T = TypeVar("T")
_NEXT = "after_set_up"
_SHOWN_SIGN_INS = 50
Write = Callable[[HttpRequest, User], HttpResponse]


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Show what one signs in with."""
    return framed(request, lambda: _account(request))


def _account(request: HttpRequest, *, codes: list[str] | None = None) -> HttpResponse:
    user = signed_in(request)
    if wanted := request.GET.get("next"):
        request.session[_NEXT] = safe_next(request, wanted)
    factor, waiting = second_factor.factor_of(user), second_factor.begun(user)
    context = {
        "factor": factor,
        "left": second_factor.codes_left(factor) if factor else 0,
        "waiting": waiting,
        "picture": _picture(waiting) if waiting else "",
        "key": _in_fours(second_factor.spelled_key(waiting)) if waiting else "",
        "codes": codes,
        "is_demanded": is_demanded_of(user),
        "demanding": [one.name for one in demanding_workspaces(user)[:5]],
        "is_missing": not is_proven(request) and not factor,
        "then": request.session.get(_NEXT, ""),
        "has_password": has_password_here(user),
        "sign_ins": sign_ins.alive(user, longest=longest(), idle=idle())[:_SHOWN_SIGN_INS],
        "this_one": request.session.get(NAMED, ""),
    }
    return show(request, "account", _place(request, user), from_here=_from_here(request), **context)


def _place(request: HttpRequest, user: User) -> Place | None:
    """Return the workspace whose navigation stays: where they come from, or the only one that they belong to."""
    if slug := request.GET.get("w", ""):
        return whereabouts(request, slug)
    mine = list(workspaces_of(user)[:2])
    return whereabouts(request, mine[0].slug) if len(mine) == 1 else None


def _from_here(request: HttpRequest) -> str:
    """Return what an address of this page ends in to keep the workspace."""
    slug = request.GET.get("w", "")
    return f"?{urlencode({'w': slug})}" if slug else ""


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(reverse("console:account") + _from_here(request))


def _writes(view: Write) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view a write of one's own account; what is refused is said on its page."""

    @require_POST
    @wraps(view)
    def write(request: HttpRequest) -> HttpResponse:
        def answer() -> HttpResponse:
            try:
                return view(request, signed_in(request))
            except CodeRefused as error:
                messages.error(request, _said(error))
                return _back(request)

        return framed(request, answer)

    return write


@_writes
def begin_factor(request: HttpRequest, user: User) -> HttpResponse:
    """Make a key for an authenticator."""
    second_factor.begin(user)
    return _back(request)


@_writes
def confirm_factor(request: HttpRequest, user: User) -> HttpResponse:
    """Turn the second factor on with a first code, and show the recovery codes this once."""
    codes = _with_code(request, user, second_factor.confirm)
    factor = second_factor.factor_of(user)
    request.session.cycle_key()
    request.session[PROVEN] = str(factor.pk) if factor else ""
    messages.success(request, _("The second factor is on. From now on every sign-in asks for a code."))
    return _account(request, codes=codes)


@_writes
def renew_codes(request: HttpRequest, user: User) -> HttpResponse:
    """Show new recovery codes this once; the old ones open nothing any more."""
    return _account(request, codes=_with_code(request, user, second_factor.renew_codes))


@_writes
def end_factor(request: HttpRequest, user: User) -> HttpResponse:
    """Turn the second factor off with a code of it."""
    _with_code(request, user, second_factor.turn_off)
    request.session.pop(PROVEN, None)
    messages.success(request, _("The second factor is off."))
    return _back(request)


@_writes
def end_sign_ins(request: HttpRequest, user: User) -> HttpResponse:
    """End one sign-in of this person, or all but this one; a page that is open there leads to the sign-in next."""
    here, wanted = request.session.get(NAMED, ""), request.POST.get("which", "")
    if wanted == "others":
        end_others(request, user)
        messages.success(request, _("Ended. Whoever has a page open there signs in anew."))
    elif sign_ins.end(user, sign_ins.named(wanted).exclude(pk__in=sign_ins.named(here)), by=user):
        messages.success(request, _("Ended. Whoever has a page open there signs in anew."))
    else:
        messages.warning(request, _("There was nothing to end: that sign-in is over already, or it is this one."))
    return _back(request)


@_writes
def sign_out_everywhere(request: HttpRequest, user: User) -> HttpResponse:
    """End every session of this person, this one too."""
    with transaction.atomic():
        user.signed_out_at = timezone.now()
        user.save(update_fields=["signed_out_at"])
        sign_ins.end_all(user)
        note(Act.SIGNED_OUT_EVERYWHERE, None, user, user)
    logout(request)
    messages.success(request, _("You are signed out everywhere."))
    return redirect("console:sign_in")


class TooManyTries(CodeRefused):
    """So many wrong codes that none is looked at for a while."""


def _with_code(request: HttpRequest, user: User, write: Callable[[User, str], T]) -> T:
    """Do what a code allows; as many wrong ones as at the sign-in, counted together."""
    count = of_codes(user.pk)
    tries = count.add()
    if not may_be_looked_at(tries):
        tell_failed(user, "account", "too-many-tries", is_recorded=is_worth_a_record(tries))
        raise TooManyTries
    try:
        done = write(user, request.POST.get("code", ""))
    except FactorStateRefused:
        raise
    except CodeRefused:
        tell_failed(user, "account", "code")
        raise
    count.end()
    return done


def _said(error: CodeRefused) -> str:
    if isinstance(error, FactorStateRefused):
        return _("This step does not fit what is on now. Look at the page, and begin again if need be.")
    if isinstance(error, TooManyTries):
        return _("Too many tries. Wait an hour, or ask an administrator to turn the second factor off.")
    return _("This code is not valid now. Each code holds for half a minute and is taken once.")


def _picture(factor: SecondFactor) -> SafeString:
    """Draw the QR code: black on white in both schemes, or cameras do not read it."""
    code = segno.make(second_factor.address_of(factor), error="m", micro=False)
    drawn = code.svg_inline(scale=5, border=4, light="#fff", omitsize=False)
    return mark_safe(drawn)  # noqa: S308 - of our own making: paths of numbers alone.


def _in_fours(key: str) -> str:
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
