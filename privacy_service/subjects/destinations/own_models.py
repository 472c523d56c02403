"""This service itself: people of the workspace who sign in here, and whose addresses stand in its settings.

The audit trail stays, as it must: it names people by ids alone, which lead to nobody once the user behind is cleared.
"""

from collections.abc import Iterable, Iterator, Mapping
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from privacy_service.subjects.destinations.base import (
    DestinationKind,
    Done,
    Options,
    Refused,
    Secrets,
    Subject,
    object_of,
)
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.models import Destination
from workspaces.acts import Act, note
from workspaces.exceptions import RightsRefused
from workspaces.grants import remove_member
from workspaces.models import Membership, User, Workspace

MEMBERSHIPS, USERS, CONTACTS = "memberships", "users", "contacts"


class OwnModels:
    """What this service holds of people who are members of one workspace."""

    def __init__(self, options: Options, secrets: Secrets, workspace: Workspace | None = None) -> None:
        object_of(options, "options", ())
        del secrets
        self._workspace = workspace

    def in_workspace(self, workspace: Workspace) -> "OwnModels":
        """Return the same for a workspace: of others nobody is touched."""
        return OwnModels({}, {}, workspace)

    def find(self, subject: Subject) -> Mapping[str, int]:
        """Count memberships, the users who would be cleared with them, and settings with an address of theirs."""
        memberships = list(self._memberships(subject))
        cleared = sum(_belongs_nowhere_else(membership) for membership in memberships)
        return {MEMBERSHIPS: len(memberships), USERS: cleared, CONTACTS: self._contacts(subject).count()}

    @transaction.atomic
    def delete(self, subject: Subject) -> Done:
        """End memberships; clear users who belong nowhere else, and addresses in settings."""
        counts = {MEMBERSHIPS: 0, USERS: 0, CONTACTS: self._contacts(subject).update(contact="")}
        for membership in self._memberships(subject):
            is_last = _belongs_nowhere_else(membership)
            try:
                remove_member(membership)
            except RightsRefused:
                message = "They are the last owner of the workspace: make somebody else an owner first."
                raise Refused(message) from None
            counts[MEMBERSHIPS] += 1
            if is_last:
                _clear(membership.user, membership.workspace)
                counts[USERS] += 1
        return Done(counts=counts)

    def export(self, subject: Subject) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield who they are here, and which roles they have."""
        for membership in self._memberships(subject):
            user = membership.user
            yield USERS, {name: getattr(user, name) for name in ("id", "email", "external_id", "name", "date_joined")}
            roles = sorted(membership.grants.values_list("role", flat=True))
            told = {"workspace": membership.workspace.slug, "kind": membership.kind, "since": membership.created_at}
            yield MEMBERSHIPS, {**told, "roles": roles}

    def people(self, kinds: Iterable[Kind]) -> Iterator[tuple[Identifier, ...]]:
        """Yield the members of the workspace."""
        wanted = frozenset(kinds)
        members = self._people().values_list("user__external_id", "user__email")
        for external_id, email in members.iterator(chunk_size=1000):
            named = (Identifier(Kind.USER_ID, external_id or ""), Identifier(Kind.EMAIL, email or ""))
            if names := tuple(one for one in named if one.value and one.kind in wanted):
                yield names

    def _people(self) -> QuerySet[Membership]:
        return Membership.objects.filter(workspace=self._workspace, user__kind=User.Kind.PERSON)

    def _memberships(self, subject: Subject) -> QuerySet[Membership]:
        named = Q(user__external_id__in=subject.values(Kind.USER_ID))
        for email in subject.values(Kind.EMAIL):
            named |= Q(user__email__iexact=email.strip())
        return self._people().filter(named).select_related("user", "workspace")

    def _contacts(self, subject: Subject) -> QuerySet[Destination]:
        named = Q(pk=None)
        for email in subject.values(Kind.EMAIL):
            named |= Q(contact__iexact=email.strip())
        return Destination.objects.filter(named, workspace=self._workspace)


def _belongs_nowhere_else(membership: Membership) -> bool:
    """Say whether nobody else needs to know the user: no other workspace, and not the installation."""
    others = Membership.objects.filter(user=membership.user_id).exclude(pk=membership.pk)
    return not membership.user.is_staff and not others.exists()


def _clear(user: User, workspace: Workspace) -> None:
    """Leave a row that the trail's ids lead to, with nobody's name in it, and no way to sign in."""
    user.api_keys.all().delete()
    user.email, user.external_id, user.name, user.is_active = None, f"erased-{uuid4()}", "", False
    user.set_unusable_password()
    user.save()
    note(Act.USER_CHANGED, workspace, None, user, erased=True)


DJANGO = DestinationKind("django", "This service itself: its users and their memberships", OwnModels)
