"""The end of a masked file: its parts are put together, and it appears with its manifest."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from privacy_service.jobs import parquet
from privacy_service.jobs.chunks import Done
from privacy_service.jobs.errors import JobRefused, PartDamaged
from privacy_service.jobs.kinds import FileKind
from privacy_service.jobs.manifest import code_version, counts_of, write_manifest
from privacy_service.jobs.places import Identity, Place, hashed, sha_of, sum_of, sum_of_file
from privacy_service.jobs.task import FileTask


@dataclass(frozen=True, slots=True)
class Whole:
    """A file all of whose chunks are done."""

    task: FileTask
    identity: Identity  # Of the input when its masking began.
    chunks: Sequence[Done]
    began_at: datetime
    still_here: Callable[[], None] = lambda: None  # Called for each part, by whoever must say that it is at work.

    def appear(self) -> dict[str, Any]:
        """Write the file and its manifest, and return the latter; raise JobRefused or PartDamaged."""
        if self.task.source.identity() != self.identity:
            message = f"{self.task.source.address} was changed while it was masked; nothing was put out. Mask it again."
            raise JobRefused(message)
        sha_in = sha_of(self.task.source)
        content = self._content(sha_in, self._put_together())
        write_manifest(self.task.out, content)
        return content

    def _put_together(self) -> str:
        parts = [self.task.part(chunk.index) for chunk in self.chunks]
        if self.task.hiding.form.kind is FileKind.PARQUET:
            for part, done in zip(parts, self.chunks, strict=True):
                _check_part(sum_of_file(part), done)
                self.still_here()
            with self.task.out.appearing() as sink:
                parquet.joined(parts, self.task.source, sink)
            return sha_of(self.task.out)
        digest = hashlib.sha256()
        self.task.out.write(hashed(self._blocks_of(parts), digest))
        return digest.hexdigest()

    def _blocks_of(self, parts: Sequence[Place]) -> Iterator[bytes]:
        """Yield what is in the parts; raise PartDamaged where it is not what was written down."""
        for part, done in zip(parts, self.chunks, strict=True):
            data = part.read(0, done.size + 1) if done.size else b""
            _check_part(sum_of(data), done)
            yield data
            self.still_here()

    def _content(self, sha_in: str, sha_out: str) -> dict[str, Any]:
        task, ended_at = self.task, datetime.now(UTC)
        return {
            "input": {"name": task.source.name, "sha256": sha_in, **asdict(self.identity)},
            "output": {"name": task.out.name, "sha256": sha_out, "size": task.out.size()},
            "kind": str(task.hiding.form.kind),
            "policy": asdict(task.policy),
            "tier": str(task.hiding.tier),
            "service_version": code_version(),
            "started_at": self.began_at.isoformat(timespec="seconds"),
            "ended_at": ended_at.isoformat(timespec="seconds"),
            "seconds": round((ended_at - self.began_at).total_seconds(), 3),
            **counts_of(self.chunks),
            "chunks": [
                {
                    "start": one.start,
                    "end": one.end,
                    "crc32_in": one.sum_in,
                    "crc32_out": one.sum_out,
                    "size": one.size,
                }
                for one in self.chunks
            ],
        }


def _check_part(found: str, done: Done) -> None:
    if found != done.sum_out:
        message = f"Part {done.index} is damaged. Nothing was put out; --resume makes it anew."
        raise PartDamaged(message)
