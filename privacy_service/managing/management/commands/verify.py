"""Say what personal data is still in a masked file: `manage.py verify FILE`."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from classifier import ClassifierError, Entity, PayloadKind, Tier
from privacy_service.enforcement.verifying import Left, left_in
from privacy_service.exceptions import PrivacyError

LEFT, REFUSED = 1, 3
_LINES_AT_ONCE = 1000
_KINDS = {
    ".json": PayloadKind.JSON, ".ndjson": PayloadKind.NDJSON, ".jsonl": PayloadKind.NDJSON, ".csv": PayloadKind.CSV,
}  # fmt: skip


class Command(BaseCommand):
    """Print kinds, field paths and counts; exit with 1 where anything is left, so that CI can ask."""

    help = (
        "Print what personal data is still in a masked file, by kind and field; values are never printed. Exit status: "
        "0 nothing is left, 1 something is, 2 a wrong argument, 3 the file cannot be read. Made-up, generalized and "
        "encrypted values look like any other: name the kinds that a policy leaves so with --readable."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to look at, and how."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="what was masked; - is standard input")
        parser.add_argument("--format", choices=[*PayloadKind], help="what it is made of; else its name tells, or text")
        parser.add_argument("--tier", choices=[*Tier], default=Tier.FAST, help="how thoroughly to look")
        parser.add_argument(
            "--readable", nargs="+", choices=[*Entity], default=[], metavar="KIND", help="kinds that may be read"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Look at every file, and tell."""
        total = 0
        for name in options["files"]:
            left = _left_in_file(name, options)
            total += sum(left.values())
            for (entity, path), count in sorted(left.items()):
                self.stdout.write(f"{name}\t{entity}\t{path}\t{count}")
        if total:
            message = f"{total} pieces of personal data are left."
            raise CommandError(message, returncode=LEFT)
        self.stdout.write("No personal data is left.")


def _left_in_file(name: str, options: dict[str, Any]) -> Left:
    kind = PayloadKind(options["format"] or _KINDS.get(Path(name).suffix.lower(), PayloadKind.TEXT))
    readable = frozenset(map(Entity, options["readable"]))
    left: Left = Counter()
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as stream:
            for body in _bodies(stream, kind):
                left.update(left_in(body, kind, Tier(options["tier"]), readable))
    except OSError as error:
        message = f"{name} cannot be read: {error.strerror}."
    except (PrivacyError, ClassifierError, ValueError) as error:
        message = f"{name} cannot be read as {kind}: {_told(error)}"
    else:
        return left
    raise CommandError(message, returncode=REFUSED)


def _told(error: Exception) -> str:
    # What Python and orjson say of a body may quote it.
    return str(error) if isinstance(error, PrivacyError | ClassifierError) else "it is broken."


def _bodies(stream: BinaryIO, kind: PayloadKind) -> Iterator[bytes]:
    """Yield a file whole, or where each line stands for itself some lines at a time."""
    if kind is not PayloadKind.NDJSON:
        yield stream.read()
        return
    while lines := list(islice(stream, _LINES_AT_ONCE)):
        yield b"".join(lines)
