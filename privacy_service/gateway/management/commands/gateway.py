"""Register the backends behind the gateway: `manage.py gateway add|list|check|remove`."""

import argparse
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from privacy_service.gateway.checking import check
from privacy_service.gateway.models import Upstream
from privacy_service.gateway.upstreams import remove_upstream, store_upstream
from workspaces.models import ServiceAccount, Source, Workspace


class Command(BaseCommand):
    """Add, list, try and remove upstreams; every gateway process follows within two seconds."""

    help = "Register the backends behind the built-in gateway, and see whether they answer."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one action and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="add an upstream, or change the one that is there")
        _add_name(add)
        add.add_argument("url", help="such as https://orders.internal:8443/api")
        add.add_argument("--source", default="", help="the slug of the workspace's source that its data is from")
        add.add_argument("--tokens-of", default="", help="the service account that verifies readers with a token alone")
        add.add_argument("--passes", default="", help="media types passed on though they cannot be masked: image/*")
        add.add_argument("--keeps-events", action="store_true", help="leave out of requests what may not be taken in")
        add.add_argument("--destination", default="", help="its name in the workspace's consent settings")
        add.add_argument("--connect-seconds", type=float, default=3.0)
        add.add_argument("--read-seconds", type=float, default=30.0)
        actions.add_parser("list", help="list them all")
        tried = actions.add_parser(
            "check", help="ask an upstream for a path, without credentials, and say what it does"
        )
        _add_name(tried)
        tried.add_argument("--path", default="/", help="below its address")
        _add_name(actions.add_parser("remove", help="take an upstream away"))

    def handle(self, *_: str, action: str, **options: Any) -> None:
        """Carry the action out and say what became of it."""
        try:
            self.stdout.write("\n".join(_ACTIONS[action](options)))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workspace", help="the workspace's slug")
    parser.add_argument("upstream", help="the upstream's slug, as in /gateway/{workspace}/{upstream}/")


def _add(options: dict[str, Any]) -> list[str]:
    workspace = _workspace(options)
    slug = options["upstream"]
    upstream = Upstream.objects.filter(workspace=workspace, slug=slug).first() or Upstream(
        workspace=workspace, slug=slug
    )
    upstream.url = options["url"]
    upstream.source = _named(Source, workspace, slug=options["source"]) if options["source"] else None
    upstream.token_account = _account(workspace, options["tokens_of"]) if options["tokens_of"] else None
    upstream.passed_types = options["passes"]
    upstream.screens_events, upstream.destination = options["keeps_events"], options["destination"]
    upstream.connect_seconds, upstream.read_seconds = options["connect_seconds"], options["read_seconds"]
    store_upstream(upstream)
    return [f"{upstream.path}/ leads to {upstream.url}. Every gateway process follows within two seconds."]


def _list(_: dict[str, Any]) -> list[str]:
    upstreams = Upstream.objects.select_related("workspace")
    lines = [f"{one.path}/  {one.url}{'' if one.is_active else '  (not active)'}" for one in upstreams]
    return lines or ["No upstream is registered: `manage.py gateway add acme orders https://orders.internal` adds one."]


def _check(options: dict[str, Any]) -> list[str]:
    checked = check(_upstream(options), options["path"])
    if not checked.is_well:
        raise CommandError(" ".join(checked.lines))
    return list(checked.lines)


def _remove(options: dict[str, Any]) -> list[str]:
    upstream = _upstream(options)
    path = upstream.path
    remove_upstream(upstream)
    return [f"{path}/ leads nowhere any more."]


def _workspace(options: dict[str, Any]) -> Workspace:
    workspace = Workspace.objects.filter(slug=options["workspace"]).first()
    if workspace is None:
        message = f"There is no workspace {options['workspace']}."
        raise CommandError(message)
    return workspace


def _upstream(options: dict[str, Any]) -> Upstream:
    found: Upstream = _named(Upstream, _workspace(options), slug=options["upstream"])
    return found


def _account(workspace: Workspace, name: str) -> ServiceAccount:
    unbound = ServiceAccount.objects.filter(workspace=None, name=name).first()
    found: ServiceAccount = unbound or _named(ServiceAccount, workspace, name=name)
    return found


def _named(model: Any, workspace: Workspace, **named: str) -> Any:
    found = model.objects.filter(workspace=workspace, **named).select_related("workspace").first()
    if found is None:
        message = f"The workspace {workspace} has no {model._meta.verbose_name} {next(iter(named.values()))}."  # noqa: SLF001 - Django's public model interface.
        raise CommandError(message)
    return found


_ACTIONS = {"add": _add, "list": _list, "check": _check, "remove": _remove}
