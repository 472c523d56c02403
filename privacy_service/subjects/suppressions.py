"""is_suppressed(): whether new data about somebody may be taken in, answered from memory where the answer is yes.

Each process follows the lists it is asked about: it reads their version once a second, and what was added since.
While a long list is read for the first time, the database answers. A list that cannot be followed is an error, never
a "no": whoever asks withholds.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import monotonic
from uuid import UUID

from django.db import connection, transaction

from privacy_service.subjects.filters import Filter
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from privacy_service.subjects.models import Suppression, SuppressionList, TokenKey
from privacy_service.subjects.tokens.versions import end_what_is_kept, hold_for_ending
from workspaces.acts import Act, note
from workspaces.models import User, Workspace
from workspaces.stamp import drop_broken_connections, in_transaction

InMask = SuppressionList.InMask

LOOK_SECONDS = 1.0  # A change holds everywhere within two.
_ROWS = 1000  # In one statement.
_FEW = 20_000  # So many are read by whoever asks first, in some hundredths of a second.


@transaction.atomic
def suppress(
    workspace: Workspace, identifiers: Iterable[Identifier], *, by: User | None = None, source_id: UUID | None = None
) -> int:
    """Take in no more of these, from one source or from any; return how many were not suppressed before."""
    wanted = _digests(source_id or workspace.pk, (one for one in identifiers if one.normal))
    if source_id is None:
        hold_for_ending(workspace.pk)
    held = _locked(workspace)
    known = _found(workspace.pk, list(wanted))
    new = {digest: kind for digest, kind in wanted.items() if digest not in known}
    if new:
        SuppressionList.objects.filter(pk=held.pk).update(version=held.version + 1)
        Suppression.objects.bulk_create(
            (
                Suppression(
                    workspace=workspace,
                    source_id=source_id,
                    kind=kind,
                    digest=digest,
                    version=held.version + 1,
                    by=by,
                )
                for digest, kind in new.items()
            ),
            batch_size=_ROWS,
        )
        if source_id is None:
            _end_use_of_keys(workspace, list(new))
        note(Act.SUBJECTS_SUPPRESSED, workspace, by, identifiers=len(new), kinds=sorted(set(new.values())))
    return len(new)


@transaction.atomic
def lift(
    workspace: Workspace,
    identifiers: Iterable[Identifier],
    *,
    by: User | None = None,
    source_id: UUID | None = None,
    also: Mapping[bytes, Kind] | None = None,
) -> int:
    """Take these in again, from one source or from any, and those of whom only digests are known; return how many."""
    wanted = _digests(source_id or workspace.pk, identifiers) | dict(also or {})
    _locked(workspace)
    lifted = sum(
        Suppression.objects.filter(workspace=workspace, digest__in=part).delete()[0] for part in _parts(list(wanted))
    )
    if lifted:
        note(Act.SUBJECTS_UNSUPPRESSED, workspace, by, identifiers=lifted, kinds=sorted(set(wanted.values())))
    return lifted


@transaction.atomic
def change_in_mask(workspace: Workspace, how: str, *, by: User | None = None) -> SuppressionList:
    """Choose what the masking API does about events of suppressed people."""
    held = _locked(workspace)
    held.in_mask = InMask(how)
    held.save(update_fields=["in_mask"])
    note(Act.SUPPRESSION_CHANGED, workspace, by, in_mask=how)
    return held


def is_suppressed(workspace_id: UUID, identifiers: Iterable[Identifier], source_id: UUID | None = None) -> bool:
    """Say whether any of these names somebody who is suppressed; raise DatabaseError where that cannot be told."""
    return any(suppressed_among(workspace_id, list(identifiers), source_id))


def suppressed_among(
    workspace_id: UUID, identifiers: Sequence[Identifier], source_id: UUID | None = None
) -> list[bool]:
    """Say of each whether it is suppressed, in the workspace or in this source; raise DatabaseError where unknown."""
    answers = _among(workspace_id, workspace_id, identifiers)
    if source_id is None:
        return answers
    return [one or other for one, other in zip(answers, _among(workspace_id, source_id, identifiers), strict=True)]


def _among(workspace_id: UUID, keyed_by: UUID, identifiers: Sequence[Identifier]) -> list[bool]:
    """Say of each whether the workspace's list has it, under the key of the workspace or of one of its sources."""
    digest, maybe = digester_of(keyed_by).digest, _filter_of(workspace_id)
    # What names nobody is on no list, even where an older release put it there.
    digests = [digest(identifier) if identifier.normal else b"" for identifier in identifiers]
    # Whoever was lifted is still in the filter, and a few others seem to be: the database knows.
    asked = [one for one in set(digests) if one and (maybe is None or one in maybe)]
    if not asked:
        return [False] * len(digests)
    drop_broken_connections()
    found = _found(workspace_id, asked)
    return [one in found for one in digests]


def in_mask(workspace_id: UUID) -> InMask:
    """Return what the masking API does about suppressed people; raise DatabaseError where it cannot be told."""
    if in_transaction():
        return _state_of(workspace_id)[1]
    followed = _followed(workspace_id)
    followed.follow()
    return followed.in_mask


