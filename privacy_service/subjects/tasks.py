"""Work on requests, beside requests."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from privacy_service.subjects import carrying_out, confirming, handwork
from privacy_service.subjects.archives import keeping as archives
from privacy_service.subjects.dialects.opendsr.taking import start_due
from privacy_service.subjects.index import scanning
from privacy_service.subjects.lifecycle import WORK
from privacy_service.subjects.notices import preparing, purging, sending
from privacy_service.subjects.opendsr import telling
from privacy_service.subjects.opendsr.telling import TELL
from privacy_service.subjects.regulations.making import UNFOLD, unfold

logger = logging.getLogger(__name__)

# Below the time limit of a task; what is not done by then is done by the next one, which beat has sent by then.
_SECONDS = 60.0
_LONGEST_SCAN_SECONDS = 6 * 3600  # Millions of people; one row says that it is still at work.


@shared_task(name=WORK)
def work() -> None:
    """Ask the systems whose turn it is: at the start, after a failure, after a worker has died.

    The database is the queue: two of these tasks at once ask twice as many systems, and no system twice.
    """
    carrying_out.work(_SECONDS)


@shared_task(name=confirming.SEND)
def send_links() -> None:
    """Send the links by which people confirm what they asked on a form; where no mail goes out, beat tries again."""
    try:
        confirming.send_links()
    except OSError:
        logger.exception("Links to confirm requests could not be sent; the next sweep tries again")


@shared_task(name=UNFOLD)
def unfold_regulations() -> None:
    """Open the requests of regulations, a hundred people at a time."""
    unfold(_SECONDS)


@shared_task(name=preparing.SEND)
def send_notices() -> None:
    """Tell people that they were forgotten, as each workspace has set it; where no mail goes out, beat tries again."""
    try:
        sending.send_notices()
    except OSError:
        logger.exception("Notices to people could not be sent; the next sweep tries again")


@shared_task(name="subjects.purge_log")
def purge_log() -> None:
    """Keep nothing but keyed hashes of what is long over."""
    purging.purge_log(timezone.now())


@shared_task(name=TELL)
def tell_controllers() -> None:
    """Tell controllers of requests that have moved, and begin with those that can be cancelled no more."""
    start_due()
    telling.tell_controllers(_SECONDS)


@shared_task(name="subjects.end_unconfirmed")
def end_unconfirmed() -> None:
    """Cancel what nobody confirmed within a day."""
    confirming.end_unconfirmed()


@shared_task(name=archives.SEND)
def keep_archives() -> None:
    """Send the links to copies that are ready, and take away those that are over."""
    archives.end_over()
    try:
        archives.send_links()
    except OSError:
        logger.exception("Links to archives could not be sent; the next sweep tries again")


@shared_task(name=scanning.SCAN, time_limit=_LONGEST_SCAN_SECONDS)
def scan(scan_id: str) -> None:
    """Read one system into the index."""
    scanning.carry_out(UUID(scan_id))


@shared_task(name="subjects.pick_up_scans")
def pick_up_scans() -> None:
    """Have those systems read that nobody reads: a worker died, or the broker was away."""
    for scan_id in scanning.waiting():
        scan.delay(str(scan_id))


@shared_task(name="subjects.send_tasks")
def send_tasks() -> None:
    """Tell the people responsible what needs them; where no mail goes out, beat tries again."""
    try:
        handwork.send_tasks()
    except OSError:
        logger.exception("People could not be told of what needs them; the next sweep tries again")
