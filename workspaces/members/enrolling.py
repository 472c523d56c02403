"""enrol(): many members in a few statements, with all that the writers of `workspaces.grants` would write for each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.models import Permission as PermissionRow
from django.db import IntegrityError, transaction
from django.utils import timezone

from workspaces import history, stamp
from workspaces.acts import Act
from workspaces.acts import note as tell
from workspaces.exceptions import RightsRefused
from workspaces.grants import add_member
from workspaces.inserting import insert_many
from workspaces.members.matching import People, Place, memberships_of, places_in
from workspaces.members.reading import Refused, Wanted, folded
from workspaces.models import Grant, Membership, User, Workspace, WorkspaceUserPermission
from workspaces.permissions import APP_LABEL
from workspaces.roles import Role, permissions_of

BATCH = 2000
_ROWS = 1000  # In one statement.

Held = Mapping[UUID, frozenset[Role]]


@dataclass(slots=True)
class Counts:
    """How much was written, or would be."""

    people: int = 0
    memberships: int = 0
    kinds: int = 0
    roles: int = 0
    joined: Counter[UUID] = field(default_factory=Counter)  # By workspace.

    def add(self, other: "Counts") -> None:
        """Add another batch's."""
        self.people += other.people
        self.memberships += other.memberships
        self.kinds += other.kinds
        self.roles += other.roles
        self.joined.update(other.joined)


@dataclass(slots=True)
class Batch:
    """One batch's people and places, and what must be written for them."""

    people: People
    places: list[Place]
    held: dict[tuple[UUID, UUID], Membership]
    roles: Held
    refused: list[Refused] = field(default_factory=list)

    @property
    def new_places(self) -> list[Place]:
        """Return the places of people who do not belong there yet."""
        return [place for place in self.places if _key(place) not in self.held]

    @property
    def changed_kinds(self) -> list[Place]:
        """Return the places whose kind is asked to be another."""
        return [
            place
            for place in self.places
            if place.kind and _key(place) in self.held and place.kind != self.held[_key(place)].kind
        ]

    def missing_roles(self, place: Place) -> frozenset[Role]:
        """Return the roles that are asked for and not held on whatever terms; a role once narrowed is never widened."""
        membership = self.held.get(_key(place))
        return place.roles - self.roles.get(membership.pk, frozenset()) if membership else place.roles


def enrol(wanted: Sequence[Wanted], workspaces: Mapping[str, Workspace]) -> tuple[Counts, list[Refused]]:
    """Write what these lines ask for in one transaction; should the database refuse, line by line.

    The journal of rights, guardian's rows and the access stamp are as after single writes; `tell_of` tells the trail.
    """
    try:
        return _enrol(wanted, workspaces)
    except IntegrityError:
        if len(wanted) == 1:
            line = wanted[0]
            return Counts(), [
                Refused(line.line, "the database refuses it: somebody has this name in other letters", line.fields)
            ]
        counts, refused = Counts(), []
        for line in wanted:
            one, told = enrol([line], workspaces)
            counts.add(one)
            refused += told
        return counts, refused


@transaction.atomic
def _enrol(wanted: Sequence[Wanted], workspaces: Mapping[str, Workspace]) -> tuple[Counts, list[Refused]]:
    batch = prepared(wanted, workspaces)
    _write_people(batch.people)
    joining = batch.new_places
    counts = Counts(len(batch.people.new), len(joining), _change_kinds(batch), _write_places(batch, joining))
    counts.joined.update(place.workspace.pk for place in joining)
    stamp.bump()
    return counts, batch.refused


def prepared(wanted: Sequence[Wanted], workspaces: Mapping[str, Workspace]) -> Batch:
    """Find out what must be written, and write nothing; call it in a transaction."""
    people = People.named_in(wanted)
    places, refused = places_in(wanted, workspaces, people)
    held = memberships_of(places, people)
    roles: dict[UUID, frozenset[Role]] = {}
    for membership_id, role in Grant.objects.filter(membership__in=held.values()).values_list("membership", "role"):
        roles[membership_id] = roles.get(membership_id, frozenset()) | {Role(role)}
    return Batch(people, places, held, roles, refused)


