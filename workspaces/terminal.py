"""Who sits at the command line: somebody with a password, which is asked for and never an argument."""

import getpass
import sys

from django.contrib.auth import authenticate

from workspaces.models import User


def signed_in(email: str) -> User | None:
    """Return the person with this e-mail, once their password has shown that it is them; None where it does not."""
    user = authenticate(username=email, password=_password(email))
    return user if isinstance(user, User) else None


def _password(email: str) -> str:
    """Ask at a terminal; otherwise take a line of the standard input, never an argument that others can see."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {email}: ")
    return sys.stdin.readline().rstrip("\n")
