"""Which people and places the lines of a batch are about: those there are, and those that must be made."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q
from django.db.models.functions import Lower

from workspaces.members.reading import Refused, Wanted, folded
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role


class Mismatch(Exception):
    """A line that contradicts what is known, or another line."""


@dataclass(slots=True)
class People:
    """People by every name they have; those who are not known yet are made ready."""

    by_email: dict[str, User]
    by_external_id: dict[str, User]
    new: list[User] = field(default_factory=list)
    renamed: list[User] = field(default_factory=list)

    @classmethod
    def named_in(cls, batch: Iterable[Wanted]) -> "People":
        """Return those people of a batch who are known already, with two queries."""
        lines = list(batch)
        emails = {one.email for one in lines if one.email}
        plain = {folded(email) for email in emails if email.isascii()}
        known = User.objects.alias(lowered=Lower("email")).filter(
            Q(lowered__in=plain)
            | Q(email__in=emails - plain)
            | Q(external_id__in={one.external_id for one in lines} - {""})
        )
        by_email: dict[str, User] = {}
        by_external_id: dict[str, User] = {}
        for user in known:
            if user.email:
                by_email[folded(user.email)] = user
            if user.external_id:
                by_external_id[user.external_id] = user
        return cls(by_email, by_external_id)

    def find(self, wanted: Wanted) -> User:
        """Return the person whom a line names, known or new; raise Mismatch."""
        email = folded(wanted.email)
        by_email, by_id = self.by_email.get(email), self.by_external_id.get(wanted.external_id)
        if by_email and by_id and by_email is not by_id:
            message = "the e-mail and the external id are of two different people"
            raise Mismatch(message)
        user = by_email or by_id
        if user is None:
            user = User(
                email=User.objects.normalize_email(wanted.email) or None,
                external_id=wanted.external_id or None,
                name=wanted.name,
            )
            user.password = UNUSABLE_PASSWORD_PREFIX + secrets.token_hex(20)  # As make_password(None), at once.
            self.new.append(user)
        elif _learn(user, wanted):
            self.renamed.append(user)
        if user.email:
            self.by_email[folded(user.email)] = user
        if user.external_id:
            self.by_external_id[user.external_id] = user
        return user


def _learn(user: User, wanted: Wanted) -> bool:
    """Take the name that was missing, and say whether there was one; raise Mismatch where another is known."""
    if user.email and wanted.email and folded(user.email) != folded(wanted.email):
        message = "this person is known by another e-mail"
        raise Mismatch(message)
    if user.external_id and wanted.external_id and user.external_id != wanted.external_id:
        message = "this person is known by another external id"
        raise Mismatch(message)
    learns = bool(wanted.email and not user.email) or bool(wanted.external_id and not user.external_id)
    user.email, user.external_id = user.email or wanted.email or None, user.external_id or wanted.external_id or None
    return learns


@dataclass(frozen=True, slots=True)
class Place:
    """What the lines of a batch ask of one person's place in one workspace."""

    line: Wanted
    workspace: Workspace
    user: User
    kind: str
    roles: frozenset[Role]


def places_in(
    batch: Iterable[Wanted], workspaces: Mapping[str, Workspace], people: People
) -> tuple[list[Place], list[Refused]]:
    """Return each place that is asked for, once, and the lines that contradict something."""
    places: dict[tuple[UUID, UUID], Place] = {}
    refused = []
    for wanted in batch:
        try:
            place = _place(wanted, workspaces, people)
            key = (place.workspace.pk, place.user.pk)
            places[key] = _joined(places[key], place) if key in places else place
        except Mismatch as error:
            refused.append(Refused(wanted.line, str(error), wanted.fields))
    return list(places.values()), refused


def _place(wanted: Wanted, workspaces: Mapping[str, Workspace], people: People) -> Place:
    workspace = workspaces.get(wanted.workspace)
    if workspace is None:
        message = "there is no such workspace"
        raise Mismatch(message)
    return Place(wanted, workspace, people.find(wanted), wanted.kind, wanted.roles)


def _joined(first: Place, second: Place) -> Place:
    if first.kind and second.kind and first.kind != second.kind:
        message = f"line {first.line.line} makes this person another kind of member of the same workspace"
        raise Mismatch(message)
    return replace(second, kind=first.kind or second.kind, roles=first.roles | second.roles)


def memberships_of(places: Iterable[Place], people: People) -> dict[tuple[UUID, UUID], Membership]:
    """Return the memberships there are already, by workspace and user, locked until the transaction ends."""
    made = {user.pk for user in people.new}  # They belong nowhere yet.
    listed = [place for place in places if place.user.pk not in made]
    held = Membership.objects.select_for_update(of=("self",)).filter(
        user__in=[place.user.pk for place in listed], workspace__in={place.workspace.pk for place in listed}
    )
    return {(one.workspace_id, one.user_id): one for one in held}
