"""Say what is personal in a text or a file, and where: `manage.py classify --format json FILE`."""

from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from classifier.bulk import Bulk, Format, Source
from classifier.management.base import BulkCommand
from classifier.management.labels import label_of


class Command(BulkCommand):
    """Print findings as lines of JSON: never a value."""

    help = "Print what is personal in the input, and where, as lines of JSON; the values themselves are not printed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take also how to name what is found."""
        super().add_arguments(parser)
        parser.add_argument("--labels", action="store_true", help="name kinds by the labels that other tools share")

    def pieces(self, work: Bulk, stream: Source, **options: Any) -> Iterable[bytes]:
        """Return the findings."""
        named = replace(work, name_of=label_of) if options["labels"] else work
        return named.classify(stream, Format(options["form"]))
