"""Systems as code: `manage.py destinations list WORKSPACE`, `check FILE`, `apply FILE`."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from privacy_service.subjects.as_code import Wished, wished_in
from privacy_service.subjects.destinations import abilities_of
from privacy_service.subjects.models import Destination
from privacy_service.subjects.registering import keep
from workspaces.yaml_files import FileRefused

REFUSED = 2


class Command(BaseCommand):
    """Exit codes, for a pipeline: 0 as wished, 2 it could not be done."""

    help = "Keep the systems that can forget somebody as a file: list, check, apply."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one action and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="what a workspace has, what each knows people by and can do")
        listing.add_argument("workspace")
        actions.add_parser("check", help="say what a file would change; nothing is kept").add_argument(
            "file", type=Path
        )
        apply = actions.add_parser("apply", help="make known what a file has, all of it or nothing; others stay")
        apply.add_argument("file", type=Path)

    def handle(self, *_: str, action: str, **options: Any) -> None:
        """Carry the action out."""
        try:
            match action:
                case "list":
                    self._list(options["workspace"])
                case "check":
                    self._tell(wished_in(options["file"]))
                case "apply":
                    self._apply(options["file"])
        except FileRefused as error:
            raise CommandError(str(error), returncode=REFUSED) from None

    def _list(self, slug: str) -> None:
        rows = Destination.objects.filter(workspace__slug=slug).select_related("workspace").order_by("slug")
        if not rows:
            message = f"There is no workspace {slug!r}, or it has no destinations."
            raise CommandError(message, returncode=REFUSED)
        table: list[tuple[str, ...]] = [("slug", "kind", "layer", "knows people by", "can", "region", "processor", "")]
        table += [_row(one) for one in rows]
        widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
        for row in table:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _tell(self, wished: list[Wished]) -> None:
        for one in wished:
            told = "new" if one.is_new else f"changes {', '.join(one.changes)}" if one.changes else "as it is"
            self.stdout.write(f"{one.destination.slug}: {told}")

    @transaction.atomic
    def _apply(self, path: Path) -> None:
        wished = wished_in(path)
        self._tell(wished)
        changed = [one for one in wished if one.changes]
        for one in changed:
            keep(one.destination)
        self.stdout.write(f"Kept {len(changed)} of {len(wished)}.")


def _row(one: Destination) -> tuple[str, ...]:
    return (
        one.slug,
        one.kind,
        one.stands_as.value,
        ", ".join(sorted(one.known_by)),
        ", ".join(sorted(abilities_of(one))) or "nothing: its options or secrets cannot be used",
        one.region,
        one.processor,
        "" if one.is_active else "paused",
    )
