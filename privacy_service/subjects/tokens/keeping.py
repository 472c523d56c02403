"""The key of each person: made when their data is first sealed, read by who seals, and destroyed with the person.

A process keeps the keys that it read lately, a bounded number, while it looks once a second whether any was destroyed.
One that seals nothing for a second keeps none. What cannot be read is an error: whoever masks sends nothing then.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from django.db import transaction

from classifier import Keyring
from privacy_service.observability.background import every
from privacy_service.subjects.identifiers import Identifier, digester_of
from privacy_service.subjects.models import TokenKey, TokenKeyVersion
from privacy_service.subjects.suppressions import listed_among
from privacy_service.subjects.tokens.versions import end_what_is_kept, hold_for_ending, hold_for_making
from privacy_service.subjects.tokens.whose import Person
from workspaces.models import Workspace
from workspaces.stamp import drop_broken_connections, in_transaction

MOST = 10_000  # In one process, of one workspace: some ten megabytes.
LOOK_SECONDS = 1.0
_IDLE_SECONDS = 1.4
_TICK_SECONDS = 0.5  # What nobody looked after is gone within two seconds.
_ROWS = 1000  # In one statement.
_TRIES = 3  # Two processes meet the same person, or two keys have one id.


def keyrings_of(workspace_id: UUID, people: Sequence[Person]) -> list[Keyring | None]:
    """Return the keyring of each person, made where they have none yet; raise DatabaseError or SealBroken.

    Nobody has none, nor has a person who is suppressed: of whom nothing is taken in, nothing is kept here either.
    """
    digest = digester_of(workspace_id).digest
    wanted = {digest(one): one for one in people if one is not None}
    found = _found(workspace_id, wanted)
    return [found.get(digest(one)) if one is not None else None for one in people]


def keyrings_named(workspace_id: UUID, key_ids: Iterable[str]) -> list[Keyring]:
    """Return the keyrings of these ids that are still there, asked of the database each time."""
    ids = list(key_ids)
    parts = (ids[start : start + _ROWS] for start in range(0, len(ids), _ROWS))
    rows = TokenKey.objects.filter(workspace=workspace_id).order_by()
    return [row.keyring for part in parts for row in rows.filter(key_id__in=part)]


def kept_of(digests: Iterable[bytes]) -> set[bytes]:
    """Return who of these people has a key."""
    rows = TokenKey.objects.order_by().values_list("digest", flat=True)
    return {bytes(digest) for part in _parts(list(digests)) for digest in rows.filter(digest__in=part)}


@transaction.atomic
def destroy(workspace: Workspace, digests: Iterable[bytes]) -> list[str]:
    """Destroy the keys of whoever has these names; return their ids. Every process forgets them within two seconds."""
    hold_for_ending(workspace.pk)  # Or one that is being made now would stay.
    gone: dict[UUID, str] = {}
    for part in _parts(list(digests)):
        rows = TokenKey.objects.filter(workspace=workspace, digest__in=part).order_by()
        gone.update(rows.values_list("pk", "key_id"))
    if gone:
        for start in range(0, len(gone), _ROWS):
            TokenKey.objects.filter(pk__in=list(gone)[start : start + _ROWS]).delete()
        end_what_is_kept(workspace.pk)
        transaction.on_commit(lambda: _kept.pop(workspace.pk, None))
    return sorted(gone.values())


@dataclass(slots=True)
class _Kept:
    """The keys of one workspace that this process read lately, at one version of them."""

    version: int
    looked_at: float
    keyrings: OrderedDict[bytes, Keyring] = field(default_factory=OrderedDict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def taken(self, digests: Iterable[bytes]) -> dict[bytes, Keyring]:
        with self.lock:
            found = {one: self.keyrings[one] for one in digests if one in self.keyrings}
            for one in found:
                self.keyrings.move_to_end(one)
        return found

    def add(self, found: Mapping[bytes, Keyring]) -> None:
        with self.lock:
            self.keyrings.update(found)
            while len(self.keyrings) > MOST:
                self.keyrings.popitem(last=False)


_kept: dict[UUID, _Kept] = {}
_sweeping = threading.Event()
os.register_at_fork(after_in_child=_sweeping.clear)  # A thread stays behind with the parent.


def forget() -> None:
    """Keep no key in this process."""
    _kept.clear()


def sweep() -> None:
    """Forget the keys of workspaces for which nobody has looked lately whether they are still good."""
    now = monotonic()
    for workspace_id, kept in list(_kept.items()):
        if now - kept.looked_at > _IDLE_SECONDS:
            _kept.pop(workspace_id, None)


def _found(workspace_id: UUID, wanted: Mapping[bytes, Identifier]) -> dict[bytes, Keyring]:
    if not wanted:
        return {}
    if in_transaction():
        return _read(workspace_id, wanted)  # What this transaction sees may never be anybody else's.
    kept = _followed(workspace_id)
    found = kept.taken(wanted)
    if len(found) < len(wanted):
        # Into what was looked after before they were read: where a key was destroyed since, nobody reads that any more.
        read = _read(workspace_id, {digest: one for digest, one in wanted.items() if digest not in found})
        kept.add(read)
        found |= read
    return found


def _followed(workspace_id: UUID) -> _Kept:
    """Return what is kept of a workspace, looked after a second ago at most."""
    kept, now = _kept.get(workspace_id), monotonic()
    if kept is not None and now - kept.looked_at <= LOOK_SECONDS:
        return kept
    drop_broken_connections()
    version = TokenKeyVersion.objects.filter(pk=workspace_id).values_list("version", flat=True).first() or 0
    if kept is None or kept.version != version:
        kept = _kept[workspace_id] = _Kept(version, now)
        _begin_sweeping()
    kept.looked_at = now
    return kept


def _begin_sweeping() -> None:
    if not _sweeping.is_set():
        _sweeping.set()
        every(_TICK_SECONDS, sweep)


def _read(workspace_id: UUID, wanted: Mapping[bytes, Identifier]) -> dict[bytes, Keyring]:
    """Read the keys of whoever is not suppressed, and make those that are missing.

    The list itself is asked, after the keys: what a process follows of it may be a second old, and whoever was
    suppressed may have a key from before.
    """
    drop_broken_connections()
    found = _stored(workspace_id, wanted)
    listed = listed_among(workspace_id, wanted)
    missing = [digest for digest in wanted if digest not in found and digest not in listed]
    if missing:
        found |= _made(workspace_id, {digest: wanted[digest] for digest in missing})
    return {digest: keyring for digest, keyring in found.items() if digest not in listed}


def _made(workspace_id: UUID, wanted: Mapping[bytes, Identifier]) -> dict[bytes, Keyring]:
    found: dict[bytes, Keyring] = {}
    for _ in range(_TRIES):
        made = _make(workspace_id, {digest: one for digest, one in wanted.items() if digest not in found})
        if not made:
            break
        # Whoever was faster has made the one that counts.
        found |= _stored(workspace_id, made)
    return found


@transaction.atomic
def _make(workspace_id: UUID, wanted: Mapping[bytes, Identifier]) -> list[bytes]:
    """Store a key for each of these who is not suppressed, which nobody can be meanwhile; return who they are."""
    if not wanted or not hold_for_making(workspace_id):
        return []
    listed = listed_among(workspace_id, wanted)
    allowed = sorted(digest for digest in wanted if digest not in listed)  # Two in other orders would never end.
    made = (TokenKey.new(workspace_id, digest) for digest in allowed)
    TokenKey.objects.bulk_create(made, batch_size=_ROWS, ignore_conflicts=True)
    return allowed


def _stored(workspace_id: UUID, digests: Collection[bytes]) -> dict[bytes, Keyring]:
    rows = TokenKey.objects.filter(workspace=workspace_id).order_by()
    parts = (rows.filter(digest__in=part) for part in _parts(list(digests)))
    return {bytes(row.digest): row.keyring for part in parts for row in part}


def _parts(digests: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (digests[start : start + _ROWS] for start in range(0, len(digests), _ROWS))
