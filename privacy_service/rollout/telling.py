"""Mail to the administrators about what the release did by itself."""

from django.conf import settings
from django.core.mail import send_mail

from privacy_service.rollout.models import PlannedMove, ReleaseMove
from workspaces.mailing import mail_is_set_up
from workspaces.models import User

_FOLLOW = (
    "\n\nLook with `manage.py release status` or in the admin; docs/release.md says how to go on, and how to go back."
)


def tell_of_move(move: ReleaseMove) -> int:
    """Tell every administrator of a breached gate and what became of the release; return to how many."""
    done = f"It went from {move.before} to {move.after}." if move.before != move.after else "Nothing was moved."
    return _mail("A gate of the release is breached", f"{move.why}\n\n{done}")


def tell_of_plan(planned: PlannedMove) -> int:
    """Tell every administrator what became of a scheduled move; return to how many."""
    outcome = {PlannedMove.Outcome.DONE: "was made"}.get(PlannedMove.Outcome(planned.outcome), "was not made")
    return _mail(f"The scheduled move “{planned.change}” {outcome}", planned.told or "It went as planned.")


def _mail(subject: str, text: str) -> int:
    if not mail_is_set_up():
        return 0
    people = User.objects.filter(is_staff=True, is_active=True).exclude(email=None)
    addresses = [user.email for user in people if user.email and user.has_perm("rollout.change_flag")]
    for address in addresses:  # One each: nobody needs to know who else administers.
        send_mail(f"[privacy-service] {subject}", text + _FOLLOW, settings.DEFAULT_FROM_EMAIL, [address])
    return len(addresses)
