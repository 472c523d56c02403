"""Letting somebody into a workspace: how it is told, and how they get in themselves."""

from django.conf import settings
from django.utils.translation import gettext as _

from privacy_service.openid import may_arrive


def told_of(reference: str, *, is_new: bool) -> str:
    """Say that somebody belongs to the workspace now, and plainly where nobody had this name before."""
    if not is_new:
        return _("%(person)s belongs to the workspace now.") % {"person": reference}
    made = _("%(person)s belongs to the workspace now. Nobody had this name: a new account was made.")
    return f"{made % {'person': reference}} {way_in(reference)}"


def way_in(reference: str) -> str:
    """Say how somebody whose account was just made gets to these pages."""
    takes_password = "@" in reference and settings.PRIVACY_PASSWORD_SIGN_IN
    if may_arrive(reference):
        named = {"provider": settings.PRIVACY_OIDC_NAME}
        if takes_password:
            return _("They sign in with %(provider)s, or with a password once an administrator has set one.") % named
        return _("They sign in with %(provider)s.") % named
    if takes_password:
        return _("They sign in once an administrator of this installation has set a password for them.")
    return _("Nobody signs in by this name; it counts where a system that asks for data names them so.")
