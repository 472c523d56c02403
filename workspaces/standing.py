"""What somebody may see in a workspace by every role, group and grant: now, or at a moment that has passed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from workspaces.models import AccessChange, Source, Workspace
from workspaces.permissions import Permission
from workspaces.roles import PERMISSIONS, Role

Kind = AccessChange.Kind

# Grants of these are what a decision reads.
VIEWING_ROLES = tuple(role for role in Role if Permission.VIEW_PII in PERMISSIONS[role])


@dataclass(frozen=True, slots=True)
class Given:
    """One grant that shows personal data, to somebody themselves or to a group that they are in."""

    id: UUID
    role: Role
    group: str = ""
    entities: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    expires_at: datetime | None = None
    emergency: bool = False

    @property
    def is_plain(self) -> bool:
        """Say whether it has no terms, and is kept by guardian."""
        return not (self.is_partial or self.sources or self.labels or self.expires_at or self.emergency)

    @property
    def is_partial(self) -> bool:
        """Say whether it shows some kinds only."""
        return bool(self.entities or self.colours)

    def reaches(self, source: Source | None) -> bool:
        """Say whether it counts for this source; where none is named, only what reaches every source counts."""
        if not self.sources and not self.labels:
            return True
        if source is None or (self.sources and str(source.pk) not in self.sources):
            return False
        return source.carries(self.labels or {})


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees of personal data in one source, until when this is sure, and by which grants."""

    everything: bool
    entities: frozenset[str] = frozenset()
    colours: frozenset[str] = frozenset()
    valid_until: datetime | None = None
    through: tuple[Given, ...] = ()

    @property
    def is_emergency(self) -> bool:
        """Say whether nothing but a broken glass shows everything."""
        return self.everything and bool(self.through) and all(given.emergency for given in self.through)


@dataclass(frozen=True, slots=True)
class Standing:
    """A user's place in a workspace; somebody who is no member sees nothing, whatever else is written here."""

    is_member: bool
    views_pii: bool  # By guardian, for good and everywhere.
    grants: tuple[Given, ...] = ()

    def sight(self, source: Source | None, now: datetime) -> Sight:
        """Return what is seen of this source: the widest grant counts, and those for some kinds add up."""
        if not self.is_member:
            return Sight(everything=False)
        live = [given for given in self.grants if given.expires_at is None or given.expires_at > now]
        if self.views_pii:
            return Sight(everything=True, through=tuple(given for given in live if given.is_plain))
        counting = tuple(given for given in live if not given.is_plain and given.reaches(source))
        whole = tuple(given for given in counting if not given.is_partial)
        if whole:
            return Sight(everything=True, valid_until=_last_end(whole), through=whole)
        return Sight(
            everything=False,
            entities=frozenset(name for given in counting for name in given.entities),
            colours=frozenset(name for given in counting for name in given.colours),
            valid_until=_first_end(counting),
            through=counting,
        )


def _last_end(grants: Iterable[Given]) -> datetime | None:
    ends = [given.expires_at for given in grants]
    return None if None in ends else max(end for end in ends if end)


def _first_end(grants: Iterable[Given]) -> datetime | None:
    return min((given.expires_at for given in grants if given.expires_at), default=None)


def given_from(state: Mapping[str, Any]) -> Given:
    """Read a grant as the database hands it out or as the journal keeps it."""
    expires_at = state.get("expires_at")
    return Given(
        id=UUID(str(state["id"])),
        role=Role(state["role"]),
        group=state.get("group") or "",
        entities=tuple(state["entities"]),
        colours=tuple(state["colours"]),
        sources=tuple(state["sources"]),
        labels=state["labels"],
        expires_at=_moment(expires_at) if expires_at else None,
        emergency=bool(state["emergency"]),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_default_timezone())  # SQLite keeps no zone.


_GRANT_FIELDS = ("id", "role", "entities", "colours", "sources", "labels", "expires_at", "emergency")
_JSON_FIELDS = frozenset({"entities", "colours", "sources", "labels"})


def _grants_as_json(array: str, row: str, json: str) -> str:
    """Return how one database gathers the grants of the membership `m`, its own and its groups', in one column."""
    values = {name: f"{json}(g.{name})" if name in _JSON_FIELDS else f"g.{name}" for name in _GRANT_FIELDS}
    fields = ", ".join(f"'{name}', {value}" for name, value in values.items())
    columns = ", ".join(_GRANT_FIELDS)
    shared_columns = ", ".join(f"shared.{name}" for name in _GRANT_FIELDS)
    roles = ", ".join(f"'{role}'" for role in VIEWING_ROLES)
    return f"""(
        SELECT {array}({row}({fields}, 'group', g.group_name)) FROM (
            SELECT {columns}, NULL AS group_name FROM workspaces_grant
            WHERE membership_id = m.id AND role IN ({roles})
            UNION ALL
            SELECT {shared_columns}, gr.name FROM workspaces_groupmembership place
            JOIN workspaces_workspacegroup gr ON gr.id = place.group_id
            JOIN workspaces_grant shared ON shared.group_id = gr.id
            WHERE place.membership_id = m.id AND shared.role IN ({roles})
        ) g)"""  # noqa: S608 - our own words.


