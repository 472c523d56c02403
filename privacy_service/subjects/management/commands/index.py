"""The index at the command line: `manage.py index acme status|scan|where`."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from privacy_service.exceptions import Conflict
from privacy_service.subjects.destinations import OptionsRefused
from privacy_service.subjects.identifiers import NOBODY, Identifier, Kind
from privacy_service.subjects.index import knowing, scanning
from privacy_service.subjects.models import Destination, IndexEntry, IndexScan
from workspaces.models import Workspace
from workspaces.sealing import SealBroken

REFUSED = 3
_CLEAR = "\r\x1b[K"


class Command(BaseCommand):
    """Fill the index from systems, and ask it where somebody is."""

    help = (
        "Where each person of a workspace is known. Exit status: 0 done, 2 a wrong argument, 3 something was refused."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the workspace and what to do."""
        parser.add_argument("workspace", metavar="WORKSPACE", help="its slug")
        what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
        what.add_parser("status", help="how many people are known from each source, and the last scans")
        scan = what.add_parser("scan", help="read a whole system into the index, here and now")
        scan.add_argument("destination", metavar="DESTINATION", help="its slug")
        where = what.add_parser("where", help="say where somebody is; their name is asked for, or read from the input")
        where.add_argument("kind", choices=[*Kind], metavar="KIND", help=f"of the name: {', '.join(Kind)}")

    def handle(self, *_: Any, **options: Any) -> None:
        """Do it, and tell."""
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            message = f"There is no workspace {options['workspace']}."
            raise CommandError(message, returncode=2)
        try:
            {"status": self._status, "scan": self._scan, "where": self._where}[options["what"]](workspace, options)
        except (Conflict, OptionsRefused, SealBroken) as error:
            raise CommandError(str(error), returncode=REFUSED) from None

    def _status(self, workspace: Workspace, options: dict[str, Any]) -> None:
        del options
        counted = IndexEntry.objects.filter(workspace=workspace).order_by("source").values("source")
        rows = list(counted.annotate(people=Count("pk")))
        for row in rows:
            self.stdout.write(f"{row['people']:>12,}  {row['source']}")
        if not rows:
            self.stdout.write("The index knows nobody yet: scan a system, or turn on learning from events.")
        scans = IndexScan.objects.filter(destination__workspace=workspace).select_related("destination")
        for scan in scans[:10]:
            self.stdout.write(f"{scan.created_at:%Y-%m-%d %H:%M}  {scan.destination.slug}: {scan.state} {scan.problem}")

    def _scan(self, workspace: Workspace, options: dict[str, Any]) -> None:
        destination = Destination.objects.filter(workspace=workspace, slug=options["destination"]).first()
        if destination is None:
            message = f"{workspace.slug} has no destination {options['destination']}."
            raise CommandError(message, returncode=2)
        scan = scanning.carry_out(scanning.begin(destination, here=True).pk, self._show)
        if self.stderr.isatty():
            self.stderr.write(_CLEAR, ending="")
        if scan is None:
            message = "A worker was faster, and reads it: `status` shows how it goes."
            raise CommandError(message, returncode=REFUSED)
        if scan.state == IndexScan.State.FAILED:
            raise CommandError(scan.problem, returncode=REFUSED)
        people = IndexEntry.objects.filter(destination=destination).count()
        self.stdout.write(f"{scan.people:,} records read; the index knows {people:,} people in {destination.slug}.")

    def _show(self, people: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"{_CLEAR}{people:,} records read", ending="")
            self.stderr.flush()

    def _where(self, workspace: Workspace, options: dict[str, Any]) -> None:
        # A name on a command line is seen by everybody on the machine, and kept by the shell.
        value = getpass(f"{options['kind']}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        asked = Identifier(Kind(options["kind"]), value)
        if not asked.normal:
            message = "Give the name on the standard input." if not value else NOBODY
            raise CommandError(message, returncode=2)
        known = knowing.known_as(workspace, [asked], believes_claims=True)
        for entry in knowing.entries_of(known):
            self.stdout.write(f"{entry.source:<24} last seen {entry.seen_at:%Y-%m-%d %H:%M}")
        if not known.entries:
            self.stdout.write("The index knows nobody by this name.")
        for name, kinds in known.told.items():
            counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
            self.stdout.write(f"{'Other names' if name == 'found' else 'Names that others have too'}: {counted}")