def listed_among(workspace_id: UUID, named: Mapping[bytes, Identifier]) -> set[bytes]:
    """Return which of these, by their digests, the list of a workspace holds now; the database is asked each time."""
    return _found(workspace_id, [digest for digest, identifier in named.items() if identifier.normal])


class _Followed:
    """One list as this process last saw it."""

    def __init__(self, workspace_id: UUID) -> None:
        self._workspace_id = workspace_id
        self._lock = threading.Lock()
        self._filter: Filter | None = Filter(0)  # None: it is being read, or could not be.
        self._version = 0
        self._looked_at = float("-inf")
        self._is_reading = False
        self.in_mask = InMask.OFF

    def seen(self) -> Filter | None:
        """Return the filter, at most a second behind the list; None where the database must be asked."""
        self.follow()
        return self._filter

    def follow(self) -> None:
        """Look at the list where the last look was more than a second ago."""
        if monotonic() - self._looked_at <= LOOK_SECONDS:
            return
        with self._lock:
            if monotonic() - self._looked_at > LOOK_SECONDS:
                self._look()

    def look_again(self) -> None:
        """Have the next question read what is new."""
        self._looked_at = float("-inf")

    def _look(self) -> None:
        asked_at = monotonic()
        newest, self.in_mask = _state_of(self._workspace_id)
        if newest != self._version and not self._is_reading:
            self._read_up_to(newest)
        self._looked_at = asked_at

    def _read_up_to(self, newest: int) -> None:
        """Add what is new; where that is much, in another thread, and let the database answer until it is done."""
        if self._filter is not None and not self._filter.is_full and self._is_little():
            self._filter.update(_digests_between(self._workspace_id, self._version, newest))
            self._version = newest
            return
        self._filter, self._is_reading = None, True
        threading.Thread(target=self._read_anew, name="suppressions", daemon=True).start()

    def _is_little(self) -> bool:
        rows = Suppression.objects.filter(workspace_id=self._workspace_id, version__gt=self._version)
        return len(rows.order_by().values_list("pk")[: _FEW + 1]) <= _FEW

    def _read_anew(self) -> None:
        """Read the whole list, with room for more."""
        made, newest = None, 0
        try:
            newest, _ = _state_of(self._workspace_id)
            count = Suppression.objects.filter(workspace_id=self._workspace_id).count()
            made = Filter(count + count // 4)
            made.update(_digests_between(self._workspace_id, 0, newest))
        finally:
            with self._lock:
                self._filter, self._version, self._is_reading = made, newest, False
            connection.close()


_lists: dict[UUID, _Followed] = {}


def forget() -> None:
    """Follow no list any more; whoever asks next begins anew."""
    _lists.clear()


def _followed(workspace_id: UUID) -> _Followed:
    return _lists.get(workspace_id) or _lists.setdefault(workspace_id, _Followed(workspace_id))


def _filter_of(workspace_id: UUID) -> Filter | None:
    """Return what is followed; nothing within a transaction, whose rows and versions may never be anybody else's."""
    return None if in_transaction() else _followed(workspace_id).seen()


def _state_of(workspace_id: UUID) -> tuple[int, InMask]:
    """Return the version of a list and what `/mask` does about those on it."""
    drop_broken_connections()
    found = SuppressionList.objects.filter(pk=workspace_id).values_list("version", "in_mask").first()
    return (found[0], InMask(found[1])) if found else (0, InMask.OFF)


def _digests_between(workspace_id: UUID, after: int, newest: int) -> Iterator[bytes]:
    rows = Suppression.objects.filter(workspace_id=workspace_id, version__gt=after, version__lte=newest).order_by()
    return map(bytes, rows.values_list("digest", flat=True).iterator(chunk_size=10_000))


def _found(workspace_id: UUID, digests: Sequence[bytes]) -> set[bytes]:
    """Return which of these digests the list holds."""
    rows = Suppression.objects.filter(workspace_id=workspace_id).order_by()
    parts = (rows.filter(digest__in=part).values_list("digest", flat=True) for part in _parts(digests))
    return {bytes(digest) for part in parts for digest in part}


def _end_use_of_keys(workspace: Workspace, digests: Sequence[bytes]) -> None:
    """Have no process seal under the keys of these people any more; the keys stay for what was sealed before."""
    keys = TokenKey.objects.filter(workspace=workspace)
    if any(keys.filter(digest__in=part).exists() for part in _parts(digests)):
        end_what_is_kept(workspace.pk)


def _parts(digests: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (digests[start : start + _ROWS] for start in range(0, len(digests), _ROWS))


def _digests(keyed_by: UUID, identifiers: Iterable[Identifier]) -> dict[bytes, Kind]:
    digest = digester_of(keyed_by).digest
    return {digest(identifier): identifier.kind for identifier in identifiers}


def _locked(workspace: Workspace) -> SuppressionList:
    """Return the list, locked until the transaction ends: versions are given one after the other."""
    SuppressionList.objects.get_or_create(workspace=workspace)
    transaction.on_commit(_followed(workspace.pk).look_again)
    return SuppressionList.objects.select_for_update().get(workspace=workspace)
