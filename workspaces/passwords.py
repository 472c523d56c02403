"""Passwords that are set or taken away, told to the audit trail: whichever page, command or code does it."""

from typing import Any

from django.db.models.signals import post_save

from workspaces import history, sign_ins
from workspaces.acts import Act, note
from workspaces.models import User


def keep_told() -> None:
    """Tell the trail of each password with the save that stores it, which is one transaction with the record."""
    post_save.connect(_tell, sender=User, dispatch_uid="workspaces.passwords")


def _tell(*, instance: User, **_: Any) -> None:
    # A hash that Django brings up to date when somebody signs in is the same password, and no news.
    is_set = instance._password is not None  # type: ignore[attr-defined] # noqa: SLF001 - how Django tells its validators.
    if is_set or instance.is_password_taken:
        note(Act.PASSWORD_CHANGED, None, history.acting_now(), instance, is_usable=instance.has_usable_password())
        sign_ins.end_all(instance)  # Django ends them too, by what the password leaves in a session.
        instance.is_password_taken = False
