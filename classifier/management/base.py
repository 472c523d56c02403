"""What the commands share: their inputs, their notes, and how an error becomes an exit code."""

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from classifier.bulk import Bulk, Format, Options, Source
from classifier.exceptions import ClassifierError, ClassifierFailed
from classifier.tiers import Tier

# 2 is argparse's: the command was not called as it must be.
REFUSED, FAILED = 1, 3
MOST_NOTES = 5
SHOW_EVERY_SECONDS = 1.0
STANDARD_INPUT = "-"
CLEAR_LINE = "\r\x1b[K"


class BulkCommand(BaseCommand):
    """Read standard input or files and write what becomes of them; needs no database."""

    requires_system_checks = ()
    # How a test, or other code, hands over an input that is no file.
    stealth_options = ("standard_input",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to read, what it is made of, and how thoroughly to look."""
        parser.add_argument("files", nargs="*", metavar="FILE", help="what to read; standard input if none, or -")
        parser.add_argument(
            "--format", dest="form", choices=list(Format), default=Format.TEXT, help="what it is made of"
        )
        parser.add_argument(
            "--tier", choices=[*Tier], help="how thoroughly to look; if left out, as the library chooses"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Read every input, one after the other."""
        notes = Notes(self.stderr)
        work = Bulk(tier_options(options["tier"]), notes)
        names = options["files"] or [STANDARD_INPUT]
        try:
            for name in names:
                notes.source = "standard input" if name == STANDARD_INPUT else name
                one = replace(work, file=name if len(names) > 1 else "")
                with _opened(name, options.get("standard_input")) as stream, _told(notes.source):
                    watched = Watched(stream, self.stderr)
                    _write(self.stdout, self.pieces(one, watched, **options))
                    watched.close()
        finally:
            notes.close()

    def pieces(self, work: Bulk, stream: Source, **options: Any) -> Iterable[bytes]:
        """Return what to write, piece by piece."""
        raise NotImplementedError


def tier_options(name: str | None) -> Options:
    """Return how the library is told a tier; without one it chooses."""
    return {} if name is None else {"tier": Tier(name)}


class Notes:
    """Tell of trouble on standard error: a few times in full, then only how often."""

    def __init__(self, errors: OutputWrapper) -> None:
        """Say where to tell it."""
        self._errors = errors
        self._count = 0
        self.source = ""

    def __call__(self, message: str) -> None:
        """Tell of one trouble."""
        self._count += 1
        if self._count <= MOST_NOTES:
            self._errors.write(f"{self.source}: {message}")

    def close(self) -> None:
        """Say how much was not told."""
        if self._count > MOST_NOTES:
            self._errors.write(f"... and {self._count - MOST_NOTES} more of this kind.")


class Watched:
    """A stream that shows on a terminal how much of it was read."""

    def __init__(self, stream: BinaryIO, errors: OutputWrapper) -> None:
        """Say what to read, and where the terminal may be."""
        self._stream = stream
        self._terminal = errors if errors.isatty() else None
        self._bytes = 0
        self._shown, self._is_shown = time.monotonic(), False

    def read(self) -> bytes:
        """Return everything."""
        return self._count(self._stream.read())

    def readlines(self, hint: int, /) -> list[bytes]:
        """Return some lines."""
        return [self._count(line) for line in self._stream.readlines(hint)]

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines."""
        return map(self._count, self._stream)

    def close(self) -> None:
        """Take the line off the terminal again."""
        if self._terminal and self._is_shown:
            self._terminal.write(CLEAR_LINE, ending="")

    def _count(self, read: bytes) -> bytes:
        self._bytes += len(read)
        if self._terminal and time.monotonic() - self._shown >= SHOW_EVERY_SECONDS:
            self._shown, self._is_shown = time.monotonic(), True
            self._terminal.write(f"\r{self._bytes / 1e6:.1f} MB read", ending="")
            self._terminal.flush()
        return read


def _write(output: OutputWrapper, pieces: Iterable[bytes]) -> None:
    """Write bytes as they are, whatever the terminal's encoding; a stream of text gets them decoded."""
    binary = getattr(output, "buffer", None)
    try:
        for piece in pieces:
            if binary is None:
                output.write(piece.decode(), ending="")
            else:
                binary.write(piece)
        output.flush()
    except BrokenPipeError:
        # Whoever read this has enough, as `head` does; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(REFUSED) from None


@contextmanager
def _opened(name: str, standard_input: BinaryIO | None) -> Iterator[BinaryIO]:
    if name == STANDARD_INPUT:
        yield standard_input or sys.stdin.buffer
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - closed below.
    except OSError as error:
        message = f"{name} cannot be read: {error.strerror}."
        raise CommandError(message, returncode=REFUSED) from None
    with stream:
        yield stream


@contextmanager
def _told(source: str) -> Iterator[None]:
    """Turn an error of the classifier into a sentence and an exit code."""
    try:
        yield
    except ClassifierError as error:
        message = f"{source}: {error}"
        code = FAILED if isinstance(error, ClassifierFailed) else REFUSED
        raise CommandError(message, returncode=code) from None
