"""Which files a run is about, where each goes, and what speaks against it before anything is read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path

from django.conf import settings

from classifier import Tier
from privacy_service.jobs.allowed import check_still_allowed, in_place
from privacy_service.jobs.chunks import CHUNK_BYTES, Hiding, OnError
from privacy_service.jobs.errors import JobRefused, NothingToMask, OutIsThere
from privacy_service.jobs.journal import Journal
from privacy_service.jobs.kinds import FileKind, form_of, is_known, packing_of
from privacy_service.jobs.manifest import policy_in, read_manifest
from privacy_service.jobs.places import Found, Place, expand
from privacy_service.jobs.policies import Chosen
from privacy_service.jobs.task import FileTask, parts_beside

_NEEDED = 2.1  # Parts and the whole are there at the same time.


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is asked for."""

    source: str
    out: str
    chosen: Chosen
    tier: Tier
    kind: FileKind | None = None
    on_error: OnError = OnError.STOP
    only_newer: bool = False
    goes_on: bool = False
    restarts: bool = False
    overwrites: bool = False
    sample_rows: int = 20
    chunk_bytes: int = CHUNK_BYTES
    work_dir: str = ""
    workspace: str = ""  # Whose places alone count; none for the command, which goes where its user may go.


@dataclass(frozen=True, slots=True)
class Planned:
    """The files to mask, those that are as they should be, and those of a kind that nobody has told."""

    tasks: tuple[FileTask, ...]
    up_to_date: tuple[FileTask, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a wish, each with its name below what is read, and those of a kind that nobody has told."""

    names: tuple[str, ...]
    tasks: tuple[FileTask, ...]
    left_out: tuple[str, ...]


def listed(wish: Wish, found: Found | None = None) -> Listing:
    """Return the files that a wish is about, among those found; look for these where none are given.

    Raise NothingToMask, or JobRefused where they would be written over or lie where the workspace has no business.
    """
    found = in_place(found or expand(wish.source), wish.workspace)
    if has_magic(wish.source) and not found.names:
        raise nothing_matches(wish.source)
    known = tuple(name for name in found.names if is_wanted(name, wish))
    left_out = tuple(name for name in found.names if not is_wanted(name, wish) and not is_ours(name))
    if not known:
        message = f"{wish.source} holds no file whose name tells its kind; say it with --format."
        raise NothingToMask(message)
    tasks = tuple(_task(wish, found.at(name), _out_of(wish, found, name)) for name in known)
    _check_allowed(tasks, wish)  # Before anything else is asked of them: any other answer tells what is there.
    _check_apart(tasks, wish)
    return Listing(known, tasks, left_out)


def nothing_matches(source: str) -> NothingToMask:
    """Return what is said where a pattern names no file, or none that the workspace may know of."""
    return NothingToMask(f"Nothing matches {Place.at(source).address}.")


def _check_allowed(tasks: Sequence[FileTask], wish: Wish) -> None:
    for task in tasks if wish.workspace else ():
        check_still_allowed(task.source, wish.workspace)
        check_still_allowed(task.out, wish.workspace)


def planned(wish: Wish) -> Planned:
    """Return what is to be done; raise JobRefused."""
    listing = listed(wish)
    to_do: list[FileTask] = []
    up_to_date: list[FileTask] = []
    for task in listing.tasks:
        (up_to_date if wish.only_newer and _is_up_to_date(task) else to_do).append(task)
    check_clear(to_do, wish)
    return Planned(tuple(to_do), tuple(up_to_date), listing.left_out)


def check_clear(tasks: Sequence[FileTask], wish: Wish) -> None:
    """Raise OutIsThere where a file would be written over, JobRefused where there is too little room."""
    for task in tasks:
        _check_free(task, wish)
    _check_room(tasks)


def is_wanted(name: str, wish: Wish) -> bool:
    """Say whether a file is one to mask, as its name and the wish tell."""
    return not is_ours(name) and (wish.kind is not None or is_known(name))


_HIDDEN = (".masking", ".writing")


def is_ours(name: str) -> bool:
    """Say whether a file is one that a run puts beside what it writes."""
    parts = Path(name).parts
    return name.endswith(".manifest.json") or any(one.startswith(".") and one.endswith(_HIDDEN) for one in parts)


def _out_of(wish: Wish, found: Found, name: str) -> Place:
    """Return where a file goes: one alone to the very place, unless that is a folder; others below it as they lay."""
    out = Place.at(wish.out)
    if found.is_one and not wish.out.endswith("/") and not out.is_folder():
        return out
    return out.child(name)


def _task(wish: Wish, source: Place, out: Place) -> FileTask:
    form = form_of(source.name, wish.kind)
    if form.kind is FileKind.PARQUET and packing_of(out.name):
        message = f"{out.name}: Parquet packs its own columns; leave the ending away."
        raise JobRefused(message)
    hiding = Hiding(form, wish.chosen.policy, wish.tier, wish.on_error, wish.sample_rows)
    return FileTask(source, out, hiding, wish.chosen.used, _parts(out, wish), wish.chunk_bytes)


def _parts(out: Place, wish: Wish) -> Place:
    """Return where the parts wait: beside a local output, else in a folder of this machine."""
    if out.is_local and not wish.work_dir:
        return parts_beside(out)
    name = hashlib.sha256(out.address.encode()).hexdigest()[:24]
    return Place(f"{wish.work_dir or settings.PRIVACY_DATA_DIR / 'jobs'}/{name}")


def _check_apart(tasks: Sequence[FileTask], wish: Wish) -> None:
    """Refuse to write over what is read, or among it."""
    sources = {task.source.real() for task in tasks}
    if any(task.out.real() in sources for task in tasks):
        message = f"{wish.out} is the input itself: name another place for the masked copy."
        raise JobRefused(message)
    source = Place.at(wish.source)
    if source.is_folder() and Place.at(wish.out).real().startswith(source.real().rstrip("/") + "/"):
        message = f"{wish.out} lies in {wish.source}: a later run would read what this one writes. Name another folder."
        raise JobRefused(message)


def _check_free(task: FileTask, wish: Wish) -> None:
    is_unfinished = Journal.is_in(task.parts.path)
    if is_unfinished and wish.restarts:
        task.parts.delete()
    may_replace = wish.overwrites or (is_unfinished and (wish.goes_on or wish.restarts))
    if task.out.exists() and not may_replace and not (wish.only_newer and read_manifest(task.out)):
        message = f"{task.out.address} is there already. Name another place, or say --overwrite."
        raise OutIsThere(message)


def _is_up_to_date(task: FileTask) -> bool:
    """Say whether a masked file is of this policy, and of the input as it is."""
    manifest = read_manifest(task.out) if task.out.exists() else None
    used = policy_in(manifest) if manifest else None
    if manifest is None or used is None or task.policy.is_newer_than(used):
        return False
    identity = task.source.identity()
    told = manifest.get("input", {})
    return (told.get("size"), told.get("edges")) == (identity.size, identity.edges)


def _check_room(tasks: Sequence[FileTask]) -> None:
    """Refuse where the disk is known to be too small for the masked copies."""
    local = [task for task in tasks if task.out.is_local and packing_of(task.source.name) == packing_of(task.out.name)]
    if not local:
        return
    sizes = [task.source.size() for task in local]
    needed = int(sum(sizes) + (_NEEDED - 1) * max(sizes))
    free = local[0].out.free_bytes()
    if free is not None and free < needed:
        message = f"There is too little room: about {needed >> 20} MB are needed, and {free >> 20} MB are free."
        raise JobRefused(message)
