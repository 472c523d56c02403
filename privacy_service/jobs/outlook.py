"""What a job would do, looked at before it begins: which files it would mask, and where each would go."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from privacy_service.jobs.allowed import check_still_allowed, is_in_sight
from privacy_service.jobs.errors import JobRefused, OutOfSight
from privacy_service.jobs.planning import Listing, Wish, check_clear, listed
from privacy_service.jobs.policies import Chosen
from privacy_service.jobs.starting import Asked
from workspaces.models import Workspace

_SHOWN = 10
_MOST = 1_000  # So many are measured and checked beforehand; the job itself checks each.
_WITHIN_SECONDS = 10  # Somebody waits for the page: a slow store or a folder without end holds nobody longer.
_LOOKING = ThreadPoolExecutor(2, thread_name_prefix="outlook")


@dataclass(frozen=True, slots=True)
class Ahead:
    """One file that would be masked."""

    name: str
    size: int
    out: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """The first files that a job would mask, how many there are and how large, and which it would leave out."""

    files: tuple[Ahead, ...]
    count: int
    size: int | None  # None where there are too many to measure.
    left_out: tuple[str, ...]

    @property
    def further(self) -> int:
        """Count the files that are not shown."""
        return self.count - len(self.files)


def outlook(workspace: Workspace, asked: Asked, chosen: Chosen) -> Outlook:
    """Return what a job would do; raise JobRefused where it would fail, OutOfSight where this process cannot tell.

    Nothing of what the files hold is read.
    """
    if not is_in_sight(asked.source, workspace.slug):
        raise OutOfSight
    looking = _LOOKING.submit(_looked, workspace.slug, asked, chosen)
    try:
        return looking.result(timeout=_WITHIN_SECONDS)
    except JobRefused:
        raise
    except Exception:  # noqa: BLE001 - of whatever kind: each client of a store has errors of its own.
        looking.cancel()
        raise OutOfSight from None


def _looked(slug: str, asked: Asked, chosen: Chosen) -> Outlook:
    wish = Wish(asked.source, asked.out, chosen, asked.tier, asked.kind, overwrites=asked.overwrites)
    found = listed(wish)
    some = found.tasks[:_MOST]
    for task in some:
        check_still_allowed(task.source, slug)
        check_still_allowed(task.out, slug)
    if not asked.only_newer:  # Else which files are to be masked is known once each was read.
        check_clear(some, wish)
    return _outlook_of(found)


def _outlook_of(found: Listing) -> Outlook:
    sizes = [task.source.size() for task in found.tasks[:_MOST]]
    first = zip(found.names[:_SHOWN], found.tasks, sizes, strict=False)
    files = tuple(Ahead(name, size, task.out.address) for name, task, size in first)
    whole = sum(sizes) if len(found.tasks) <= _MOST else None
    return Outlook(files, len(found.tasks), whole, found.left_out)
