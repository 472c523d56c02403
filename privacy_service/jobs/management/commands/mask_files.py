"""Hide what is personal in files of any size: `manage.py mask_files events/ masked/ --workspace acme`."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from classifier import POLICY_NAMES, ClassifierError, Tier
from privacy_service.exceptions import PrivacyError
from privacy_service.jobs.chunks import OnError
from privacy_service.jobs.errors import JobRefused, Unreadable
from privacy_service.jobs.kinds import FileKind
from privacy_service.jobs.looking import left_in_output
from privacy_service.jobs.planning import Planned, Wish, planned
from privacy_service.jobs.policies import chosen_policy, workspace_named
from privacy_service.jobs.progress import Progress, plural, summary
from privacy_service.jobs.running import mask_all
from privacy_service.jobs.task import FileTask

LEFT, REFUSED, INTERRUPTED = 1, 3, 130
_SAMPLE_ROWS, _EVERY_ROW = 20, 1 << 40
_MOST_NAMED = 10
_WORTH_A_START = 4


class Command(BaseCommand):
    """Write masked copies; each appears when it is whole, with a manifest beside it."""

    help = (
        "Write a masked copy of a file, of every file in a folder, or of those that a pattern matches. Each appears "
        "when it is whole, with NAME.manifest.json beside it. Kinds: JSON Lines, JSON, CSV, TSV, Parquet and text, "
        "packed with gzip or zstd or not; places: paths, or addresses such as s3://bucket/key. Exit status: 0 all was "
        "masked, 1 --verify found something left, 2 a wrong argument, 3 something was refused or could not be masked "
        "(nothing of that file is visible), 130 interrupted."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to read, where to write, and how to hide."""
        parser.add_argument("source", metavar="IN", help="a file, a folder, a pattern in quotes, or an address")
        parser.add_argument("out", metavar="OUT", help="a file, or a folder (end it with / where it is not there yet)")
        parser.add_argument("--workspace", metavar="SLUG", help="whose policy and keys; without it the installation's")
        names = ", ".join(POLICY_NAMES)
        parser.add_argument("--policy", default="", help=f"{names}; left out: the workspace's newest, or strict")
        parser.add_argument("--tier", choices=[*Tier], default=Tier.FAST, help="how thoroughly to look (default: fast)")
        parser.add_argument(
            "--format", dest="kind", choices=[*FileKind], help="what files are made of; else their names tell"
        )
        parser.add_argument(
            "--on-error",
            choices=[*OnError],
            default=OnError.STOP,
            help="a record that is not of its kind gives up the file (stop), or is masked as text",
        )
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
        begin = parser.add_mutually_exclusive_group()
        begin.add_argument("--resume", action="store_true", help="go on with a run that was broken off")
        begin.add_argument("--restart", action="store_true", help="forget a run that was broken off, and begin anew")
        parser.add_argument("--overwrite", action="store_true", help="replace masked files that are there")
        parser.add_argument(
            "--only-newer-policy", action="store_true", help="mask again only what an older policy masked"
        )
        parser.add_argument("--verify", action="store_true", help="read the masked files again and say what is left")
        parser.add_argument(
            "--count-fields",
            action="store_true",
            help="count kinds by field in every record, not in a sample (twice the time)",
        )
        parser.add_argument(
            "--work-dir", default="", help="where parts wait; else beside the output, or in the data folder"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Plan, mask, verify, and tell."""
        try:
            plan = planned(_wish(options))
        except (JobRefused, Unreadable, ClassifierError) as error:
            raise CommandError(str(error), returncode=REFUSED) from None
        progress = Progress(self.stderr, sum(task.source.size() for task in plan.tasks))
        try:
            mask_all(plan.tasks, workers=_workers(plan, options), goes_on=options["resume"], listener=progress)
        except KeyboardInterrupt:
            progress.close()
            message = "Stopped. What is done is kept: the same command with --resume goes on."
            raise CommandError(message, returncode=INTERRUPTED) from None
        except (JobRefused, ClassifierError) as error:
            raise CommandError(str(error), returncode=REFUSED) from None
        progress.close()
        self._tell(plan, progress)
        done = [task for task, _ in progress.finished_files] + list(plan.up_to_date)
        left = self._verify(done) if options["verify"] else 0
        if progress.failures:
            them = "it" if len(progress.failures) == 1 else "them"
            message = (
                f"{plural(len(progress.failures), 'file')} could not be masked, and nothing of {them} was put out."
            )
            raise CommandError(message, returncode=REFUSED)
        if left:
            are = "is" if left == 1 else "are"
            message = f"{plural(left, 'piece')} of personal data {are} left."
            raise CommandError(message, returncode=LEFT)

    def _tell(self, plan: Planned, progress: Progress) -> None:
        for line in summary(progress):
            self.stdout.write(line)
        if plan.up_to_date:
            self.stdout.write(
                f"{plural(len(plan.up_to_date), 'file')} left as they are: masked by this policy already."
            )
        if plan.left_out:
            named = ", ".join(plan.left_out[:_MOST_NAMED]) + (", ..." if len(plan.left_out) > _MOST_NAMED else "")
            self.stdout.write(
                f"{plural(len(plan.left_out), 'file')} left out, of a kind that the name does not tell: {named}"
            )

    def _verify(self, tasks: list[FileTask]) -> int:
        total = 0
        for task in tasks:
            try:
                left = left_in_output(task)
            except (Unreadable, PrivacyError) as error:
                message = f"{task.out.address} cannot be verified: {error}"
                raise CommandError(message, returncode=REFUSED) from None
            total += left.total()
            for (entity, path), count in sorted(left.items()):
                self.stdout.write(f"{task.out.address}\t{entity}\t{path}\t{count}")
        if not total:
            self.stdout.write(f"Verified: nothing personal is left in {plural(len(tasks), 'file')}.")
        return total


def _wish(options: dict[str, Any]) -> Wish:
    return Wish(
        source=options["source"],
        out=options["out"],
        chosen=chosen_policy(workspace_named(options["workspace"]), options["policy"]),
        tier=Tier(options["tier"]),
        kind=FileKind(options["kind"]) if options["kind"] else None,
        on_error=OnError(options["on_error"]),
        only_newer=options["only_newer_policy"],
        goes_on=options["resume"],
        restarts=options["restart"],
        overwrites=options["overwrite"],
        sample_rows=_EVERY_ROW if options["count_fields"] else _SAMPLE_ROWS,
        chunk_bytes=settings.PRIVACY_JOBS_CHUNK_BYTES,
        work_dir=options["work_dir"],
    )


def _workers(plan: Planned, options: dict[str, Any]) -> int:
    """Return how many processes are worth their start."""
    if options["workers"] < 1:
        message = "--workers must be at least 1."
        raise CommandError(message, returncode=2)
    size = sum(task.source.size() for task in plan.tasks)
    # To start one takes as long as to mask some chunks: each is to have several.
    return int(min(options["workers"], 1 + size // (_WORTH_A_START * settings.PRIVACY_JOBS_CHUNK_BYTES)))
