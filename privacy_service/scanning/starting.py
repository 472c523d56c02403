"""start_scan(): a look at the places of a source, begun by somebody and done by a worker."""

from django.db import transaction

from privacy_service.inventory.models import Scan, ScanState
from privacy_service.inventory.restricting import check_may_read
from privacy_service.managing.errors import invalid_fields
from privacy_service.scanning.running import end_scan
from privacy_service.scanning.sources.base import ScanRefused
from privacy_service.scanning.targets import confined_target_of, slug_for
from privacy_service.scanning.tasks import run_scan
from workspaces.acts import Act, note
from workspaces.models import User, Workspace


@transaction.atomic
def start_scan(workspace: Workspace, address: str, *, source: str = "", rows: int, by: User) -> Scan:
    """Have a source scanned; raise InvalidFields for an address that is none, AccessDenied for who may not read it."""
    try:
        target = confined_target_of(workspace, address, rows=rows)
    except ScanRefused as error:
        raise invalid_fields({"address": [str(error)]}) from None
    check_may_read(workspace, address, by)
    scan = Scan.objects.create(
        workspace=workspace, source=source or slug_for(target), address=address, rows=rows, created_by=by
    )
    note(Act.SCAN_STARTED, workspace, by, scan)
    transaction.on_commit(lambda: _send(scan))
    return scan


def _send(scan: Scan) -> None:
    """Ask a worker for it; where none can be asked the scan says so, instead of waiting for ever."""
    try:
        run_scan.delay(str(scan.pk))
    except Exception:  # noqa: BLE001 - of whatever kind: a client of Redis that was cut off raises AttributeError.
        end_scan(scan, ScanState.FAILED, "No worker could be asked: Redis does not answer. Start it again.")
