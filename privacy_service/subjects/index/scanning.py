"""Reading whole systems into the index: each by itself, started by a person or by its schedule, visible while it runs.

A scan that loses its worker is begun anew by another; what it had filed is filed already. At its end whoever was not
seen any more is taken out.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from privacy_service.exceptions import Conflict
from privacy_service.subjects.destinations import OptionsRefused, driver_of
from privacy_service.subjects.destinations.base import Lists, NotDone
from privacy_service.subjects.identifiers import Identifier
from privacy_service.subjects.index.keeping import AT_ONCE, Sighting, keep
from privacy_service.subjects.index.knowing import forget_digests
from privacy_service.subjects.models import Destination, IndexEntry, IndexScan, RequestIdentifier, Wish
from workspaces.acts import Act, note
from workspaces.models import User
from workspaces.queueing import send_task_soon
from workspaces.sealing import SealBroken

logger = logging.getLogger(__name__)

SCAN = "subjects.scan"  # The task that reads one system.
LOST_AFTER = timedelta(minutes=5)
_STALE_AT_ONCE = 1000

State = IndexScan.State


@transaction.atomic
def begin(destination: Destination, *, by: User | None = None, here: bool = False) -> IndexScan:
    """Have a system read into the index, by a worker or `here`; raise Conflict where it cannot be, or is already."""
    if not isinstance(driver_of(destination), Lists):
        message = "A system of this kind cannot name everybody it knows; add people by hand, or from events."
        raise Conflict(message)
    Destination.objects.select_for_update().get(pk=destination.pk)
    if IndexScan.objects.filter(destination=destination, state__in=[State.WAITING, State.RUNNING]).exists():
        message = "This system is being read already."
        raise Conflict(message)
    scan = IndexScan.objects.create(destination=destination, by=by)
    note(Act.INDEX_SCANNED, destination.workspace, by, destination)
    if not here:
        send_task_soon(SCAN, str(scan.pk))  # A sweep asks too.
    return scan


def waiting() -> list[UUID]:
    """Return the scans that nobody works on: just made, or left by a worker that died."""
    lost = Q(state=State.RUNNING, alive_at__lt=timezone.now() - LOST_AFTER)
    return list(IndexScan.objects.filter(Q(state=State.WAITING) | lost).values_list("pk", flat=True))


def carry_out(scan_id: UUID, watch: Callable[[int], None] = lambda _: None) -> IndexScan | None:
    """Read the system of a scan, unless somebody else does; what goes wrong is kept with the scan."""
    scan = _taken(scan_id)
    if scan is None:
        return None
    try:
        _read(scan, watch)
    except (NotDone, OptionsRefused, SealBroken) as error:
        return _ended(scan, State.FAILED, str(error))
    except Exception:
        # Whatever a library says may hold a person: only where it broke is told.
        logger.exception("The scan %s broke", scan.pk)
        return _ended(scan, State.FAILED, "It broke in a way that nobody foresaw; the log says where.")
    return _ended(scan, State.DONE, "")


def _taken(scan_id: UUID) -> IndexScan | None:
    now = timezone.now()
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, alive_at__lt=now - LOST_AFTER)
    taken = IndexScan.objects.filter(free, pk=scan_id).update(
        state=State.RUNNING, started_at=now, alive_at=now, people=0
    )
    return IndexScan.objects.select_related("destination__workspace").get(pk=scan_id) if taken else None


def _read(scan: IndexScan, watch: Callable[[int], None]) -> None:
    destination = scan.destination
    driver = driver_of(destination)
    if not isinstance(driver, Lists):
        return
    for people in _batches(driver.people(destination.known_by)):
        keep(destination.workspace, [Sighting(names) for names in people], destination)
        scan.people += len(people)
        # One that was given to another worker meanwhile, or whose system was taken away, ends here.
        mine = IndexScan.objects.filter(pk=scan.pk, state=State.RUNNING, started_at=scan.started_at)
        if not mine.update(people=scan.people, alive_at=timezone.now()):
            return
        watch(scan.people)
    _take_out_unseen(scan)
    _take_out_forgotten(scan)


def _batches(people: Iterable[tuple[Identifier, ...]]) -> Iterator[list[tuple[Identifier, ...]]]:
    rest = iter(people)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _take_out_unseen(scan: IndexScan) -> None:
    stale = IndexEntry.objects.filter(destination=scan.destination, seen_at__lt=scan.started_at)
    while ids := list(stale.values_list("pk", flat=True)[:_STALE_AT_ONCE]):
        IndexEntry.objects.filter(pk__in=ids).delete()


def _take_out_forgotten(scan: IndexScan) -> None:
    """Take out whom the system has forgotten while it was read: the reading may show it as it was before."""
    since = {"request__finished_at__gte": scan.started_at, "request__wish__in": [wish for wish in Wish if wish.deletes]}
    rows = RequestIdentifier.objects.filter(request__workspace=scan.destination.workspace, **since)
    for request_id in rows.order_by("request").values_list("request", flat=True).distinct():
        names = rows.filter(request=request_id).values_list("digest", "kind")
        forget_digests(scan.destination.workspace, [{bytes(digest): kind for digest, kind in names}])


def _ended(scan: IndexScan, state: State, problem: str) -> IndexScan:
    scan.state, scan.problem, scan.finished_at = state, problem[:200], timezone.now()
    mine = IndexScan.objects.filter(pk=scan.pk, state=State.RUNNING, started_at=scan.started_at)
    mine.update(state=state, problem=scan.problem, finished_at=scan.finished_at)
    return scan
