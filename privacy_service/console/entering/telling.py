"""What the audit trail and the metrics are told of sign-ins: who and how, never what was typed."""

from typing import Literal

from django.db import transaction

from privacy_service.observability import metrics
from workspaces.acts import Act, note
from workspaces.models import User

Way = Literal["password", "openid", "account"]  # The last: asked of one who is signed in already.


def tell_signed_in(user: User, way: Way, second_factor: str) -> None:
    """Tell that somebody is in, and what they proved beside it."""
    with transaction.atomic():
        note(Act.SIGNED_IN, None, user, user, way=way, second_factor=second_factor)
    metrics.sign_ins.add(way, "signed-in")


def tell_failed(user: User | None, way: Way, cause: str, *, is_recorded: bool = True) -> None:
    """Tell that somebody did not get in; whoever tried has proven to be nobody, so that no actor is named."""
    if is_recorded:
        with transaction.atomic():
            note(Act.SIGN_IN_FAILED, None, None, user, way=way, cause=cause)
    metrics.sign_ins.add(way, cause)
