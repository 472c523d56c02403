"""Where a file can be cut, so that each chunk masks as it would within the whole: one module a kind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from classifier import Tier
from privacy_service.jobs.chunks import LONGEST_RECORD, Chunk
from privacy_service.jobs.cutting.arrays import end_of_elements, is_list_of_objects
from privacy_service.jobs.cutting.lines import end_of_lines
from privacy_service.jobs.cutting.prose import end_of_prose
from privacy_service.jobs.cutting.tables import Head, end_of_records, head_of
from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.kinds import FileKind

# Returns how many of the bytes are whole records: more may follow, and the last ones may go on there.
Cutter = Callable[[bytes], int]
HEAD_BYTES = 256 << 10


class Reading(Protocol):
    """What is asked of a file that is cut: its next bytes, and how far into the packed file they lie."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        ...

    def tell(self) -> int:
        """Return how far the reading has come."""
        ...


@dataclass(frozen=True, slots=True)
class Cutting:
    """How one file is cut: by what, or not at all; and for a table, what its first lines say of the others."""

    cut: Cutter | None
    head: Head | None = None


def cutting_of(kind: FileKind, head: bytes, tier: Tier, *, is_whole: bool = False) -> Cutting:
    """Return how a file that begins so is cut; where each body is numbered by itself, it stays whole."""
    match kind:
        case FileKind.JSONL:
            return Cutting(end_of_lines)
        case FileKind.CSV | FileKind.TSV:
            table = head_of(head, tier)
            return Cutting(lambda data: end_of_records(data, table.delimiter), table)
        case FileKind.JSON:
            return Cutting(end_of_elements if is_list_of_objects(head) and not is_whole else None)
        case _:
            return Cutting(None if is_whole else lambda data: end_of_prose(data, tier))


def chunks_of(reading: Reading, cutting: Cutting, size: int) -> Iterator[Chunk]:
    """Yield the chunks of a file, of about so many bytes, with what is in them; raise Unreadable."""
    held = _Held(reading)
    least = cutting.head.length if cutting.head else 0
    index = start = 0
    while held.fill(1) or index == 0:
        data, is_last = held.take(cutting.cut, max(size, least))
        yield Chunk(index, start, start + len(data), index == 0, is_last, data, reading.tell())
        start, index, least = start + len(data), index + 1, 0


class _Held:
    """What was read and is not yet in a chunk."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._bytes = b""

    def fill(self, size: int) -> int:
        """Read until so many bytes are held, or the file ends; return how many are."""
        while len(self._bytes) < size and (more := self._reading.read(size - len(self._bytes))):
            self._bytes += more
        return len(self._bytes)

    def take(self, cut: Cutter | None, size: int) -> tuple[bytes, bool]:
        """Return whole records of about so many bytes, and whether they are the last."""
        while self.fill(size + 1) > size:
            end = cut(self._bytes[:size]) if cut else 0
            if end:
                taken, self._bytes = self._bytes[:end], self._bytes[end:]
                return taken, False
            if size >= LONGEST_RECORD:
                message = f"something here is longer than {LONGEST_RECORD >> 20} MB and cannot be cut: see docs/jobs.md"
                raise Unreadable(message)
            size = min(max(2 * size, HEAD_BYTES), LONGEST_RECORD)
        taken, self._bytes = self._bytes, b""
        return taken, True


def pieces_of(data: bytes, cut: Cutter, size: int) -> Iterator[bytes]:
    """Yield a chunk in pieces of about so many bytes: a piece is masked at once, and its size bounds the memory."""
    start = 0
    while start < len(data):
        width = size
        while start + width < len(data) and not (end := cut(data[start : start + width])):
            width *= 2
        length = end if start + width < len(data) else len(data) - start
        yield data[start : start + length]
        start += length
