"""The audit trail from the command line: `manage.py audit verify|export|prune|ship|mend`."""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from privacy_service.decisions.audit import ship
from privacy_service.decisions.audit.chain import INSTALLATION
from privacy_service.decisions.audit.exporting import Wanted, csv_lines, json_lines
from privacy_service.decisions.audit.mending import NothingToMend, mend
from privacy_service.decisions.audit.retention import prune
from privacy_service.decisions.audit.shipping import take_back_refused
from privacy_service.decisions.audit.verifying import Fault, Verified, missing_chains, verify
from privacy_service.decisions.models import AuditChain, AuditRecord
from privacy_service.decisions.types import Effect, Reason
from workspaces.acts import Act, note
from workspaces.models import User, Workspace

FORMATS = {"csv": csv_lines, "jsonl": json_lines}
INSTALLATION_NAME = "installation"
_SAY_EVERY_SECONDS = 2.0
_FOUND, _UNCHECKED = 1, 2


class Command(BaseCommand):
    """Verify, export and prune the trail."""

    help = "Verify, export and prune the audit trail."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one action and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True)
        verifying = actions.add_parser("verify", help="say whether anything was changed, removed or moved, and where")
        verifying.add_argument("--workspace", metavar="SLUG", help=f"one chain alone; `{INSTALLATION_NAME}` is one too")
        verifying.add_argument("--expect", metavar="SLUG:POSITION:HASH", action="append", default=[], type=_noted)
        _take_filters(actions.add_parser("export", help="write records as CSV or JSON Lines"))
        pruning = actions.add_parser("prune", help="take away what is older than it must be kept")
        pruning.add_argument("--days", type=_days, default=settings.PRIVACY_AUDIT_RETENTION_DAYS)
        shipping = actions.add_parser("ship", help="move what waits in this host's spool into the database")
        shipping.add_argument("--refused", action="store_true", help="what was set aside as well")
        mending = actions.add_parser("mend", help="let a chain go on whose end was tampered with")
        mending.add_argument("workspace", metavar="SLUG")
        mending.add_argument("--reason", required=True)

    def handle(self, *_: str, action: str, **options: Any) -> None:
        """Carry the action out."""
        match action:
            case "verify":
                self._verify(options["workspace"], options["expect"])
            case "export":
                _export(options)
            case "prune":
                self._prune(options["days"])
            case "ship":
                if options["refused"]:
                    self.stdout.write(f"Took {take_back_refused()} files of refused records back.")
                self.stdout.write(f"Moved {ship()} records into the database.")
            case "mend":
                self._mend(options["workspace"], options["reason"])

    def _verify(self, slug: str | None, expected: list[tuple[str, int, str]]) -> None:
        faults = 0
        for workspace_id, name in _chains(slug):
            found = verify(workspace_id, _Progress(self.stderr, name))
            faults += len(found.faults)
            self.stdout.write("\n".join(_told(name, found)))
        whole = [] if slug else [*missing_chains()]
        for fault in [*whole, *_unmet(expected)]:
            faults += 1
            self.stdout.write(f"{_name_of(fault.workspace_id)}: {fault}")
        if faults:
            message = f"{faults} {'faults' if faults > 1 else 'fault'} found: the trail is not what the service wrote."
            raise CommandError(message, returncode=_FOUND)

    def _prune(self, days: int) -> None:
        if not days:
            message = "Say --days N, or set PRIVACY_AUDIT_RETENTION_DAYS: at 0 every record is kept."
            raise CommandError(message, returncode=_UNCHECKED)
        removed = prune(days=days)
        for workspace_id, count in removed.items():
            self.stdout.write(f"{_name_of(workspace_id)}: {count} records")
        self.stdout.write(f"Took away {sum(removed.values())} records older than {days} days.")

    def _mend(self, slug: str, reason: str) -> None:
        workspace_id, _ = next(_chains(slug))
        try:
            end = mend(None if workspace_id == INSTALLATION else _workspace(slug), reason=reason)
        except NothingToMend:
            message = f"Nothing to mend: the chain of {slug} ends where its sealed row says."
            raise CommandError(message, returncode=_UNCHECKED) from None
        self.stdout.write(f"The chain goes on after record {end.last_position}; the trail says so.")


class _Progress:
    """Says now and then how far a long verification has come."""

    def __init__(self, out: Any, name: str) -> None:
        self._out, self._name, self._said_at = out, name, time.monotonic()

    def __call__(self, records: int) -> None:
        """Say it, unless it was said just now."""
        if time.monotonic() - self._said_at > _SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self._out.write(f"{self._name}: {records:,} records read", ending="\n")


