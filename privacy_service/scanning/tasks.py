"""Scans that were asked for over HTTP, as tasks: they take an id, and one that is lost is told so."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from privacy_service.inventory.models import Scan, ScanState
from privacy_service.scanning.running import run
from privacy_service.scanning.sources.base import ScanRefused
from privacy_service.scanning.targets import confined_target_of

_LONGEST_SECONDS = 3600
_LOST_AFTER = timedelta(seconds=2 * _LONGEST_SECONDS)


@shared_task(name="scanning.run", time_limit=_LONGEST_SECONDS)
def run_scan(scan_id: str) -> None:
    """Look through what a scan names; one that is done stays as it is."""
    scan = Scan.objects.select_related("workspace").filter(pk=UUID(scan_id), state=ScanState.WAITING).first()
    if scan is None:
        return
    try:
        run(scan, confined_target_of(scan.workspace, scan.address, rows=scan.rows))
    except ScanRefused as error:
        _fail(scan, str(error))
    except Exception as error:
        _fail(scan, f"It broke off ({type(error).__name__}); the log says where.")
        raise


@shared_task(name="scanning.end_lost")
def end_lost() -> None:
    """Say of scans that nobody moves any more that they failed: their worker was lost."""
    lost = Scan.objects.filter(
        state__in=[ScanState.WAITING, ScanState.RUNNING], moved_at__lt=timezone.now() - _LOST_AFTER
    )
    lost.update(state=ScanState.FAILED, message="It was lost with its worker: start it again.", ended_at=timezone.now())


def _fail(scan: Scan, message: str) -> None:
    scan.state, scan.message, scan.ended_at = ScanState.FAILED, message[:500], timezone.now()
    scan.save(update_fields=["state", "message", "ended_at"])
