"""The masking of one file: what to read, what to write, how to hide, and where its parts wait."""

from dataclasses import dataclass

from privacy_service.jobs.chunks import CHUNK_BYTES, Hiding
from privacy_service.jobs.cutting import HEAD_BYTES, Cutting, cutting_of
from privacy_service.jobs.manifest import PolicyUsed
from privacy_service.jobs.packing import check_packing, unpacked
from privacy_service.jobs.places import Place
from privacy_service.jobs.policies import must_stay_whole

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to mask; its parts, which hold masked data alone, wait in a folder of their own."""

    source: Place
    out: Place
    hiding: Hiding
    policy: PolicyUsed
    parts: Place
    chunk_bytes: int = CHUNK_BYTES

    def part(self, index: int) -> Place:
        """Return where the part of a chunk lies."""
        return self.parts.child(f"part-{index:06}")


def parts_beside(out: Place) -> Place:
    """Return the folder beside an output in which its parts wait."""
    return out.beside(f".{out.name}.masking")


def cutting_for(source: Place, hiding: Hiding) -> Cutting:
    """Return how a file is cut, as its first bytes tell; raise Unreadable."""
    check_packing(hiding.form.packing)
    with unpacked(source, hiding.form.packing) as reading:
        head = b""
        while len(head) < HEAD_BYTES and (more := reading.read(HEAD_BYTES - len(head))):
            head += more
    return cutting_of(hiding.form.kind, head, hiding.tier, is_whole=must_stay_whole(hiding.policy))


def lines_before(source: Place, hiding: Hiding, start: int) -> int:
    """Count the line breaks before this place of the unpacked file."""
    count = 0
    with unpacked(source, hiding.form.packing) as reading:
        while start > 0 and (block := reading.read(min(_BLOCK, start))):
            count += block.count(b"\n")
            start -= len(block)
    return count
