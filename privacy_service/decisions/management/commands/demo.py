"""Make the demo workspace that `make run` shows."""

import argparse
import secrets
from collections.abc import Iterable, Sequence

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from classifier import Entity, Policy
from privacy_service.decisions.demonstration import CAST, bring_to_life
from privacy_service.decisions.versions import store_version
from privacy_service.rollout import release
from privacy_service.rollout.stages import Position, Stage
from workspaces.grants import add_member, grant
from workspaces.keys import Scope, create_service_account, digest_of, issue_key, new_key
from workspaces.models import ApiKey, Membership, ServiceAccount, User, Workspace
from workspaces.roles import Role

SLUG = "acme"
ACCOUNT = "acme-backend"
ADMIN = "admin@acme.example"
_SHORTEST_KEY = 20


class Command(BaseCommand):
    """Create acme with its cast; a second run changes nothing that is there."""

    help = "Create the workspace acme: alice owns it, bob is a member, carol sees personal data, mallory is a stranger."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the key that scripts want to use."""
        parser.add_argument("--key", default="", help="use this API key instead of a random one")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the service answers")
        parser.add_argument("--passwords", action="store_true", help="give everybody who signs in a new password")
        parser.add_argument("--alive", action="store_true", help="add people, access on terms and a day of decisions")

    def handle(self, *_: str, key: str, url: str, alive: bool, passwords: bool, **__: object) -> None:
        """Create what is missing and say how to try it."""
        if key and len(key) < _SHORTEST_KEY:
            message = f"The demo key is too short: give at least {_SHORTEST_KEY} characters."
            raise CommandError(message)
        with transaction.atomic():
            made = _create_workspace()
            given = {"admin": _create_admin(), "cast": secrets.token_urlsafe(9) if made and alive else ""}
            key = _create_key(key)
            if made and alive:
                bring_to_life(made, given["cast"])
            if passwords:
                given = {"admin": _renewed([ADMIN]), "cast": _renewed(_addresses(CAST))}
        self.stdout.write(_how_to_try(url, key, given))


def _create_workspace() -> Workspace | None:
    """Return the workspace where it is new."""
    workspace, is_new = Workspace.objects.get_or_create(slug=SLUG, defaults={"name": "Acme", "is_internal": True})
    if not is_new:
        return None
    add_member(workspace, _person("alice"), kind=Membership.Kind.OWNER)
    add_member(workspace, _person("bob"))
    grant(add_member(workspace, _person("carol")), Role.PII_VIEWER)
    _person("mallory")
    rules = (
        Policy.named("balanced").with_operator(Entity.US_SSN, "shape").with_operator(Entity.PERSON, "keep").as_dict()
    )
    store_version(workspace, rules, reason="Demo: numbers keep their shape, names stay.")
    if release.state().position.stage is Stage.OFF:
        release.move_to(Position(Stage.INTERNAL))
    return workspace


def _person(name: str) -> User:
    return User.objects.create_user(f"{name}@acme.example", name=name.title(), external_id=name)


def _create_admin() -> str:
    """Return the password of a new administrator, or nothing where there is one already."""
    if User.objects.filter(email=ADMIN).exists():
        return ""
    password = secrets.token_urlsafe(9)
    User.objects.create_superuser(ADMIN, password, name="Administrator")
    return password


def _addresses(names: Iterable[str]) -> list[str]:
    return [f"{name}@acme.example" for name in names]


def _renewed(addresses: Sequence[str]) -> str:
    """Return a new password of these people of the demo; whoever is signed in by the old one signs in again."""
    password = secrets.token_urlsafe(9)
    for user in User.objects.filter(email__in=addresses):
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


def _create_key(wanted: str) -> str:
    """Return the key of the backend's account where it is new or was asked for; an old one cannot be read."""
    account = ServiceAccount.objects.filter(name=ACCOUNT).first()
    if account and not wanted:
        return ""
    account = account or create_service_account(ACCOUNT, workspace=Workspace.objects.get(slug=SLUG))
    if wanted and ApiKey.objects.filter(digest=digest_of(wanted)).exists():
        return wanted
    return issue_key(account.user, name="demo", scopes=tuple(Scope), key=wanted or new_key())[1]


def _how_to_try(url: str, key: str, passwords: dict[str, str]) -> str:
    shown = key or "KEY"
    lines = [
        "Try it as bob, whose role lacks personal data; as carol, whose role grants it; as mallory, a stranger:",
        "",
        *(_curl(url, shown, reader) for reader in ("bob", "carol", "mallory")),
        "",
        f"Console   {url}/console/  as {_signing_in()}" + _with(passwords["cast"]),
        f"Admin     {url}/admin/  as {ADMIN}" + _with(passwords["admin"]),
        f"API docs  {url}/docs",
    ]
    if key:
        lines.append(f"API key   {key}  (shown once; keep it)")
    else:
        lines.append(
            "API key   made at the first run, not shown again; `make run DEMO_KEY=...` adds one of your choice"
        )
    if not all(passwords.values()):
        lines.append('Passwords were shown at the first run; new ones: make manage COMMAND="demo --passwords"')
    return "\n".join(lines)


def _signing_in() -> str:
    """Name those who have a password, the owner by her whole address; mallory, a stranger here, sees nothing inside."""
    people = User.objects.filter(email__in=_addresses(CAST)).exclude(external_id="mallory").order_by("external_id")
    names = [str(one.external_id) for one in people if one.has_usable_password()] or ["alice"]
    *others, last = [f"{names[0]}@acme.example", *names[1:]]
    return f"{', '.join(others)} or {last}" if others else last


def _with(password: str) -> str:
    return f", password {password}" if password else ""


def _curl(url: str, key: str, reader: str) -> str:
    return (
        f"  curl -s {url}/v1/workspaces/{SLUG}/mask -H 'Authorization: Bearer {key}' "
        f"-H 'X-Actor: {reader}@acme.example' -H 'Content-Type: application/json' "
        """-d '{"name":"alice","ssn":"123-45-6789"}'"""
    )
