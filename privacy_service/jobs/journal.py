"""What of a file is done already: a plan and a line for each chunk, kept beside its parts, so that a run can go on."""

import dataclasses
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self

import orjson

from privacy_service.jobs.chunks import Done
from privacy_service.jobs.errors import JobRefused, PartDamaged

_NAME = "journal.jsonl"


class Journal:
    """The journal of one file; held by one run at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._path = folder / _NAME
        self._file: BinaryIO = self._path.open("ab")
        self.plan: dict[str, Any] = {}
        self.done: dict[int, Done] = {}

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Say whether a run has left a journal here."""
        return (folder / _NAME).exists()

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            message = f"Another run is at work in {self.folder}. Wait for it, or end it first."
            raise JobRefused(message) from None
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def begin(self, plan: Mapping[str, Any]) -> None:
        """Write down what is going to be done, in the place of all that was."""
        self._file.truncate(0)
        self.plan, self.done = dict(plan), {}
        self._append(self.plan)

    def add(self, done: Done) -> None:
        """Write down that a chunk is done."""
        self.done[done.index] = done
        self._append(dataclasses.asdict(done))

    def _append(self, record: Mapping[str, Any]) -> None:
        # One write: a process that is killed leaves a whole line or a part of the last one, which is not believed.
        os.write(self._file.fileno(), orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    def _read(self) -> None:
        *whole, torn = self._path.read_bytes().split(b"\n")
        if torn:
            self._file.truncate(sum(len(line) + 1 for line in whole))
        if whole:
            self.plan = orjson.loads(whole[0])
            self.done = {done.index: done for done in _done_in(whole[1:])}


def _done_in(lines: Iterable[bytes]) -> Iterator[Done]:
    """Yield what was written down of parts; what another version wrote counts for nothing, and is done anew."""
    for line in lines:
        with suppress(PartDamaged):
            yield Done.from_stored(orjson.loads(line))
