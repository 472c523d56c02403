"""What a job would do, looked at before it begins: which files it would mask, and where each would go."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from glob import has_magic
from threading import Lock
from time import monotonic

from privacy_service.jobs.allowed import is_in_sight, leads_out
from privacy_service.jobs.errors import JobRefused, OutOfSight
from privacy_service.jobs.places import Found, Place, before_pattern, expand
from privacy_service.jobs.planning import Listing, Wish, check_clear, is_wanted, listed, nothing_matches
from privacy_service.jobs.policies import Chosen
from privacy_service.jobs.starting import Asked
from workspaces.models import Workspace

_SHOWN = 10
_MOST = 1_000  # So many are looked for, measured and checked beforehand; the job itself checks each.
_WITHIN_SECONDS = 10  # Somebody waits for the page: a slow store or a folder without end holds nobody longer.
_AT_ONCE = 2
_LOOKING = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="outlook")


class _Seats:
    """Who looks now: one look at a time for a workspace, and few in all, since nothing ends one that is stuck."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._lock = Lock()

    def take(self, slug: str) -> bool:
        """Take a seat for a workspace, where one is free for it."""
        with self._lock:
            is_free = slug not in self._taken and len(self._taken) < _AT_ONCE
            if is_free:
                self._taken.add(slug)
            return is_free

    def give_back(self, slug: str) -> None:
        """Leave the seat to others."""
        with self._lock:
            self._taken.discard(slug)


_SEATS = _Seats()


@dataclass(frozen=True, slots=True)
class Ahead:
    """One file that would be masked."""

    name: str
    size: int
    out: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """The first files that a job would mask, how many there are and how large, and which it would leave out.

    Where there are more than are looked for, `count` and `left_out` end there.
    """

    files: tuple[Ahead, ...]
    count: int
    size: int | None  # None where there are too many to measure.
    left_out: tuple[str, ...]
    is_more: bool  # Than are counted.
    leaves_out_more: bool  # Than are named.

    @property
    def further(self) -> int:
        """Count the files that are not shown."""
        return self.count - len(self.files)


def outlook(workspace: Workspace, asked: Asked, chosen: Chosen) -> Outlook:
    """Return what a job would do; raise JobRefused where it would fail, OutOfSight where this process cannot tell.

    Nothing of what the files hold is read.
    """
    if not is_in_sight(asked.source, workspace.slug) or not _SEATS.take(workspace.slug):
        raise OutOfSight
    try:
        looking = _LOOKING.submit(_looked_from_seat, workspace.slug, asked, chosen)
    except RuntimeError:  # The process is ending.
        _SEATS.give_back(workspace.slug)
        raise OutOfSight from None
    try:
        return looking.result(timeout=_WITHIN_SECONDS)
    except JobRefused:
        raise
    except Exception:  # noqa: BLE001 - of whatever kind: each client of a store has errors of its own.
        raise OutOfSight from None


def _looked_from_seat(slug: str, asked: Asked, chosen: Chosen) -> Outlook:
    """Look, and leave the seat when the look itself ends, which may be long after nobody waits for it."""
    try:
        return _looked(slug, asked, chosen, until=monotonic() + _WITHIN_SECONDS)
    finally:
        _SEATS.give_back(slug)


def _looked(slug: str, asked: Asked, chosen: Chosen, until: float) -> Outlook:
    wish = Wish(asked.source, asked.out, chosen, asked.tier, asked.kind, overwrites=asked.overwrites, workspace=slug)
    found = listed(wish, _found(wish, until))
    if not asked.only_newer:  # Else which files are to be masked is known once each was read.
        check_clear(found.tasks[:_MOST], wish)
    return _outlook_of(found, until)


def _outlook_of(found: Listing, until: float) -> Outlook:
    sizes = []
    for task in found.tasks[:_MOST]:
        _check_time(until)
        sizes.append(task.source.size())
    first = zip(found.names[:_SHOWN], found.tasks, sizes, strict=False)
    files = tuple(Ahead(name, size, task.out.address) for name, task, size in first)
    is_more = len(found.tasks) > _MOST
    leaves_out_more = is_more or len(found.left_out) > _MOST
    whole = None if is_more else sum(sizes)
    return Outlook(files, len(sizes), whole, found.left_out[:_MOST], is_more, leaves_out_more)


def _check_time(until: float) -> None:
    if monotonic() > until:
        raise OutOfSight


def _found(wish: Wish, until: float) -> Found:
    """Return what a job would find, up to one more than is counted of what it masks and of what it leaves out."""
    place = Place.at(wish.source)
    is_pattern = has_magic(place.address)
    if not place.is_local or not (is_pattern or place.is_folder()):
        found = expand(wish.source)
        return replace(found, names=_first_of(found.names, wish))
    root, parts = _cut(place) if is_pattern else (place.address.rstrip("/") + "/", ["**"])
    walk = _Walk(wish.workspace, until, is_pattern=is_pattern)
    names = _first_of((one[len(root) :] for one in walk.files(root, parts)), wish)
    if is_pattern and not names:
        raise nothing_matches(wish.source)
    return Found(Place(root), names)


def _first_of(names: Iterable[str], wish: Wish) -> list[str]:
    known: set[str] = set()
    others: set[str] = set()
    for name in names:
        some = known if is_wanted(name, wish) else others
        if len(some) <= _MOST:
            some.add(name)
        if len(known) > _MOST:
            break
    return sorted(known | others)


def _cut(pattern: Place) -> tuple[str, list[str]]:
    """Return the folder that a pattern begins with, and the parts of what is below it."""
    root = before_pattern(pattern.address)
    *folders, last = pattern.address[len(root) :].split("/")
    return root, [*(one for one in folders if one not in {"", "."}), last]


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk that finds what a job finds, one folder after the other: it ends in time, and never leaves the place."""

    slug: str
    until: float
    is_pattern: bool  # A pattern follows links to folders and passes over hidden files; a folder does neither.

    def files(self, folder: str, parts: list[str]) -> Iterator[str]:
        """Yield the files below a folder that match the parts of a pattern."""
        first, *rest = parts
        if first == "**" and rest:
            yield from self.files(folder, rest)
        for entry in self._entries(folder):
            if not self._is_meant(entry, first):
                continue
            if _is_folder(entry):
                if (first == "**" or rest) and (self.is_pattern or not entry.is_symlink()):
                    yield from self.files(f"{entry.path}/", parts if first == "**" else rest)
            elif not rest and _is_file(entry):
                yield entry.path

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """Return what lies in a folder, in the order of whole paths; nothing where it cannot be read, as for a job."""
        found = []
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                _check_time(self.until)
                found.append(entry)
        return sorted(found, key=lambda one: one.name + "/" * _is_folder(one))

    def _is_meant(self, entry: os.DirEntry[str], part: str) -> bool:
        is_hidden = self.is_pattern and entry.name.startswith(".") and not part.startswith(".")
        if is_hidden or not (part == "**" or fnmatchcase(entry.name, part)):
            return False
        return not (entry.is_symlink() and leads_out(Place(entry.path), self.slug))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # By its path: asked of an entry, a link that ends nowhere raises.
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()  # noqa: PTH112


def _is_file(entry: os.DirEntry[str]) -> bool:
    return os.path.isfile(entry.path) if entry.is_symlink() else entry.is_file()  # noqa: PTH113
