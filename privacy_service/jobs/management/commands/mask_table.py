"""Copy a table masked: `manage.py mask_table @from.url customers @to.url --workspace acme`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier import POLICY_NAMES, ClassifierError, Tier
from privacy_service.jobs.chunks import Hiding, OnError
from privacy_service.jobs.errors import JobRefused, Unreadable
from privacy_service.jobs.kinds import FileKind, Form, Packing
from privacy_service.jobs.policies import chosen_policy, workspace_named
from privacy_service.jobs.progress import Rows, plural
from privacy_service.jobs.tables import Copied, Copy, copy_table

REFUSED, INTERRUPTED = 3, 130
_RECORDS = Form(FileKind.JSONL, Packing.NONE)


class Command(BaseCommand):
    """Copy every row once, however often the copy is broken off."""

    help = (
        "Copy a table masked into another database or schema, in the order of its primary key. The copy is made where "
        "it is missing; columns keep their types, and what a type cannot hold becomes NULL. Exit status: 0 all is "
        "copied, 2 a wrong argument, 3 something was refused, 130 interrupted: --resume goes on."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to copy, where to, and how to hide."""
        address = "dialect+driver://user:password@host/name, or @FILE that holds it"
        parser.add_argument("source", metavar="FROM", help=f"the database that is read: {address}")
        parser.add_argument("table", metavar="TABLE", help="the table that is copied")
        parser.add_argument("out", metavar="TO", help="the database that is written")
        parser.add_argument("--schema", help="of the table that is read")
        parser.add_argument("--into-schema", help="of the copy")
        parser.add_argument("--into", default="", help="the name of the copy, if it is another")
        parser.add_argument("--columns", default="", help="copy only these, separated by commas, and the key")
        parser.add_argument("--workspace", metavar="SLUG", help="whose policy and keys; without it the installation's")
        names = ", ".join(POLICY_NAMES)
        parser.add_argument("--policy", default="", help=f"{names}; left out: the workspace's newest, or strict")
        parser.add_argument("--tier", choices=[*Tier], default=Tier.FAST, help="how thoroughly to look (default: fast)")
        parser.add_argument(
            "--on-error",
            choices=[*OnError],
            default=OnError.STOP,
            help="bytes that are no text stop the copy, or are emptied (text)",
        )
        begin = parser.add_mutually_exclusive_group()
        begin.add_argument("--resume", action="store_true", help="go on with a copy that was broken off")
        begin.add_argument("--restart", action="store_true", help="empty the copy, and begin anew")

    def handle(self, *_: Any, **options: Any) -> None:
        """Copy, and tell."""
        progress = Rows(self.stderr)
        try:
            copied = copy_table(_copy(options), progress)
        except KeyboardInterrupt:
            message = "Stopped. What is copied stays: the same command with --resume goes on."
            raise CommandError(message, returncode=INTERRUPTED) from None
        except (JobRefused, Unreadable, ClassifierError) as error:
            raise CommandError(str(error), returncode=REFUSED) from None
        finally:
            progress.close()
        for line in _summary(copied):
            self.stdout.write(line)


def _copy(options: dict[str, Any]) -> Copy:
    chosen = chosen_policy(workspace_named(options["workspace"]), options["policy"])
    return Copy(
        source_url=_address(options["source"]),
        table=options["table"],
        out_url=_address(options["out"]),
        hiding=Hiding(_RECORDS, chosen.policy, Tier(options["tier"]), OnError(options["on_error"])),
        policy=chosen.used,
        schema=options["schema"],
        out_schema=options["into_schema"],
        out_table=options["into"],
        columns=tuple(name.strip() for name in options["columns"].split(",") if name.strip()),
        goes_on=options["resume"],
        restarts=options["restart"],
    )


def _address(given: str) -> str:
    """Return an address, or that in a file: a password on a command line is seen by everybody on the machine."""
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8").strip()
    except OSError as error:
        message = f"{given[1:]} cannot be read: {error.strerror}."
    raise JobRefused(message)


def _summary(copied: Copied) -> list[str]:
    total = sum(copied.entities.values())
    lines = [f"{plural(copied.rows, 'row')} copied, {plural(total, 'piece')} of personal data hidden."]
    lines += [f"  {count:>12,}  {entity}" for entity, count in sorted(copied.entities.items(), key=lambda one: -one[1])]
    if copied.found:
        lines.append("Of the first rows of each batch:")
        lines += [f"  {count:>12,}  {pair}" for pair, count in sorted(copied.found.items())]
    return lines
