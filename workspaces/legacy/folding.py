"""fold(), strip() and undo(): each can be run again, and changes nothing unless it is told to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction

from workspaces import stamp
from workspaces.exceptions import RightsRefused
from workspaces.grants import add_grant, end_grant
from workspaces.legacy.mapping import Folded
from workspaces.legacy.sources import OBJECT_TABLES, Holding, Place, row_of, workspace_id_of
from workspaces.models import Grant, Membership, User, Workspace
from workspaces.roles import Role
from workspaces.terms import Terms


class Outcome(StrEnum):
    """What became of one old right."""

    GRANTED = "granted"
    HELD = "held"
    NO_MEMBER = "no-member"
    UNKNOWN = "unknown"
    STRIPPED = "stripped"
    NOT_FOLDED = "not-folded"
    UNDONE = "undone"
    GONE = "gone"


MEANINGS = {
    Outcome.GRANTED: "got the role PII viewer",
    Outcome.HELD: "see personal data already; nothing was changed",
    Outcome.NO_MEMBER: "hold the old right and are no member: it never reached this workspace's data here",
    Outcome.UNKNOWN: "lines name somebody, or a workspace, that is not known here",
    Outcome.STRIPPED: "old rights were taken away",
    Outcome.NOT_FOLDED: "old rights stay: somebody who has them does not hold the new role everywhere",
    Outcome.UNDONE: "changes were taken back",
    Outcome.GONE: "changes had been taken back already",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a report: ids and names of rights, no person's name."""

    outcome: Outcome
    source: str
    detail: Mapping[str, str | list[str]] = field(default_factory=dict)


def fold(mapping: Iterable[Folded], *, apply: bool) -> Iterator[Entry]:
    """Give the role to whoever holds an old right as a member; a role that is held, even in part, stays as it is."""
    wanted: dict[Place, _Wanted] = {}
    for folded in mapping:
        for found in folded.source.holdings():
            if isinstance(found, Holding):
                place = (found.workspace.pk, found.user.pk)
                wanted.setdefault(place, _Wanted(found)).add(folded)
            else:
                yield Entry(Outcome.UNKNOWN, str(folded.source), {"line": str(found.line), "unknown": found.what})
    seeing = places_seeing()
    for place, one in wanted.items():
        yield _folded(place, one, seeing, apply=apply)


@dataclass(slots=True)
class _Wanted:
    """What one person's old rights in one workspace come to."""

    holding: Holding
    sources: list[str] = field(default_factory=list)
    entities: set[str] | None = field(default_factory=set)  # None: everything.

    def add(self, folded: Folded) -> None:
        if str(folded.source) not in self.sources:
            self.sources.append(str(folded.source))
        if not folded.entities:
            self.entities = None
        elif self.entities is not None:
            self.entities |= set(folded.entities)


def places_seeing() -> set[Place]:
    """Return where somebody sees personal data for good, all or in part, as an owner or by the role of their own."""
    standing = Grant.objects.standing().filter(role__in=(Role.OWNER, Role.PII_VIEWER), membership__isnull=False)
    return set(standing.values_list("membership__workspace", "membership__user"))


def _folded(place: Place, wanted: _Wanted, seeing: set[Place], *, apply: bool) -> Entry:
    holding, source = wanted.holding, " and ".join(wanted.sources)
    detail = {"workspace": holding.workspace.slug, "user": str(holding.user.pk)}
    if place in seeing:
        return Entry(Outcome.HELD, source, detail)
    membership = Membership.objects.filter(workspace=holding.workspace, user=holding.user).first()
    if membership is None:
        return Entry(Outcome.NO_MEMBER, source, detail)
    entities = sorted(wanted.entities or ())
    if apply:
        terms = Terms(entities=tuple(entities), reason=f"Folded from {source}")
        detail["grant"] = str(add_grant(membership, Role.PII_VIEWER, terms).pk)
    return Entry(Outcome.GRANTED, source, {**detail, "entities": entities})


def strip(mapping: Iterable[Folded], *, apply: bool) -> Iterator[Entry]:
    """Take old rights away, each only where everybody whom it served holds the new role."""
    seeing = places_seeing()
    for folded in mapping:
        for row in list(folded.source.rows()):
            is_folded = bool(row.places) and row.places <= seeing
            if is_folded and apply:
                _take(row.name)
            yield Entry(Outcome.STRIPPED if is_folded else Outcome.NOT_FOLDED, str(folded.source), row.name)


def undo(entries: Iterable[Entry], *, apply: bool) -> Iterator[Entry]:
    """Take back what a report tells of: grants end, old rights return."""
    for entry in entries:
        if entry.outcome is Outcome.GRANTED:
            was_there = _end(str(entry.detail.get("grant", "")), apply=apply)
        elif entry.outcome is Outcome.STRIPPED:
            was_there = _give_back({name: str(value) for name, value in entry.detail.items()}, apply=apply)
        else:
            continue
        yield Entry(Outcome.UNDONE if was_there else Outcome.GONE, entry.source, entry.detail)


def _end(grant_id: str, *, apply: bool) -> bool:
    given = Grant.objects.filter(pk=grant_id).first() if _is_uuid(grant_id) else None
    if given is None:
        return False
    if apply:
        try:
            end_grant(given)
        except RightsRefused:
            return False
    return True


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@transaction.atomic
def _take(name: Mapping[str, str]) -> None:
    if "table" in name:
        for kept in _object_rows(name):
            kept.delete()
    else:
        _holder_permissions(name).remove(row_of(name["permission"]))
    stamp.bump()


@transaction.atomic
def _give_back(name: Mapping[str, str], *, apply: bool) -> bool:
    """Return whether an old right was missing, and give it back."""
    permission = row_of(name["permission"])
    if "table" in name:
        is_missing = not _object_rows(name)
    else:
        is_missing = not _holder_permissions(name).filter(pk=permission.pk).exists()
    if is_missing and apply:
        _assign(name) if "table" in name else _holder_permissions(name).add(permission)
        stamp.bump()
    return is_missing


def _holder_permissions(name: Mapping[str, str]) -> Any:
    """Return the permissions of the user or of Django's group that a report names."""
    if name["kind"] == "user":
        return User.objects.get(pk=name["user"]).user_permissions
    return Group.objects.get(name=name["group"]).permissions


def _object_rows(name: Mapping[str, str]) -> list[Any]:
    workspace_id = UUID(name["workspace"])
    holder = {"user": name["user"]} if name["kind"] == "user" else {"group__name": name["group"]}
    rows = _table(name).objects.filter(permission=row_of(name["permission"]), **holder)
    return [row for row in rows if workspace_id_of(row) == workspace_id]


def _assign(name: Mapping[str, str]) -> None:
    is_user = name["kind"] == "user"
    holder = User.objects.get(pk=name["user"]) if is_user else Group.objects.get(name=name["group"])
    workspace = Workspace.objects.get(pk=name["workspace"])
    _table(name).objects.assign_perm(row_of(name["permission"]), holder, workspace)


def _table(name: Mapping[str, str]) -> Any:
    return next(model for model in OBJECT_TABLES if model._meta.label == name["table"])  # noqa: SLF001 - Django's public interface.
