"""The journal of rights: every row that gives rights, as it was from each moment on, and who changed it.

Signals write it, so that what goes with its workspace or its membership is told as well; whoever writes rows in bulk,
where Django sends no signals, calls `note()` itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import QuerySet
from django.db.models.signals import m2m_changed, post_save, pre_delete
from django.utils import timezone

from workspaces.inserting import insert_lines
from workspaces.models import (
    AccessChange,
    Grant,
    GroupMembership,
    Membership,
    Source,
    User,
    WorkspaceGroup,
    WorkspaceGroupPermission,
    WorkspaceUserPermission,
)
from workspaces.permissions import Permission

P = ParamSpec("P")
T = TypeVar("T")
Kind = AccessChange.Kind

_by: ContextVar[User | None] = ContextVar("by", default=None)


@contextmanager
def acting(by: User | None) -> Iterator[None]:
    """Let every change made inside stand in the journal under this name; nobody leaves the name that was there."""
    token = _by.set(by or _by.get())
    try:
        yield
    finally:
        _by.reset(token)


def acting_now() -> User | None:
    """Return under whose name changes are made here; nobody's where none was said."""
    return _by.get()


def writes(writer: Callable[P, T]) -> Callable[P, T]:
    """Make a function one transaction whose changes stand in the journal under the name given as `by`."""

    @wraps(writer)
    def within(*args: P.args, **kwargs: P.kwargs) -> T:
        by = kwargs.get("by")
        with transaction.atomic(), acting(by if isinstance(by, User) else None):
            return writer(*args, **kwargs)

    return within


class Place(NamedTuple):
    """Whose rights a row is about, and where."""

    workspace_id: UUID | None = None
    user_id: UUID | None = None
    group_id: str = ""


def note(rows: Iterable[models.Model], *, ended: bool = False) -> None:
    """Write down what these rows say from now on, or that they have ended."""
    by = _by.get()
    said = {"at": timezone.now(), "by_id": by.pk if by else None}
    insert_lines(AccessChange, [{**said, **change} for row in rows if (change := _change_of(row, ended=ended))])


def _change_of(row: models.Model, *, ended: bool) -> dict[str, Any] | None:
    kind, place_of, state_of = _TOLD[type(row)]
    if kind in {Kind.PERMISSION, Kind.GROUP_PERMISSION} and row.permission.codename != Permission.VIEW_PII.codename:  # type: ignore[attr-defined]
        return None  # Decisions ask for this one alone, and the grants tell of the others.
    state = None if ended else state_of(row)
    return {"kind": kind, "row_id": str(row.pk), "state": state, **place_of(row)._asdict()}


def _fields(*names: str) -> Callable[[Any], Mapping[str, Any]]:
    return lambda row: {name: getattr(row, name) for name in names}


def _grant_state(grant: Grant) -> Mapping[str, Any]:
    state = _fields("role", "entities", "colours", "sources", "labels", "reason", "emergency")(grant)
    return {**state, "expires_at": grant.expires_at.isoformat() if grant.expires_at else None}


def _grant_place(grant: Grant) -> Place:
    if grant.membership:
        return Place(grant.membership.workspace_id, grant.membership.user_id)
    return Place(grant.holder.workspace_id, group_id=str(grant.group_id))


# For each model: what the journal calls it, whose rights it is about, and what of it must be known later.
_TOLD: Mapping[type[models.Model], tuple[Kind, Callable[[Any], Place], Callable[[Any], Mapping[str, Any]]]] = {
    User: (Kind.USER, lambda user: Place(user_id=user.pk), _fields("is_active")),
    Membership: (Kind.MEMBERSHIP, lambda one: Place(one.workspace_id, one.user_id), _fields("kind")),
    WorkspaceGroup: (Kind.GROUP, lambda group: Place(group.workspace_id, group_id=str(group.pk)), _fields("name")),
    GroupMembership: (
        Kind.GROUP_MEMBERSHIP,
        lambda place: Place(place.group.workspace_id, place.membership.user_id, str(place.group_id)),
        _fields(),
    ),
    Grant: (Kind.GRANT, _grant_place, _grant_state),
    WorkspaceUserPermission: (Kind.PERMISSION, lambda one: Place(one.content_object_id, one.user_id), _fields()),
    WorkspaceGroupPermission: (
        Kind.GROUP_PERMISSION,
        lambda one: Place(one.content_object_id, group_id=str(one.group_id)),
        _fields(),
    ),
    Source: (
        Kind.SOURCE,
        lambda source: Place(source.workspace_id),
        _fields("slug", "name", "labels", "is_restricted"),
    ),
}


def keep_journal() -> None:
    """Connect the journal to every model that gives rights."""
    for model in _TOLD:
        label = model._meta.label_lower  # noqa: SLF001 - `_meta` is Django's public model interface.
        post_save.connect(_on_save, sender=model, dispatch_uid=f"journal-save-{label}")
        pre_delete.connect(_on_delete, sender=model, dispatch_uid=f"journal-delete-{label}")
    m2m_changed.connect(_on_auth_groups, sender=User.groups.through, dispatch_uid="journal-auth-groups")


def _on_save(*, instance: models.Model, update_fields: frozenset[str] | None, **_: object) -> None:
    if isinstance(instance, User) and update_fields is not None and "is_active" not in update_fields:
        return  # A sign-in or a new name changes nobody's rights.
    note([instance])


def _on_delete(*, instance: models.Model, **_: object) -> None:
    # Before it goes: the membership or group that says whose it was may go first.
    note([instance], ended=True)


def _on_auth_groups(*, instance: User | Group, action: str, pk_set: set[Any] | None, **_: object) -> None:
    """Tell who is in which of Django's groups: guardian gives groups rights on workspaces."""
    if action not in {"post_add", "post_remove", "pre_clear"}:
        return
    others = _others_of(instance) if pk_set is None else pk_set
    pairs = [(instance.pk, other) if isinstance(instance, User) else (other, instance.pk) for other in others]
    state: dict[str, Any] | None = {} if action == "post_add" else None
    by = _by.get()
    tell = partial(AccessChange, kind=Kind.AUTH_GROUP, state=state, by_id=by.pk if by else None)
    AccessChange.objects.bulk_create(
        tell(row_id=f"{user}:{group}", user_id=user, group_id=str(group)) for user, group in pairs
    )


def _others_of(instance: User | Group) -> Iterable[Any]:
    related: QuerySet[Any] = instance.groups.all() if isinstance(instance, User) else instance.user_set.all()
    return related.values_list("pk", flat=True)
