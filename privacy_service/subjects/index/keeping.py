"""keep(): what a source says of people goes into the index, a batch in a handful of statements.

A person is filed in a source under its own id of them: the one it gives, else the name that changes least. What a
source says of them over time adds up; a name is taken out only with its whole entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from privacy_service.subjects.identifiers import Digester, Identifier, Kind, digester_of
from privacy_service.subjects.models import EVENTS, Destination, IndexEntry, IndexKey, IndexSettings
from workspaces.models import Workspace

AT_ONCE = 500
MOST_NAMES = 1000  # Of one person in one source: `guest` is no person, however many devices it has.

# Under which of several names a source that gives no id of its own files somebody.
_LASTING = (Kind.USER_ID, Kind.EMAIL, Kind.PHONE)


class Sighting(NamedTuple):
    """One person as a source knows them. It is personal: it goes into no log, error or task."""

    identifiers: tuple[Identifier, ...]
    own_id: str = ""


Names = dict[bytes, Identifier]


def keep(workspace: Workspace, sightings: Sequence[Sighting], destination: Destination | None = None) -> int:
    """File people as a system knows them, or without one as events told; return how many entries that touched."""
    source = destination.slug if destination else EVENTS
    parts = (sightings[start : start + AT_ONCE] for start in range(0, len(sightings), AT_ONCE))
    return sum(_keep(workspace, part, source, destination) for part in parts)


@transaction.atomic
def _keep(workspace: Workspace, sightings: Iterable[Sighting], source: str, destination: Destination | None) -> int:
    # Two who file the same new person at once take turns.
    IndexSettings.objects.get_or_create(workspace=workspace)
    IndexSettings.objects.select_for_update().get(workspace=workspace)
    filed = _filed(digester_of(workspace.pk), sightings)
    rows = IndexEntry.objects.filter(workspace=workspace, source=source, digest__in=list(filed))
    known = {bytes(entry.digest): entry for entry in rows}
    held = _digests_of(known.values())
    now, new, changed, keys = timezone.now(), [], [], []
    for digest, names in filed.items():
        entry = known.get(digest)
        if entry is None:
            entry = IndexEntry(workspace=workspace, destination=destination, source=source, digest=digest)
            new.append(entry)
        elif not names.keys() <= held[entry.pk]:
            changed.append(entry)
        keys += _added(entry, names, held.get(entry.pk, frozenset()))
    IndexEntry.objects.bulk_create(new)
    IndexEntry.objects.bulk_update(changed, ["sealed"])
    IndexEntry.objects.filter(pk__in=[entry.pk for entry in known.values()]).update(seen_at=now)
    IndexKey.objects.bulk_create(keys, ignore_conflicts=True)
    return len(filed)


def _added(entry: IndexEntry, names: Names, held: frozenset[bytes]) -> list[IndexKey]:
    """Seal what is new into an entry, and return the keys by which it is found."""
    added = {digest: one for digest, one in names.items() if digest not in held}
    if not added:
        return []
    before = entry.identifiers if entry.sealed else []
    room = dict(list(added.items())[: max(0, MOST_NAMES - len(before))])
    entry.keep_identifiers([*before, *room.values()])
    return [IndexKey(entry=entry, kind=one.kind, digest=digest) for digest, one in room.items()]


def _filed(digester: Digester, sightings: Iterable[Sighting]) -> dict[bytes, Names]:
    """Return the names of each person by the digest that they are filed under."""
    filed: dict[bytes, Names] = {}
    for sighting in sightings:
        names = {digester.digest(one): one for one in sighting.identifiers if one.normal}
        if names:
            filed.setdefault(_own(digester, sighting, names), {}).update(names)
    return filed


def _own(digester: Digester, sighting: Sighting, names: Names) -> bytes:
    if sighting.own_id:
        return digester.digest_own(sighting.own_id)
    lasting = {one.kind: digest for digest, one in reversed(names.items())}
    return next((lasting[kind] for kind in _LASTING if kind in lasting), next(iter(names)))


def _digests_of(entries: Iterable[IndexEntry]) -> Mapping[UUID, frozenset[bytes]]:
    held: dict[UUID, set[bytes]] = {entry.pk: set() for entry in entries}
    for entry_id, digest in IndexKey.objects.filter(entry__in=list(held)).values_list("entry_id", "digest"):
        held[entry_id].add(bytes(digest))
    return {entry_id: frozenset(digests) for entry_id, digests in held.items()}
