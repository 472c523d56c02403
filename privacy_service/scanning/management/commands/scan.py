"""Look through a source for fields: `manage.py scan postgresql://reader@db/shop --workspace acme`."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from classifier import Colour, Tier
from privacy_service.inventory.looking import Look
from privacy_service.inventory.models import LONGEST_ADDRESS, Scan, ScanState
from privacy_service.jobs.errors import JobRefused
from privacy_service.jobs.policies import workspace_named
from privacy_service.jobs.progress import Line, plural
from privacy_service.scanning.running import Scanned, run
from privacy_service.scanning.sources.base import ScanRefused
from privacy_service.scanning.targets import slug_for, target_of

NEW_RED, REFUSED, INTERRUPTED = 1, 3, 130
_BAR = 20
_HEADER = ("COLOUR", "FIELD", "KINDS", "SHARE", "TOLD BY", "SHAPE")
_WIDEST = 48


class Command(BaseCommand):
    """Sample a source, say which of its fields are personal, and write them into the workspace's Inbox."""

    help = (
        "Sample the tables of a database, files, topics or a destination; say of each field what it holds, and write "
        "it into the workspace's Inbox. No value is kept or shown: examples are shapes. Exit status: 0 done, 1 there "
        "are new red fields (with --fail-on-new-red), 2 a wrong argument, 3 nothing could be read, 130 interrupted."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to look through, and for whom."""
        parser.add_argument(
            "source",
            metavar="SOURCE",
            help="dialect://user:password@host/name, env:VARIABLE that holds it, topic:NAME or topic:*, a slug of a "
            "destination, or a file, a folder, a pattern in quotes, s3://bucket/folder/",
        )
        parser.add_argument("--workspace", metavar="SLUG", required=True, help="whose inventory it is for")
        parser.add_argument("--as", dest="slug", default="", help="the slug of the source; else named after SOURCE")
        parser.add_argument("--rows", type=int, default=500, help="records of each place (default: 500)")
        parser.add_argument("--schema", help="of a database, this schema alone")
        parser.add_argument("--tier", choices=[*Tier], default=Tier.FAST, help="how thoroughly to look (default: fast)")
        parser.add_argument("--all", action="store_true", help="show green fields too")
        parser.add_argument("--json", action="store_true", help="a line of JSON for each field")
        parser.add_argument("--fail-on-new-red", action="store_true", help="exit with 1 where a red field is new")

    def handle(self, *_: Any, **options: Any) -> None:
        """Scan, and tell."""
        if options["rows"] < 1:
            message = "--rows must be at least 1."
            raise CommandError(message, returncode=2)
        self._seen: list[Scanned] = []
        self._line = Line(self.stderr)
        try:
            scan = self._scan(options)
        except (JobRefused, ScanRefused) as error:
            raise CommandError(str(error), returncode=REFUSED) from None
        except KeyboardInterrupt:
            message = "Stopped. What was looked at is in the Inbox."
            raise CommandError(message, returncode=INTERRUPTED) from None
        finally:
            self._line.close()
        self._tell(scan, options)

    def _scan(self, options: dict[str, Any]) -> Scan:
        workspace = workspace_named(options["workspace"])
        if workspace is None:
            message = "--workspace must name a workspace."
            raise ScanRefused(message)
        source = target_of(workspace, options["source"], rows=options["rows"], schema=options["schema"])
        slug = options["slug"] or slug_for(source)
        address = source.address[:LONGEST_ADDRESS]
        scan = Scan.objects.create(workspace=workspace, source=slug, address=address, rows=options["rows"])
        return run(scan, source, self._told, tier=Tier(options["tier"]))

    def _told(self, scan: Scan, scanned: Scanned) -> None:
        self._seen.append(scanned)
        done = _BAR * scan.places_done // max(scan.places, 1)
        bar = "#" * done + "." * (_BAR - done)
        new = f"{scan.new_fields} new, {scan.new_red_fields} of them red"
        self._line.show(f"[{bar}] {scan.places_done}/{scan.places} {scanned.place}: {scan.fields} fields ({new})")

    def _tell(self, scan: Scan, options: dict[str, Any]) -> None:
        for scanned in self._seen:
            looks = [look for look in scanned.looks if options["all"] or look.recommended != Colour.GREEN]
            lines = _as_json(scanned.place, looks) if options["json"] else _as_table(scanned.place, looks)
            for line in lines:
                self.stdout.write(line)
        if scan.state == ScanState.FAILED:
            raise CommandError(scan.message, returncode=REFUSED)
        if scan.message:
            self.stderr.write(scan.message)
        tell = self.stderr if options["json"] else self.stdout
        tell.write(
            f"{plural(scan.records, 'record')} of {plural(scan.places_done, 'place')}: {plural(scan.fields, 'field')}, "
            f"{scan.new_fields} new, {scan.new_red_fields} of them red. They are in {scan.workspace}'s inventory as "
            f"{scan.source}."
        )
        if scan.new_red_fields and options["fail_on_new_red"]:
            message = f"{plural(scan.new_red_fields, 'red field')} new."
            raise CommandError(message, returncode=NEW_RED)


def _as_json(place: str, looks: Iterable[Look]) -> Iterator[str]:
    for look in looks:
        told: dict[str, Any] = {
            "place": place,
            "path": look.path,
            "recommended": look.recommended,
            "kinds": dict(look.kinds),
        }
        told |= {"sampled": look.sampled, "found": look.found, "found_by": look.found_by, "examples": look.examples}
        yield orjson.dumps(told).decode()


def _as_table(place: str, looks: list[Look]) -> Iterator[str]:
    if not looks:
        return
    rows = [
        _HEADER,
        *(_row(look) for look in sorted(looks, key=lambda one: (list(Colour).index(one.recommended), one.path))),
    ]
    widths = [min(_WIDEST, max(len(row[at]) for row in rows)) for at in range(len(_HEADER))]
    yield place
    for row in rows:
        yield "  " + "  ".join(cell[:width].ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(look: Look) -> tuple[str, ...]:
    share = f"{look.found / look.sampled:.0%}" if look.sampled else "-"
    kinds = ", ".join(kind for kind, _ in look.kinds.most_common(3)) or "-"
    return look.recommended, look.path, kinds, share, look.found_by or "-", look.examples[0] if look.examples else "-"
