"""Turn the release on, off or to a share of workspaces: `manage.py release on|off|dial N|override SLUG ...|status`."""

import argparse
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy_service.rollout import release
from privacy_service.rollout.models import Flag
from workspaces.models import Workspace

_SETTINGS = {"on": True, "off": False, "clear": None}


class Command(BaseCommand):
    """Move the release; every process follows within two seconds."""

    help = "Turn PII access control on or off, dial it up by percentage, or force it for one workspace."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one action and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("on", help="release to every workspace that is not forced off")
        actions.add_parser("off", help="take it back from everybody, forced on or not")
        actions.add_parser("status", help="say how far the release has come")
        actions.add_parser("dial", help="release to a share of workspaces").add_argument("percent", type=_percent)
        override = actions.add_parser("override", help="force it on or off for one workspace, or clear that")
        override.add_argument("slug")
        override.add_argument("setting", choices=sorted(_SETTINGS))

    def handle(self, *_: str, action: str, **options: Any) -> None:
        """Carry the action out, then say where the release stands."""
        match action:
            case "on":
                release.turn_on()
            case "off":
                release.turn_off()
            case "dial":
                release.dial(options["percent"])
            case "override":
                _override(options["slug"], options["setting"])
        self.stdout.write(_summary(release.state(), Workspace.objects.count()))


def _percent(text: str) -> Decimal:
    try:
        percent = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        percent = Decimal(-1)
    if not (percent.is_finite() and 0 <= percent <= 100):  # noqa: PLR2004 - a percentage.
        message = f"{text} is not a percentage: give a number from 0 to 100"
        raise argparse.ArgumentTypeError(message)
    return percent.quantize(Decimal("0.01"))


def _override(slug: str, setting: str) -> None:
    try:
        release.override(_workspace(slug), setting=_SETTINGS[setting])
    except Flag.DoesNotExist:
        message = "The flag is missing, so everything is masked. Say `release off`, `dial N` or `on` first."
        raise CommandError(message) from None


def _workspace(slug: str) -> Workspace:
    try:
        return Workspace.objects.get(slug=slug)
    except Workspace.DoesNotExist:
        message = f"There is no workspace {slug!r}; the admin lists those there are."
        raise CommandError(message) from None


def _summary(state: release.ReleaseState, workspaces: int) -> str:
    reach = {
        True: "on for every workspace",
        False: "off for everybody",
        None: f"on for {state.percent.normalize():f} % of workspaces",
    }
    return "\n".join(
        (
            f"pii_access: {reach[state.everyone]} ({workspaces} in all)",
            f"forced on:  {', '.join(state.forced_on) or 'none'}",
            f"forced off: {', '.join(state.forced_off) or 'none'}",
        )
    )
