"""The run over one file: what is to be done, what is done already, and the end, at which the file appears."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from privacy_service.jobs import parquet
from privacy_service.jobs.chunks import Chunk, Done
from privacy_service.jobs.cutting import Cutting, chunks_of
from privacy_service.jobs.errors import JobRefused, Unreadable, told
from privacy_service.jobs.finishing import Whole
from privacy_service.jobs.journal import Journal
from privacy_service.jobs.kinds import FileKind, Packing, packing_of
from privacy_service.jobs.manifest import code_version
from privacy_service.jobs.packing import unpacked
from privacy_service.jobs.places import Identity, sum_of, sum_of_file
from privacy_service.jobs.task import FileTask, cutting_for, lines_before
from privacy_service.jobs.work import Work


@dataclass(frozen=True, slots=True)
class Finished:
    """A masked file and what it took."""

    manifest: dict[str, Any]
    seconds: float


class FileRun:
    """Give out the chunks of a file that are not done, take what was done, and make the whole appear."""

    def __init__(self, task: FileTask, *, goes_on: bool) -> None:
        self.task = task
        self._goes_on = goes_on
        self._at = datetime.now(UTC)
        self._count = 0
        self._stack = ExitStack()
        self._identity: Identity
        self._cutting: Cutting
        self.journal: Journal

    def __enter__(self) -> Self:
        self.journal = self._stack.enter_context(_journal_of(self.task, goes_on=self._goes_on))
        self._identity = self.task.source.identity()
        plan = self._plan()
        if not self.journal.plan:
            self.journal.begin(plan)
        elif changed := [name for name, value in plan.items() if self.journal.plan.get(name) != value]:
            message = (
                f"{self.task.source.address} cannot be gone on with: since the run that was broken off, "
                f"this has changed: {', '.join(changed)}. Begin anew with --restart."
            )
            self._stack.close()
            raise JobRefused(message)
        self._forget_what_is_lost()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def size(self) -> int:
        """Return the size of the file, packed as it is."""
        return self._identity.size

    def works(self) -> Iterator[Work]:
        """Yield what is to be done, chunk by chunk; raise Unreadable, or JobRefused where the file has changed."""
        form, out = self.task.hiding.form, packing_of(self.task.out.name)
        for chunk in self._chunks():
            self._count = chunk.index + 1
            known = self.journal.done.get(chunk.index)
            if known is None:
                packing = Packing.NONE if form.kind is FileKind.PARQUET else out
                part = self.task.part(chunk.index)
                head = self._cutting.head
                yield Work(self.task.source, chunk, self.task.hiding, part, packing, head)
            else:
                self._check_same(known, chunk)

    def done_up_to(self, work: Work) -> int:
        """Return how far into the file this work reaches."""
        return min(work.chunk.read_up_to, self.size)

    def take(self, done: Done) -> None:
        """Keep that a chunk is done."""
        self.journal.add(done)

    def failed(self, error: Unreadable, chunk: Chunk | None) -> str:
        """Say what is wrong, with the line of the file."""
        lines = lines_before(self.task.source, self.task.hiding, chunk.start) if chunk and error.line else 0
        return told(error.message, error.line, error.column, lines)

    def finish(self) -> Finished:
        """Put the parts together and have the file appear, with its manifest; then forget the parts."""
        chunks = [self.journal.done[index] for index in range(self._count)]
        whole = Whole(self.task, self._identity, chunks, self._at)
        content = whole.appear()
        self._stack.close()
        self.task.parts.delete()
        return Finished(content, content["seconds"])

    def _plan(self) -> dict[str, Any]:
        """Return what must be the same for parts of an earlier run to count."""
        hiding = self.task.hiding
        return {
            "input": self.task.source.address,
            "size of the input": self._identity.size,
            "time of the input": self._identity.modified,
            "start and end of the input": self._identity.edges,
            "output": self.task.out.address,
            "format": str(hiding.form.kind),
            "tier": str(hiding.tier),
            "treatment of errors": str(hiding.on_error),
            "policy": asdict(self.task.policy),
            "size of chunks": self.task.chunk_bytes,
            "version of the service": code_version(),
        }

    def _chunks(self) -> Iterator[Chunk]:
        form = self.task.hiding.form
        if form.kind is FileKind.PARQUET:
            self._cutting = Cutting(None)
            yield from parquet.row_groups(self.task.source)
            return
        self._cutting = cutting_for(self.task.source, self.task.hiding)
        with unpacked(self.task.source, form.packing) as reading:
            yield from chunks_of(reading, self._cutting, self.task.chunk_bytes)

    def _forget_what_is_lost(self) -> None:
        """Trust no part that is not, sign for sign, what was written down."""
        for index, done in list(self.journal.done.items()):
            part = self.task.part(index)
            if not part.exists() or part.size() != done.size or sum_of_file(part) != done.sum_out:
                del self.journal.done[index]

    def _check_same(self, done: Done, chunk: Chunk) -> None:
        sum_in = sum_of(chunk.data) if chunk.data is not None else ""
        if (done.start, done.end, done.sum_in) != (chunk.start, chunk.end, sum_in):
            message = f"{self.task.source.address} is not what it was when the run was broken off. Use --restart."
            raise JobRefused(message)


def without_data(work: Work) -> Work:
    """Return the work without its bytes, where whoever does it can read them again as cheaply as get them sent."""
    if work.hiding.form.packing or not work.source.is_local:
        return work
    return replace(work, chunk=replace(work.chunk, data=None))


def _journal_of(task: FileTask, *, goes_on: bool) -> Journal:
    if Journal.is_in(task.parts.path) and not goes_on:
        message = f"A run over {task.source.address} was broken off: go on with --resume, or begin anew with --restart."
        raise JobRefused(message)
    return Journal(task.parts.path)
