"""Enrol many members from a CSV file: `manage.py import_members FILE`."""

import argparse
import csv
import gc
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from workspaces.management.progress import Bar
from workspaces.members.enrolling import BATCH, Counts, Rehearsal, enrol, prepared, tell_of
from workspaces.members.reading import COLUMNS, REPORT_COLUMNS, FileUnusable, Refused, Wanted, read_members
from workspaces.models import Workspace

SOME_REFUSED, UNUSABLE = 1, 2
_MOST_TOLD = 5


class Command(BaseCommand):
    """Exit codes: 0 every line was taken, 1 some were refused and are in the report, 2 the file cannot be used."""

    help = "Add people to workspaces from a CSV file: workspace, email or external_id, and if wanted name, kind, roles."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the file and where to report."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check every line and write nothing")
        parser.add_argument("--report", type=Path, help="where refused lines go; FILE.refused.csv if left out")

    def handle(self, *_: str, file: Path, dry_run: bool, report: Path | None, **__: Any) -> None:
        """Read, enrol in batches, and say what became of the lines."""
        with _opened(file) as text, _without_collecting_garbage():
            bar = Bar(self.stderr, total=os.fstat(text.fileno()).st_size, unit="lines")
            work = Import(dry_run=dry_run)
            try:
                lines = read_members(text)
                while batch := list(islice(lines, BATCH)):
                    work.take(batch)
                    bar.show(text.buffer.tell(), work.lines)
            except FileUnusable as error:
                raise CommandError(self._stopped(str(error), work), returncode=UNUSABLE) from None
            finally:
                bar.close()
                work.tell()
        self.stdout.write(_summary(work))
        if work.refused:
            self._tell_refused(work.refused, report or file.with_name(f"{file.name}.refused.csv"))
            raise SystemExit(SOME_REFUSED)

    def _stopped(self, error: str, work: "Import") -> str:
        return f"{error} {work.lines} lines before it were taken." if work.lines else error

    def _tell_refused(self, refused: list[Refused], report: Path) -> None:
        for one in refused[:_MOST_TOLD]:
            self.stderr.write(f"line {one.line}: {one.error}")
        if len(refused) > _MOST_TOLD:
            self.stderr.write(f"... and {len(refused) - _MOST_TOLD:,} more.")
        _write_report(report, refused)
        self.stderr.write(f"Refused lines are in {report}: mend them there and import that file.")


class Import:
    """One run over a file: what was done, and what was refused."""

    def __init__(self, *, dry_run: bool) -> None:
        self.is_dry = dry_run
        self.lines = 0
        self.counts = Counts()
        self.refused: list[Refused] = []
        self._workspaces = {workspace.slug: workspace for workspace in Workspace.objects.all()}
        self._rehearsal = Rehearsal()

    def take(self, batch: Iterable[Wanted | Refused]) -> None:
        """Enrol what a batch of lines asks for."""
        read = list(batch)
        wanted = [one for one in read if isinstance(one, Wanted)]
        counts, refused = self._tried(wanted) if self.is_dry else enrol(wanted, self._workspaces)
        self.lines += len(read)
        self.counts.add(counts)
        told = [*refused, *(one for one in read if isinstance(one, Refused))]
        self.refused += sorted(told, key=lambda one: one.line)

    def tell(self) -> None:
        """Tell the audit trail of what was written, also where the import ended before its end."""
        tell_of(self.counts, self._workspaces.values())

    @transaction.atomic
    def _tried(self, wanted: list[Wanted]) -> tuple[Counts, list[Refused]]:
        batch = prepared(wanted, self._workspaces)
        counts = self._rehearsal.counted(batch)
        transaction.set_rollback(True)
        return counts, batch.refused


@contextmanager
def _without_collecting_garbage() -> Iterator[None]:
    """Let batches go by themselves: none holds itself in a circle, and looking for such takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _opened(file: Path) -> TextIO:
    try:
        # Bytes that are no UTF-8 become a mark that refuses their own line, and go into the report as they were.
        return file.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}."
        raise CommandError(message, returncode=UNUSABLE) from None


def _summary(work: Import) -> str:
    counts = work.counts
    would = "Dry run, nothing was written. There would be" if work.is_dry else "Done:"
    done = (
        _many(counts.memberships, "new membership"),
        _many(counts.people, "new person", "new people"),
        f"{_many(counts.roles, 'role')} given",
        f"{_many(counts.kinds, 'kind')} changed",
        f"{_many(len(work.refused), 'line')} refused",
    )
    return f"{_many(work.lines, 'line')} read. {would} {', '.join(done)}."


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def _write_report(path: Path, refused: Iterable[Refused]) -> None:
    """Write the refused lines as they were, with the reason, for nobody but the user of this command to read."""
    with _for_me_alone(path) as stream:
        writer = csv.DictWriter(stream, [*REPORT_COLUMNS, *COLUMNS], extrasaction="ignore")
        writer.writeheader()
        for one in refused:
            writer.writerow({**one.fields, "line": one.line, "error": one.error})


def _for_me_alone(path: Path) -> TextIO:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        message = f"The report {path} cannot be written: {error.strerror}."
        raise CommandError(message, returncode=SOME_REFUSED) from None
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="")