class Rehearsal:
    """Counts what batches would write when none is written, and so none sees what those before it would have made."""

    def __init__(self) -> None:
        self._people: set[str] = set()
        self._places: set[tuple[str, str]] = set()
        self._roles: set[tuple[str, str, Role]] = set()

    def counted(self, batch: Batch) -> Counts:
        """Return what this batch adds; call it in a transaction that is rolled back."""
        before = (len(self._people), len(self._places), len(self._roles))
        self._people |= {_name(user) for user in batch.people.new}
        self._places |= {(place.workspace.slug, _name(place.user)) for place in batch.new_places}
        for place in batch.places:
            self._roles |= {(place.workspace.slug, _name(place.user), role) for role in batch.missing_roles(place)}
        people, places, roles = len(self._people), len(self._places), len(self._roles)
        return Counts(people - before[0], places - before[1], _change_kinds(batch), roles - before[2])


def _name(user: User) -> str:
    return folded(user.email) if user.email else str(user.external_id)


def _change_kinds(batch: Batch) -> int:
    """Change the kinds of members there are, one by one: the last owner stays."""
    changed = 0
    for place in batch.changed_kinds:
        try:
            with transaction.atomic():
                add_member(place.workspace, place.user, kind=place.kind)
            changed += 1
        except RightsRefused as error:
            batch.refused.append(Refused(place.line.line, str(error), place.line.fields))
    return changed


def _write_people(people: People) -> None:
    insert_many(people.new)
    User.objects.bulk_update(people.renamed, ["email", "external_id"], batch_size=_ROWS)
    history.note(people.new)


def _write_places(batch: Batch, joining: Sequence[Place]) -> int:
    """Write memberships, grants and guardian's rows; return how many roles were given beside those of the kinds."""
    new = [
        Membership(workspace=place.workspace, user=place.user, kind=place.kind or Membership.Kind.MEMBER)
        for place in joining
    ]
    insert_many(new)
    memberships = {**batch.held, **{_key(one): one for one in new}}
    now = timezone.now()
    given = [
        Grant(membership=memberships[_key(place)], role=role, granted_at=now, reason="")
        for place in batch.places
        for role in sorted(batch.missing_roles(place))
    ]
    kinds = [Grant(membership=one, role=Role(one.kind), granted_at=now, reason="") for one in new]
    insert_many([*kinds, *given])
    permissions = _missing_permissions([*kinds, *given])
    insert_many(permissions)
    history.note([*new, *kinds, *given, *permissions])
    return len(given)


def _missing_permissions(grants: Iterable[Grant]) -> list[WorkspaceUserPermission]:
    """Return the rows that guardian lacks for new grants without terms."""
    wanted: dict[tuple[UUID, UUID, str], Membership] = {}
    for given in grants:
        membership = given.membership
        if membership is not None:
            for permission in permissions_of([Role(given.role)]):
                wanted[membership.user_id, membership.workspace_id, permission.codename] = membership
    rows = WorkspaceUserPermission.objects.filter(
        user__in={user for user, _, _ in wanted}, content_object__in={workspace for _, workspace, _ in wanted}
    )
    for held in rows.values_list("user", "content_object", "permission__codename"):
        wanted.pop(held, None)
    known = _permission_rows()
    return [
        WorkspaceUserPermission(permission=known[codename], user=one.user, content_object=one.workspace)
        for (_, _, codename), one in wanted.items()
    ]


def _permission_rows() -> Mapping[str, PermissionRow]:
    rows = PermissionRow.objects.filter(content_type__app_label=APP_LABEL, content_type__model="workspace")
    return {row.codename: row for row in rows}


def tell_of(counts: Counts, workspaces: Iterable[Workspace]) -> None:
    """Tell the audit trail once for each workspace: a record of each of 100,000 members would say no more."""
    with transaction.atomic():
        for workspace in workspaces:
            if counts.joined[workspace.pk]:
                tell(Act.MEMBER_ADDED, workspace, None, None, imported=counts.joined[workspace.pk])


def _key(place: Place | Membership) -> tuple[UUID, UUID]:
    return (place.workspace.pk, place.user.pk) if isinstance(place, Place) else (place.workspace_id, place.user_id)
