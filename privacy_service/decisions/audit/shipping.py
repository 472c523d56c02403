"""ship(): moves what was kept into the database, in batches, each record into the chain of its workspace."""

import itertools
import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson
from django.db import DataError, IntegrityError, transaction

from privacy_service.decisions.audit import chain, rows
from privacy_service.decisions.audit.canonical import canonical, placed, upgraded
from privacy_service.decisions.audit.trail import spool
from privacy_service.decisions.models import AuditChain, AuditRecord, PendingAct
from privacy_service.decisions.spool import whole_lines
from privacy_service.observability import metrics

logger = logging.getLogger(__name__)

_BATCH = 2000
_WORKSPACE_KEY = slice(-55, -38)
_WORKSPACE = slice(-38, -2)


class ChainBroken(RuntimeError):
    """A chain goes on behind the end that its row remembers: nothing can be added until somebody has looked at it."""


def ship() -> int:
    """Move every waiting record into the database and return how many were moved."""
    try:
        shipped = _ship_acts() + _ship_claimed()
        spool().seal()
        return shipped + _ship_claimed()
    finally:
        metrics.audit_spool_bytes.set(spool().measure())


def take_back_refused() -> int:
    """Put what the database once refused back among what waits, and return in how many files it was."""
    files = list(spool().directory.glob("*.refused"))
    for path in files:
        path.rename(path.with_suffix(".sealed"))
    return len(files)


def lay(lines: Iterable[bytes]) -> None:
    """Lay records, each as `canonical` writes it, into the chains of their workspaces."""
    _lay(list(lines))


def _ship_acts() -> int:
    return sum(iter(_ship_some_acts, 0))


def _ship_some_acts() -> int:
    if not PendingAct.objects.exists():
        return 0  # Asked first, since a transaction that writes nothing would still keep SQLite's writers waiting.
    with transaction.atomic():
        acts = PendingAct.objects.select_for_update(skip_locked=True).order_by("pk")[:_BATCH]
        lines = {act.pk: act.line.encode() for act in acts}
        lay(lines.values())
        PendingAct.objects.filter(pk__in=lines).delete()
    return len(lines)


def _ship_claimed() -> int:
    # Closed at once where a segment cannot be shipped: its lock must not wait for the garbage collector, as until then
    # nobody else could ship it either.
    with closing(spool().claim()) as segments:
        return sum(map(_ship_segment, segments))


def _ship_segment(path: Path) -> int:
    shipped = 0
    for batch in _batches(_records(path)):
        try:
            _lay(batch)
        except (DataError, IntegrityError):
            _lay_one_by_one(batch, path)
        shipped += len(batch)
    path.unlink(missing_ok=True)
    metrics.audit_shipped.add(amount=shipped)
    return shipped


def _lay_one_by_one(batch: list[bytes], path: Path) -> None:
    """Pass over what is there already, and set aside what the database refuses, so that it holds up no other.

    An id that is there already was shipped by a process that died before it could delete its segment.
    """
    for line in batch:
        try:
            if not _is_there(line):
                _lay([line])
        except (DataError, IntegrityError):
            _check_end_of(line)
            _set_aside(line, path)


def _is_there(line: bytes) -> bool:
    return AuditRecord.objects.filter(pk=orjson.loads(line)["id"]).exists()


def _check_end_of(line: bytes) -> None:
    workspace_id = line[_WORKSPACE].decode()
    end = AuditChain.objects.get(pk=workspace_id).last_position
    if AuditRecord.objects.filter(workspace_id=workspace_id, position__gt=end).exists():
        message = f"The audit chain of workspace {workspace_id} goes on behind its end: run `manage.py audit verify`."
        raise ChainBroken(message)


def _set_aside(line: bytes, path: Path) -> None:
    logger.error("An audit record was refused by the database and set aside in the spool's folder")
    metrics.audit_refused.add()
    with path.with_suffix(".refused").open("ab") as refused:
        refused.write(line + b"\n")


def _records(path: Path) -> Iterator[bytes]:
    for line in whole_lines(path):
        record = line[:-1]
        if b"\x00" in line or not line.endswith(b"\n"):
            metrics.audit_torn.add()  # Cut short when its process died; its answer had not gone out yet.
        elif _is_canonical(record):
            yield record
        else:
            yield from _upgraded(record, path)


def _upgraded(line: bytes, path: Path) -> Iterator[bytes]:
    """Yield a record that was spooled by the version before this one in canonical form; set aside what is none."""
    try:
        yield canonical(upgraded(orjson.loads(line)))
    except (KeyError, TypeError, ValueError, AttributeError):
        _set_aside(line, path)


def _is_canonical(line: bytes) -> bool:
    """Say whether the record ends with its workspace, as the canonical form does: it need not be parsed."""
    return line[_WORKSPACE_KEY] == b',"workspace_id":"' and line[-2:] == b'"}'


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(itertools.islice(lines, _BATCH)):
        yield batch


def _lay(batch: list[bytes]) -> None:
    """Lay a batch into its chains, begun where there is none yet."""
    # No object is made for a record, as that would have the garbage collector walk the whole process again and again.
    workspaces = {written: UUID(written.decode()) for written in {line[_WORKSPACE] for line in batch}}
    try:
        _lay_into_chains(batch, workspaces)
    except chain.ChainMissing:
        chain.open_chains(workspaces.values())
        _lay_into_chains(batch, workspaces)


@transaction.atomic
def _lay_into_chains(batch: list[bytes], workspaces: dict[bytes, UUID]) -> None:
    chains = chain.locked(workspaces.values())
    ends = {written: End.of(chains[workspace_id]) for written, workspace_id in workspaces.items()}
    rows.insert([ends[line[_WORKSPACE]].take(line) for line in batch])
    for written, workspace_id in workspaces.items():
        ends[written].move(chains[workspace_id])
    chain.store(chains.values())


@dataclass(slots=True)
class End:
    """Where a chain ends while a batch is laid: plain bytes, since this is the part that costs every record."""

    position: int
    hash: bytes

    @classmethod
    def of(cls, of_chain: AuditChain) -> "End":
        """Return where the chain ends."""
        return cls(of_chain.last_position, of_chain.last_hash.encode())

    def take(self, line: bytes) -> bytes:
        """Return the record with the next place in the chain."""
        previous, self.hash = self.hash, chain.hash_of(self.hash, line)
        self.position += 1
        return placed(line, self.position, previous, self.hash)

    def move(self, of_chain: AuditChain) -> None:
        """Let the chain end here."""
        of_chain.last_position, of_chain.last_hash = self.position, self.hash.decode()
