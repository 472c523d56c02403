"""Turn old rights to see personal data into the role PII viewer: `manage.py fold_legacy_permissions MAPPING.yaml`."""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from workspaces.legacy.folding import MEANINGS, Entry, Outcome, fold, strip, undo
from workspaces.legacy.mapping import read_mapping
from workspaces.legacy.reports import new_report, read_report, write_report
from workspaces.yaml_files import FileRefused

REFUSED = 2
_MOST_TOLD = 10
_TOLD_SINGLY = frozenset({Outcome.NO_MEMBER, Outcome.UNKNOWN, Outcome.NOT_FOLDED})


class Command(BaseCommand):
    """Fold, weeks later --strip, and --undo REPORT to take back; each is a dry run unless --apply is said."""

    help = "Fold old rights to see personal data, named in a mapping, into the role PII viewer; then strip them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the mapping, the step, and where to report."""
        parser.add_argument("mapping", type=Path, nargs="?", help="MAPPING.yaml: which old rights, and where they are")
        steps = parser.add_mutually_exclusive_group()
        steps.add_argument("--strip", action="store_true", help="take away old rights that were folded")
        steps.add_argument("--undo", type=Path, metavar="REPORT", help="take back what this report tells of")
        parser.add_argument("--apply", action="store_true", help="do it; without this nothing is changed")
        parser.add_argument("--report", type=Path, help="where to report; a new file in this folder if left out")

    def handle(self, *_: str, apply: bool, **options: Any) -> None:
        """Carry one step out, and report."""
        step = "undo" if options["undo"] else "strip" if options["strip"] else "fold"
        path = options["report"] or Path(f"legacy-{step}-{timezone.now():%Y%m%dT%H%M%S}.json")
        done: list[Entry] = []
        try:
            entries = _step(step, options, apply=apply)
            report = new_report(path) if apply else None
            try:
                for entry in entries:
                    done.append(entry)  # noqa: PERF402 - what was done before an error must be in the report too.
            finally:
                if report:
                    write_report(report, step, done)
        except FileRefused as error:
            raise CommandError(str(error), returncode=REFUSED) from None
        self._tell(done, apply=apply)
        if apply:
            self.stdout.write(f"Report: {path}" + ("" if step == "undo" else f" (take it back with --undo {path})"))

    def _tell(self, done: list[Entry], *, apply: bool) -> None:
        counts = Counter(entry.outcome for entry in done)
        if not done:
            self.stdout.write("Nothing was found.")
        for outcome, count in counts.items():
            self.stdout.write(f"{count:6,} {outcome:11} {MEANINGS[outcome]}")
        single = [entry for entry in done if entry.outcome in _TOLD_SINGLY]
        for entry in single[:_MOST_TOLD]:
            told = ", ".join(f"{name} {value}" for name, value in entry.detail.items())
            self.stdout.write(f"       {entry.outcome}: {entry.source}: {told}")
        if len(single) > _MOST_TOLD:
            self.stdout.write(f"       ... and {len(single) - _MOST_TOLD:,} more.")
        if not apply:
            self.stdout.write("Dry run: nothing was changed. Say --apply to do it.")


def _step(step: str, options: dict[str, Any], *, apply: bool) -> Iterator[Entry]:
    if step == "undo":
        return undo(read_report(options["undo"]), apply=apply)
    if options["mapping"] is None:
        message = "Name a mapping: fold_legacy_permissions MAPPING.yaml. docs/access.md shows one."
        raise FileRefused(message)
    mapping = read_mapping(options["mapping"])
    return (strip if step == "strip" else fold)(mapping, apply=apply)
