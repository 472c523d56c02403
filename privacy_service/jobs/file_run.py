"""The run over one file: what is to be done, what is done already, and the end, at which the file appears."""

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from privacy_service.jobs import parquet
from privacy_service.jobs.chunks import CHUNK_BYTES, Chunk, Done, Hiding
from privacy_service.jobs.cutting import HEAD_BYTES, Cutting, chunks_of, cutting_of
from privacy_service.jobs.errors import JobRefused, PartDamaged, Unreadable, told
from privacy_service.jobs.journal import Journal
from privacy_service.jobs.kinds import FileKind, Packing, packing_of
from privacy_service.jobs.manifest import PolicyUsed, code_version, counts_of, write_manifest
from privacy_service.jobs.packing import check_packing, unpacked
from privacy_service.jobs.places import Identity, Place, hashed, sha_of
from privacy_service.jobs.policies import must_stay_whole
from privacy_service.jobs.work import Work

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to mask: from where, where to, how, and in which folder its parts wait."""

    source: Place
    out: Place
    hiding: Hiding
    policy: PolicyUsed
    folder: Path
    chunk_bytes: int = CHUNK_BYTES


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
        self._started = time.monotonic()
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
                part = self._part(chunk.index)
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
        lines = self._lines_before(chunk.start) if chunk and error.line else 0
        return told(error.message, error.line, error.column, lines)

    def finish(self) -> Finished:
        """Put the parts together and have the file appear, with its manifest; then forget the parts."""
        chunks = [self.journal.done[index] for index in range(self._count)]
        if self.task.source.identity() != self._identity:
            message = f"{self.task.source.address} was changed while it was masked; nothing was put out. Mask it again."
            raise JobRefused(message)
        sha_in = sha_of(self.task.source)
        sha_out = self._put_together(chunks)
        seconds = time.monotonic() - self._started
        content = self._content(chunks, sha_in, sha_out, seconds)
        write_manifest(self.task.out, content)
        self._stack.close()
        shutil.rmtree(self.task.folder)
        return Finished(content, seconds)

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

    def _part(self, index: int) -> Place:
        return Place(str(self.task.folder / f"part-{index:06}"))

    def _forget_what_is_lost(self) -> None:
        """Trust no part that is not, sign for sign, what was written down."""
        for index, done in list(self.journal.done.items()):
            part = self._part(index)
            if not part.exists() or part.size() != done.size or sha_of(part) != done.sha_out:
                del self.journal.done[index]

    def _check_same(self, done: Done, chunk: Chunk) -> None:
        sha_in = hashlib.sha256(chunk.data).hexdigest() if chunk.data is not None else ""
        if (done.start, done.end, done.sha_in) != (chunk.start, chunk.end, sha_in):
            message = f"{self.task.source.address} is not what it was when the run was broken off. Use --restart."
            raise JobRefused(message)

    def _put_together(self, chunks: list[Done]) -> str:
        parts = [self._part(chunk.index) for chunk in chunks]
        if self.task.hiding.form.kind is FileKind.PARQUET:
            for part, done in zip(parts, chunks, strict=True):
                _check_part(sha_of(part), done)
            with self.task.out.appearing() as sink:
                parquet.joined(parts, self.task.source, sink)
            return sha_of(self.task.out)
        digest = hashlib.sha256()
        self.task.out.write(hashed(_blocks_of(parts, chunks), digest))
        return digest.hexdigest()

    def _content(self, chunks: list[Done], sha_in: str, sha_out: str, seconds: float) -> dict[str, Any]:
        hiding = self.task.hiding
        return {
            "input": {"name": self.task.source.name, "sha256": sha_in, **asdict(self._identity)},
            "output": {"name": self.task.out.name, "sha256": sha_out, "size": self.task.out.size()},
            "kind": str(hiding.form.kind),
            "policy": asdict(self.task.policy),
            "tier": str(hiding.tier),
            "service_version": code_version(),
            "started_at": self._at.isoformat(timespec="seconds"),
            "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
            **counts_of(chunks),
            "chunks": [
                {
                    "start": one.start,
                    "end": one.end,
                    "sha256_in": one.sha_in,
                    "sha256_out": one.sha_out,
                    "size": one.size,
                }
                for one in chunks
            ],
        }

    def _lines_before(self, start: int) -> int:
        """Count the line breaks before this place of the unpacked file."""
        count = 0
        with unpacked(self.task.source, self.task.hiding.form.packing) as reading:
            while start > 0 and (block := reading.read(min(_BLOCK, start))):
                count += block.count(b"\n")
                start -= len(block)
        return count


def cutting_for(source: Place, hiding: Hiding) -> Cutting:
    """Return how a file is cut, as its first bytes tell; raise Unreadable."""
    check_packing(hiding.form.packing)
    with unpacked(source, hiding.form.packing) as reading:
        head = b""
        while len(head) < HEAD_BYTES and (more := reading.read(HEAD_BYTES - len(head))):
            head += more
    return cutting_of(hiding.form.kind, head, hiding.tier, is_whole=must_stay_whole(hiding.policy))


def without_data(work: Work) -> Work:
    """Return the work without its bytes, where whoever does it can read them again as cheaply as get them sent."""
    if work.hiding.form.packing or not work.source.is_local:
        return work
    return replace(work, chunk=replace(work.chunk, data=None))


def _journal_of(task: FileTask, *, goes_on: bool) -> Journal:
    if Journal.is_in(task.folder) and not goes_on:
        message = f"A run over {task.source.address} was broken off: go on with --resume, or begin anew with --restart."
        raise JobRefused(message)
    return Journal(task.folder)


def _blocks_of(parts: list[Place], chunks: list[Done]) -> Iterator[bytes]:
    """Yield what is in the parts; raise PartDamaged where it is not what was written down."""
    for part, done in zip(parts, chunks, strict=True):
        data = part.read(0, done.size + 1)
        _check_part(hashlib.sha256(data).hexdigest(), done)
        yield data


def _check_part(sha: str, done: Done) -> None:
    if sha != done.sha_out:
        message = f"Part {done.index} is damaged. Nothing was put out; --resume makes it anew."
        raise PartDamaged(message)
