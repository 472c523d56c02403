"""Help who has lost their authenticator, where no administrator can sign in: `manage.py second_factor off E-MAIL`."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workspaces import second_factor
from workspaces.models import User


class Command(BaseCommand):
    """Turns it off and ends the person's sign-ins; the trail tells of it."""

    help = "Turn the second factor of a person off, and end their sign-ins."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take what to do, and whose."""
        parser.add_argument("action", choices=["off"])
        parser.add_argument("person", help="their e-mail or external id")

    def handle(self, *_: str, person: str, **__: Any) -> None:
        """Do it, and say what came of it."""
        user = User.objects.named(person).filter(kind=User.Kind.PERSON).first()
        if user is None:
            message = "Nobody has this e-mail or external id. Look for the person at /admin/, or mind the spelling."
            raise CommandError(message)
        if not second_factor.reset(user, by=None):
            message = "This person has no second factor. Their sign-ins are ended all the same."
            raise CommandError(message)
        self.stdout.write("Turned off. The person signs in with their password now; every sign-in of theirs is ended.")