_GRANTS = {
    "postgresql": _grants_as_json("jsonb_agg", "jsonb_build_object", ""),
    "sqlite": _grants_as_json("json_group_array", "json_object", "json"),
}


def standing_columns() -> str:
    """Return SQL for is_member, views_pii and grants, to be selected from `STANDING_JOINS`.

    By hand, because making such SQL anew costs the ORM more than the database needs to answer it; and short, because
    the database plans it each time. A superuser gets nothing here: running the installation is no right to see its
    customers' data.
    """
    return _COLUMNS + _GRANTS[connection.vendor]


STANDING_JOINS = """
    workspaces_workspace w
    LEFT JOIN workspaces_membership m ON m.workspace_id = w.id AND m.user_id = %(user)s
    LEFT JOIN workspaces_user u ON u.id = m.user_id"""

_COLUMNS = f"""
    u.is_active,
    EXISTS (
        SELECT 1 FROM workspaces_workspaceuserpermission held JOIN auth_permission p ON p.id = held.permission_id
        WHERE held.content_object_id = w.id AND held.user_id = m.user_id
        AND p.codename = '{Permission.VIEW_PII.codename}')
    OR EXISTS (
        SELECT 1 FROM workspaces_workspacegrouppermission held JOIN auth_permission p ON p.id = held.permission_id
        JOIN workspaces_user_groups place ON place.group_id = held.group_id
        WHERE held.content_object_id = w.id AND place.user_id = m.user_id
        AND p.codename = '{Permission.VIEW_PII.codename}'),
"""  # noqa: S608 - as above.


def standing_from(is_member: object, views_pii: object, grants: str | None) -> Standing:
    """Read what `standing_columns` asked for."""
    given = orjson.loads(grants) if grants else ()
    return Standing(bool(is_member), bool(views_pii), tuple(map(given_from, given)))


def as_parameter(row_id: UUID) -> UUID | str:
    """Return an id in the form that this database compares ids in."""
    return row_id if connection.features.has_native_uuid_field else row_id.hex


def standing_at(user_id: UUID, workspace: Workspace, at: datetime) -> Standing:
    """Return the standing that a user had at a moment, from the journal of rights."""
    changes = AccessChange.objects.filter(at__lte=at).order_by("id")
    own = _last_words(changes.filter(Q(workspace_id=workspace.pk) | Q(workspace_id=None), user_id=user_id))
    group_ids = [one.group_id for one in own if one.kind in {Kind.GROUP_MEMBERSHIP, Kind.AUTH_GROUP}]
    shared = _last_words(changes.filter(workspace_id=workspace.pk, user_id=None, group_id__in=group_ids))
    held = [*own, *shared]
    kinds = {one.kind for one in held}
    return Standing(
        is_member=Kind.MEMBERSHIP in kinds and any(one.state["is_active"] for one in own if one.kind == Kind.USER),
        views_pii=not kinds.isdisjoint({Kind.PERMISSION, Kind.GROUP_PERMISSION}),
        grants=tuple(_grants_told(held)),
    )


def _grants_told(held: Iterable["Told"]) -> Iterator[Given]:
    names = {one.group_id: one.state["name"] for one in held if one.kind == Kind.GROUP}
    for one in held:
        if one.kind == Kind.GRANT and one.state["role"] in VIEWING_ROLES:
            yield given_from({**one.state, "id": one.row_id, "group": names.get(one.group_id)})


def source_at(source: Source, at: datetime) -> Source | None:
    """Return a source as it was at a moment, or None where there was none."""
    told = AccessChange.objects.filter(kind=Kind.SOURCE, row_id=str(source.pk), at__lte=at).order_by("id").last()
    if told is None or told.state is None:
        return None
    return Source(pk=source.pk, workspace_id=source.workspace_id, **told.state)


class Told(NamedTuple):
    """What the journal says of one row that was there."""

    kind: str
    row_id: str
    group_id: str
    state: Mapping[str, Any]


def _last_words(changes: QuerySet[AccessChange]) -> list[Told]:
    """Return what each row said last, without those that have ended."""
    rows = changes.values_list("kind", "row_id", "group_id", "state")
    last = {(kind, row_id): (group_id, state) for kind, row_id, group_id, state in rows}
    return [Told(*row, group_id, state) for row, (group_id, state) in last.items() if state is not None]