def _take_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=sorted(FORMATS), default="jsonl")
    parser.add_argument("--output", metavar="FILE", type=Path, help="where to; without it, to standard output")
    parser.add_argument("--since", type=_moment, help="a date or a time, UTC unless it says otherwise")
    parser.add_argument("--until", type=_moment, help="up to, and without, this date or time")
    parser.add_argument("--workspace", metavar="SLUG")
    parser.add_argument("--actor", metavar="NAME", help="e-mail, external id or id")
    parser.add_argument("--kind", choices=("decision", *Act))
    parser.add_argument("--endpoint")
    parser.add_argument("--effect", choices=[*Effect])
    parser.add_argument("--reason", choices=[*Reason])


def _export(options: dict[str, Any]) -> None:
    texts = {name: options[name] or "" for name in ("kind", "endpoint", "effect", "reason")}
    workspace = _id_of(options["workspace"]) if options["workspace"] else None
    actor = _actor(options["actor"]) if options["actor"] else None
    wanted = Wanted(since=options["since"], until=options["until"], workspace_id=workspace, actor_id=actor, **texts)
    lines = FORMATS[options["format"]](wanted.records())
    note(Act.AUDIT_EXPORTED, _workspace(options["workspace"]) if workspace else None, None, format=options["format"])
    if options["output"] is None:
        _write(lines, sys.stdout.buffer)
        return
    with options["output"].open("xb") as out:
        _write(lines, out)


def _write(lines: Iterator[bytes], out: BinaryIO) -> None:
    out.writelines(lines)
    out.flush()


def _chains(slug: str | None) -> Iterator[tuple[UUID, str]]:
    if slug is None:
        for workspace_id in AuditChain.objects.order_by("number").values_list("pk", flat=True):
            yield workspace_id, _name_of(workspace_id)
        return
    workspace_id = _id_of(slug)
    if not AuditChain.objects.filter(pk=workspace_id).exists():
        message = f"Nothing is recorded of {slug} yet."
        raise CommandError(message, returncode=_UNCHECKED)
    yield workspace_id, slug


def _told(name: str, found: Verified) -> list[str]:
    if not found.faults:
        end = f"; ends with {name}:{found.chain.last_position}:{found.chain.last_hash}" if found.records else ""
        return [f"{name}: whole, {found.records:,} records{end}"]
    return [f"{name}: {fault}" for fault in found.faults]


def _unmet(expected: list[tuple[str, int, str]]) -> Iterator[Fault]:
    """Yield a fault for each end noted earlier that the trail no longer knows: it was set back with its seal."""
    for slug, position, its_hash in expected:
        workspace_id = _id_of(slug)
        held = AuditChain.objects.filter(pk=workspace_id, first_position__gt=position).exists()
        if (
            not held
            and not AuditRecord.objects.filter(workspace_id=workspace_id, position=position, hash=its_hash).exists()
        ):
            yield Fault(workspace_id, position, f"record {position} is not the one with the hash that was noted")


def _id_of(slug: str) -> UUID:
    workspace = _workspace(slug)
    return workspace.pk if workspace else INSTALLATION


def _workspace(slug: str) -> Workspace | None:
    if slug == INSTALLATION_NAME:
        return None
    try:
        return Workspace.objects.get(slug=slug)
    except Workspace.DoesNotExist:
        message = f"There is no workspace {slug!r}; the admin lists those there are."
        raise CommandError(message, returncode=_UNCHECKED) from None


def _name_of(workspace_id: UUID) -> str:
    if workspace_id == INSTALLATION:
        return INSTALLATION_NAME
    return Workspace.objects.filter(pk=workspace_id).values_list("slug", flat=True).first() or str(workspace_id)


def _actor(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        user = User.objects.named(name).first()
    if user is None:
        message = f"Nobody here is called {name!r}; somebody who has gone is found by their id."
        raise CommandError(message, returncode=_UNCHECKED)
    return user.pk


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text} is no time: write 2026-10-01 or 2026-10-01T09:00:00"
        raise argparse.ArgumentTypeError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _days(text: str) -> int:
    if not text.isdecimal() or not int(text):
        message = f"{text} is no number of days: give 1 or more"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _noted(text: str) -> tuple[str, int, str]:
    slug, position, its_hash = [*text.split(":"), "", ""][:3]
    if not position.isdecimal() or not its_hash:
        message = f"{text} is not SLUG:POSITION:HASH, as `audit verify` prints it"
        raise argparse.ArgumentTypeError(message)
    return slug, int(position), its_hash
