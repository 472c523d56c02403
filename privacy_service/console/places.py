"""Where somebody stands: a workspace, what they may do in it, and where else they could go."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from privacy_service.console.speaking import RIGHTS
from privacy_service.exceptions import PermissionMissing, UnknownWorkspace
from privacy_service.rollout import moves
from privacy_service.rollout.models import Flag
from privacy_service.rollout.release import cause_of, is_live_for
from privacy_service.rollout.stages import Cause
from workspaces.models import Membership, User, Workspace
from workspaces.permissions import Permission
from workspaces.rights import Need, Rights, rights_in

ANY_MEMBER = Membership.Kind.MEMBER
OWNER = Membership.Kind.OWNER


@dataclass(frozen=True, slots=True)
class Place:
    """A member in a workspace."""

    workspace: Workspace
    actor: User
    rights: Rights

    def may(self, need: Need) -> bool:
        """Say whether their rights cover this."""
        return self.rights.allow(need)

    @property
    def is_unmasked(self) -> bool:
        """Say whether everybody gets data unmasked here; where nobody can tell, nobody does."""
        try:
            return not is_live_for(self.workspace)
        except Flag.DoesNotExist:
            return False

    @property
    def is_in_shadow(self) -> bool:
        """Say whether masks are computed here and counted, and shown to nobody."""
        try:
            return cause_of(self.workspace) is Cause.NOT_REACHED
        except Flag.DoesNotExist:
            return False

    @property
    def sees_everything(self) -> bool:
        """Say whether they see all personal data of the whole workspace."""
        return Permission.VIEW_PII in self.rights.permissions


def place_of(actor: User, slug: str, need: Need = ANY_MEMBER) -> Place:
    """Return where somebody stands; raise UnknownWorkspace for who is no member, PermissionMissing for who may not."""
    workspace = workspaces_of(actor).filter(slug=slug).first()
    rights = rights_in(workspace, actor) if workspace else None
    if workspace is None or rights is None:
        raise UnknownWorkspace  # What is not there and what is not theirs look the same, and take one question.
    if not rights.allow(need):
        raise PermissionMissing(_who_may(need))
    return Place(workspace, actor, rights)


@contextmanager
def writing(place: Place, need: Need) -> Iterator[Place]:
    """Let writes of a workspace take turns, all of one or nothing; the right is looked at again, it may have gone."""
    with transaction.atomic():
        # Rows that name the workspace can be added meanwhile: `no_key` shuts out other writers alone.
        Workspace.objects.select_for_update(no_key=True).get(pk=place.workspace.pk)
        yield place_of(place.actor, place.workspace.slug, need)


def workspaces_of(actor: User) -> QuerySet[Workspace]:
    """Return the workspaces that somebody belongs to."""
    return Workspace.objects.filter(memberships__user=actor)


def may_move(actor: User) -> bool:
    """Say whether they may see and move the release."""
    return moves.may_move(actor)


def _who_may(need: Need) -> str:
    if isinstance(need, Permission):
        return _("This page is for members with this right: %(right)s. An owner gives it.") % {"right": RIGHTS[need]}
    return _("This page is for owners of the workspace.")
