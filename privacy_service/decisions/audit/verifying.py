"""verify(): reads a chain from its anchor to its end and says where it is not what the service wrote."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from privacy_service.decisions.audit.canonical import FIELDS, canonical
from privacy_service.decisions.audit.chain import INSTALLATION, hash_of, is_sealed
from privacy_service.decisions.models import AuditChain, AuditRecord

_PAGE = 2000

Progress = Callable[[int], object]
"""Told how many records of the chain were read so far."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One place at which a chain is not what the service wrote."""

    workspace_id: UUID
    position: int  # 0 where the chain as a whole is meant.
    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found in one chain."""

    chain: AuditChain
    faults: tuple[Fault, ...]

    @property
    def records(self) -> int:
        """Return how many records the chain should hold."""
        return self.chain.last_position - self.chain.first_position + 1


def verify(workspace_id: UUID, progress: Progress = lambda _: None) -> Verified:
    """Read a whole chain, remember in its row what was found, and return it; raise AuditChain.DoesNotExist."""
    chain = AuditChain.objects.get(pk=workspace_id)
    faults = tuple(_faults_of(chain, progress))
    now = AuditChain.objects.get(pk=workspace_id)
    if faults and now.first_position != chain.first_position:
        return verify(workspace_id, progress)  # Retention took the oldest records away while they were read.
    state = {"verified_at": timezone.now(), "verified_position": chain.last_position, "faults": len(faults)}
    AuditChain.objects.filter(pk=workspace_id).update(**state)
    return Verified(chain, faults)


def missing_chains() -> Iterator[Fault]:
    """Yield a fault for each chain that is gone as a whole, and for records that belong to none."""
    numbers = set(AuditChain.objects.values_list("number", flat=True))
    installation = AuditChain.objects.filter(pk=INSTALLATION).first()
    if installation is None:
        yield Fault(INSTALLATION, 0, "the installation's chain, which counts the others, is missing")
    opened = installation.opened if installation else max(numbers, default=0)
    for number in sorted(set(range(1, opened + 1)) - numbers):
        yield Fault(INSTALLATION, 0, f"chain number {number} is missing with all its records")
    chains = AuditChain.objects.filter(pk=OuterRef("workspace_id"))
    strays = AuditRecord.objects.exclude(Exists(chains)).order_by("workspace_id")
    for workspace_id in strays.values_list("workspace_id", flat=True).distinct():
        yield Fault(workspace_id, 0, "records are there, but their chain is missing")


def is_intact(record: AuditRecord) -> bool:
    """Say whether one record is what its hash says, and whether its neighbours in the chain say the same of it."""
    beside = AuditRecord.objects.filter(
        workspace_id=record.workspace_id, position__in=(record.position - 1, record.position + 1)
    )
    around = {neighbour.position: neighbour for neighbour in beside}
    before, after = around.get(record.position - 1), around.get(record.position + 1)
    end = AuditChain.objects.filter(pk=record.workspace_id).first()
    return (
        _is_unchanged(record)
        and (before is None or before.hash == record.previous_hash)
        and (after.previous_hash if after else end.last_hash if end else "") == record.hash
    )


def _faults_of(chain: AuditChain, progress: Progress) -> Iterator[Fault]:
    if not is_sealed(chain):
        yield Fault(chain.pk, 0, "its row was changed, or sealed with another PRIVACY_TOKEN_KEY")
    yield from _faults_of_records(chain, progress)
    records = AuditRecord.objects.filter(workspace_id=chain.pk)
    if records.filter(position__lt=chain.first_position).exists():
        yield Fault(chain.pk, 0, f"records before the first, {chain.first_position}, are there")
    newest = records.order_by("-position").values_list("position", flat=True).first() or 0
    end = AuditChain.objects.values_list("last_position", flat=True).get(pk=chain.pk)  # Read last: it moves on.
    if newest > end:
        yield Fault(chain.pk, end + 1, f"records {end + 1} to {newest} are there, but the service never wrote them")


def _faults_of_records(chain: AuditChain, progress: Progress) -> Iterator[Fault]:
    expected, previous = chain.first_position, chain.anchor_hash
    for record in _records_of(chain):
        if record.position > expected:
            yield _missing(chain, expected, record.position - 1)
        elif record.previous_hash != previous:
            what = "does not follow the record before it: one of them was changed or moved"
            yield Fault(chain.pk, record.position, f"record {_named(record)} {what}")
        if not _is_unchanged(record):
            yield Fault(chain.pk, record.position, f"record {_named(record)} was changed")
        expected, previous = record.position + 1, record.hash
        if record.position % _PAGE == 0:
            progress(record.position - chain.first_position + 1)
    if expected <= chain.last_position:
        yield _missing(chain, expected, chain.last_position)
    elif previous != chain.last_hash:
        yield Fault(chain.pk, expected - 1, f"record {expected - 1} is not the one that the chain ends with")


def _records_of(chain: AuditChain) -> Iterator[AuditRecord]:
    """Yield the chain's records page by page: one long query would meet the time limit of queries."""
    seen = chain.first_position - 1
    records = AuditRecord.objects.filter(workspace_id=chain.pk, position__lte=chain.last_position)
    while page := list(records.filter(position__gt=seen).order_by("position")[:_PAGE]):
        yield from page
        seen = page[-1].position


def _missing(chain: AuditChain, first: int, last: int) -> Fault:
    which = f"record {first} is" if first == last else f"records {first} to {last} are"
    newest = ", the newest of the chain" if last == chain.last_position else ""
    return Fault(chain.pk, first, f"{which} missing{newest}")


def _is_unchanged(record: AuditRecord) -> bool:
    line = canonical({field: getattr(record, field) for field in FIELDS})
    return hash_of(record.previous_hash.encode(), line).decode() == record.hash


def _named(record: AuditRecord) -> str:
    return f"{record.position} (id {record.pk}, {record.at:%Y-%m-%d %H:%M:%S})"
