"""One scan, place by place: fields are written down as each place was looked at, and the scan says how far it is."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from classifier import ClassifierError, Tier
from privacy_service.decisions.policies import own_rules_of
from privacy_service.inventory.looking import Look, Looking
from privacy_service.inventory.models import Scan, ScanState, SeenIn
from privacy_service.inventory.names import Names
from privacy_service.inventory.register import Where, Written, write_down
from privacy_service.scanning.sources.base import Sample, ScanRefused, Source
from workspaces.models import Source as WorkspaceSource
from workspaces.models import Workspace
from workspaces.sources import add_source

MOST_PLACES = 2000
_LONGEST_MESSAGE = 500
NOTHING_WRITTEN = Written()


@dataclass(frozen=True, slots=True)
class Scanned:
    """One place that was looked at, or why it could not be."""

    place: str
    looks: tuple[Look, ...] = ()
    written: Written = NOTHING_WRITTEN
    records: int = 0
    problem: str = ""


Told = Callable[[Scan, Scanned], None]


def say_nothing(scan: Scan, scanned: Scanned) -> None:
    """Tell nobody how far a scan is."""
    del scan, scanned


def run(scan: Scan, source: Source, told: Told = say_nothing, *, tier: Tier = Tier.FAST) -> Scan:
    """Look through a source; what goes wrong with one place leaves it out, and is told."""
    try:
        places = source.places()
    except ScanRefused as error:
        return end_scan(scan, ScanState.FAILED, str(error))
    _make_known(scan)
    scan.places, scan.state = len(places), ScanState.RUNNING
    _move(scan)
    problems = [f"{len(places) - MOST_PLACES} places were left out."] if len(places) > MOST_PLACES else []
    for place in places[:MOST_PLACES]:
        scanned = _scanned(scan, source, place, tier)
        _count(scan, scanned)
        problems += [f"{place}: {scanned.problem}"] if scanned.problem else []
        told(scan, scanned)
    is_failed = bool(places) and _all_failed(scan, problems)
    return end_scan(scan, ScanState.FAILED if is_failed else ScanState.DONE, " ".join(problems))


def _all_failed(scan: Scan, problems: list[str]) -> bool:
    """Say whether no place could be looked at."""
    return len(problems) >= scan.places and not scan.fields


def _make_known(scan: Scan) -> None:
    """Make the source known where there is none of its slug: from now on grants can name it."""
    if not WorkspaceSource.objects.filter(workspace=scan.workspace, slug=scan.source).exists():
        add_source(scan.workspace, scan.source, by=scan.created_by)


def _scanned(scan: Scan, source: Source, place: str, tier: Tier) -> Scanned:
    try:
        sample = source.sample(place, scan.rows)
        looks = _looks(scan.workspace, sample, tier)
    except ScanRefused as error:
        return Scanned(place, problem=str(error))
    except ClassifierError as error:
        return Scanned(place, problem=f"Its records could not be looked at ({type(error).__name__}).")
    written = write_down(scan.workspace, Where(scan.source, place, SeenIn.SCAN), looks)
    problem = f"{sample.left_out} could not be read." if sample.left_out else ""
    return Scanned(place, looks, written, len(sample.records), problem)


def _looks(workspace: Workspace, sample: Sample, tier: Tier) -> tuple[Look, ...]:
    looking = Looking(Names(sample.records, sample.declared), own_rules_of(workspace), tier=tier)
    looking.add(sample.records)
    return tuple(looking.looks.values())


def _count(scan: Scan, scanned: Scanned) -> None:
    scan.places_done += 1
    scan.records += scanned.records
    scan.fields += scanned.written.fields
    scan.new_fields += scanned.written.new
    scan.new_red_fields += scanned.written.new_red
    _move(scan)


def _move(scan: Scan) -> None:
    scan.moved_at = timezone.now()
    scan.save()


@transaction.atomic
def end_scan(scan: Scan, state: ScanState, message: str) -> Scan:
    """Say how a scan has ended, and why."""
    scan.state, scan.message, scan.ended_at = state, message[:_LONGEST_MESSAGE], timezone.now()
    _move(scan)
    return scan
