"""What waits for somebody in a workspace; each line only for those who can do something about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import Colour
from privacy_service.console.places import OWNER, Place, may_move
from privacy_service.console.templatetags.console import moment
from privacy_service.decisions.models import AuditChain
from privacy_service.inventory.models import Field
from privacy_service.rollout import gates
from privacy_service.rollout.models import PlannedMove, ReleaseMove, Report
from privacy_service.rollout.release import cause_of
from privacy_service.rollout.stages import Cause, Stage
from privacy_service.subjects.models import Status, SubjectRequest
from workspaces import break_glass
from workspaces.models import ApiKey, Emergency, Grant
from workspaces.permissions import Permission

_SOON = timedelta(days=7)
_KEY_SOON = timedelta(days=14)
_SHOWN = 10
_LOOKED_AT = 20  # So many moves back, and off ever since: somebody wants it so.


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits: what it is, what about it, and where to go or what to answer."""

    kind: str
    text: str
    more: str = ""
    colour: str = "mask"
    page: str = ""
    emergency: UUID | None = None


def lines_for(place: Place) -> list[Line]:
    """Return what waits for this person, the most urgent first."""
    lines = [*_taken_back(place)] if place.may(OWNER) or may_move(place.actor) else []
    if place.may(Permission.VIEW_AUDIT):
        lines += _faults(place)
    if place.may(Permission.MANAGE_MEMBERS):
        lines += [*_emergencies(place), *_ending(place)]
    if place.may(Permission.MANAGE_SUBJECT_REQUESTS):
        lines += [*_requests(place), *_fields(place)]
    if place.may(OWNER):
        lines += _keys(place)
    if may_move(place.actor):
        lines += _release(place)
    return lines


def _taken_back(place: Place) -> Iterator[Line]:
    """Say that access control was on and was turned off; an owner, too, has somebody to ask."""
    if cause_of(place.workspace) is not Cause.OFF:
        return
    moves = list(ReleaseMove.objects.filter(kind=ReleaseMove.Kind.POSITION).values_list("after", "why")[:_LOOKED_AT])
    if all(after == Stage.OFF for after, _why in moves):
        return  # A new installation: nothing was on before.
    text = _("Access control was turned off: everybody gets data unmasked")
    if may_move(place.actor):
        yield Line(_("Release"), text, moves[0][1], "deny", "release")
    else:
        yield Line(_("Release"), text, _("Administrators of the installation turn it on again."), "deny")


def _faults(place: Place) -> Iterator[Line]:
    chain = AuditChain.objects.filter(pk=place.workspace.pk, faults__gt=0).first()
    if chain:
        told = ngettext("%(n)d fault in the audit trail", "%(n)d faults in the audit trail", chain.faults)
        more = _("Found on %(moment)s. Somebody may have changed records.") % {"moment": moment(chain.verified_at)}
        yield Line(_("Audit"), told % {"n": chain.faults}, more, "deny", "audit")


def _emergencies(place: Place) -> Iterator[Line]:
    rows = Emergency.objects.filter(workspace=place.workspace, state=Emergency.State.ASKED).exclude(user=place.actor)
    for one in break_glass.open_among(rows).select_related("user")[:_SHOWN]:
        asked = {"person": one.user.name or one.user, "minutes": one.minutes}
        text = _("%(person)s asks to see all personal data for %(minutes)d minutes") % asked
        yield Line(_("Emergency"), text, one.reason, "deny", emergency=one.pk)


def _ending(place: Place) -> Iterator[Line]:
    soon = timezone.now() + _SOON
    rows = Grant.objects.of_workspace(place.workspace).live().filter(expires_at__lte=soon, emergency=False)
    for one in rows.select_related("membership__user", "group").order_by("expires_at")[:_SHOWN]:
        holder = one.membership.user if one.membership else one.group
        who = getattr(holder, "name", "") or holder
        text = _("Access of %(person)s ends on %(moment)s") % {"person": who, "moment": moment(one.expires_at)}
        yield Line(_("Access"), text, one.reason, page="access")


def _requests(place: Place) -> Iterator[Line]:
    rows = SubjectRequest.objects.filter(workspace=place.workspace, state__in=["pending", "in_progress"])
    late = rows.filter(due_at__lte=timezone.now() + _SOON).count()
    if late:
        text = ngettext("%(n)d request is due within a week", "%(n)d requests are due within a week", late)
        yield Line(_("Requests"), text % {"n": late}, colour="deny", page="requests")
    failed = rows.filter(receipts__status=Status.FAILED).distinct().count()
    if failed:
        text = ngettext("In %(n)d request a person is needed", "In %(n)d requests a person is needed", failed)
        yield Line(_("Requests"), text % {"n": failed}, page="requests")


def _fields(place: Place) -> Iterator[Line]:
    red = Field.objects.filter(workspace=place.workspace).inbox().filter(recommended=Colour.RED).count()
    if red:
        text = ngettext("%(n)d red field waits in the Inbox", "%(n)d red fields wait in the Inbox", red) % {"n": red}
        more = _("Called red, they are hidden by name within two seconds.")
        if place.is_unmasked:
            more = _("Called red, they are hidden by name once access control is on.")
        yield Line(_("Inventory"), text, more, page="inventory")


def _keys(place: Place) -> Iterator[Line]:
    now = timezone.now()
    ending = Q(expires_at__gt=now, expires_at__lte=now + _KEY_SOON, revoked_at=None)
    rows = ApiKey.objects.filter(ending, user__service_account__workspace=place.workspace)
    for one in rows.select_related("user__service_account").order_by("expires_at")[:_SHOWN]:
        key = {"prefix": one.prefix, "account": one.user.service_account.name, "moment": moment(one.expires_at)}
        text = _("The key %(prefix)s… of %(account)s expires on %(moment)s") % key
        yield Line(_("Key"), text, _("Rotate it: the old one goes on while the backend changes over."))


def _release(place: Place) -> Iterator[Line]:
    for one in PlannedMove.objects.waiting(timezone.now()).exclude(by=place.actor)[:_SHOWN]:
        asked = {"change": one.change, "person": one.by}
        yield Line(
            _("Release"), _("%(person)s asks to move the release to %(change)s") % asked, one.why, page="release"
        )
    red = [str(gate.name) for gate in gates.measure().red]
    if red:
        text = _("Gates are red: %(names)s") % {"names": ", ".join(red)}
        yield Line(_("Release"), text, _("Nothing goes wider until they are green."), "deny", "release")
    reports = Report.objects.filter(closed_at=None).count()
    if reports and not red:
        text = ngettext("%(n)d report is open", "%(n)d reports are open", reports) % {"n": reports}
        yield Line(_("Release"), text, page="release")
