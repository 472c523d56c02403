"""Turn the release on, off or to a share of workspaces: `manage.py release on|off|dial N|override SLUG ...|status`."""

import argparse
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy_service.rollout import release
from privacy_service.rollout.models import Flag
from privacy_service.rollout.stages import Position, Stage, plain, read_percent
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
        return read_percent(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


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


def _reach(position: Position) -> str:
    if position.percent:
        return f"on for {plain(position.percent)} % of workspaces"
    return _REACHES[position.stage]


_REACHES = {
    Stage.OFF: "off for everybody",
    Stage.SHADOW: "in shadow, on for nobody but those forced on",
    Stage.INTERNAL: "on for internal workspaces",
    Stage.BETA: "on for internal workspaces and beta testers",
    Stage.PUBLIC: "on for every workspace",
}


def _summary(state: release.ReleaseState, workspaces: int) -> str:
    return "\n".join(
        (
            f"pii_access: {_reach(state.position)} ({workspaces} in all)",
            f"forced on:  {', '.join(state.forced_on) or 'none'}",
            f"forced off: {', '.join(state.forced_off) or 'none'}",
        )
    )
