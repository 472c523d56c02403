"""Emergency access: asked for with a reason, given at once or by a second person, ended by itself, told to all owners.

What it gives is a grant that ends by time; decisions treat it as any other and name it `break-glass`.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from uuid import UUID

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from workspaces.acts import Act, note
from workspaces.backends import holds
from workspaces.exceptions import EmergencyRefused
from workspaces.grants import add_grant, end_grant
from workspaces.history import writes
from workspaces.mailing import NoMailServer, mail_is_set_up
from workspaces.models import Emergency, Grant, Membership, User, Workspace
from workspaces.permissions import Permission
from workspaces.queueing import send_task_soon
from workspaces.roles import Role
from workspaces.terms import LONGEST_REASON, Terms

logger = logging.getLogger(__name__)

TELL_OWNERS = "workspaces.tell_owners"  # The task in `workspaces.tasks`, which calls this module.
# An approval that comes later than this answers a question nobody remembers asking.
ANSWER_WITHIN = timedelta(hours=24)
SHORTEST_REASON = 10

_ACTS = {
    Emergency.State.ASKED: Act.BREAK_GLASS_ASKED,
    Emergency.State.APPROVED: Act.BREAK_GLASS_APPROVED,
    Emergency.State.REFUSED: Act.BREAK_GLASS_REFUSED,
    Emergency.State.ENDED: Act.BREAK_GLASS_ENDED,
}


@writes
def ask(workspace: Workspace, user: User, *, minutes: int, reason: str, by: User | None = None) -> Emergency:
    """Ask for emergency access for oneself; raise EmergencyRefused. Where the workspace says so it begins at once."""
    del by  # Nobody asks for somebody else.
    workspace = Workspace.objects.select_for_update(no_key=True).get(
        pk=workspace.pk
    )  # Two requests at once take turns.
    _check_request(workspace, user, minutes, reason)
    emergency = Emergency.objects.create(workspace=workspace, user=user, minutes=minutes, reason=reason.strip())
    _move(emergency, Emergency.State.ASKED, user)
    if workspace.break_glass == Workspace.BreakGlass.AT_ONCE:
        _give(emergency, user)
    return emergency


@writes
def approve(emergency: Emergency, *, by: User) -> Emergency:
    """Let the access begin, as a second person who may manage members; raise EmergencyRefused."""
    emergency = _waiting(emergency, by)
    if not holds(emergency.user, Permission.BREAK_GLASS, emergency.workspace):
        message = f"{emergency.user} has no right to emergency access any more."
        raise EmergencyRefused(message)
    _give(emergency, by)
    return emergency


@writes
def refuse(emergency: Emergency, *, by: User) -> Emergency:
    """Say no, as a second person who may manage members; raise EmergencyRefused."""
    emergency = _waiting(emergency, by)
    emergency.decided_by, emergency.decided_at = by, timezone.now()
    _move(emergency, Emergency.State.REFUSED, by)
    return emergency


@writes
def end(emergency: Emergency, *, by: User | None = None) -> Emergency:
    """End an access before its time, as the person themselves or one who may manage members; raise EmergencyRefused."""
    emergency = _locked(emergency)
    if by and by != emergency.user and not holds(by, Permission.MANAGE_MEMBERS, emergency.workspace):
        message = "Whoever asked, or somebody who may manage members, can end an emergency access."
        raise EmergencyRefused(message)
    if emergency.state not in {Emergency.State.ASKED, Emergency.State.APPROVED}:
        message = "This access has ended already."
        raise EmergencyRefused(message)
    _end(emergency, by)
    return emergency


@writes
def take(given: Grant, *, by: User | None = None) -> None:
    """Take a grant; the emergency access that it was given for ends with it. Raise TermsRefused as end_grant() does."""
    emergency = Emergency.objects.filter(grant=given, state=Emergency.State.APPROVED).first()
    if emergency is None:
        end_grant(given, by=by)
    elif (emergency := _locked(emergency)).state == Emergency.State.APPROVED:  # Else somebody else has just ended it.
        _end(emergency, by)


def end_what_is_over() -> int:
    """End the accesses that are over, and say how many; they have shown nothing since that time anyway.

    Their time is up, or their grant was taken: with the role, or with the person from the workspace.
    """
    is_over = Q(ends_at__lte=timezone.now()) | Q(grant=None)
    over = Emergency.objects.filter(is_over, state=Emergency.State.APPROVED)
    ended = 0
    for emergency_id in over.values_list("pk", flat=True):
        with transaction.atomic():
            locked = Emergency.objects.select_for_update(of=("self",), skip_locked=True)
            emergency = locked.filter(state=Emergency.State.APPROVED, pk=emergency_id).first()
            if emergency:
                _end(emergency, None)
                ended += 1
    return ended


def open_for(workspace: Workspace, user: User) -> QuerySet[Emergency]:
    """Return the accesses of this user that wait for an answer or still last."""
    return open_among(Emergency.objects.filter(workspace=workspace, user=user))


def open_among(rows: QuerySet[Emergency]) -> QuerySet[Emergency]:
    """Return those that wait for an answer or still last."""
    now = timezone.now()
    waiting = rows.filter(state=Emergency.State.ASKED, asked_at__gt=now - ANSWER_WITHIN)
    return waiting | rows.filter(state=Emergency.State.APPROVED, ends_at__gt=now, grant__isnull=False)


def tell_owners(emergency_id: UUID) -> None:
    """Send every owner of the workspace a mail about how an access stands, unless they know it; raise OSError."""
    emergency = Emergency.objects.select_related("user", "workspace", "decided_by").get(pk=emergency_id)
    if emergency.told_state == emergency.state:
        return
    if not mail_is_set_up():
        raise NoMailServer
    with get_connection() as connection:
        for mail in _mails(emergency):
            _send(connection, mail)
    Emergency.objects.filter(pk=emergency.pk).update(told_state=emergency.state)


def _send(connection: BaseEmailBackend, mail: EmailMessage) -> None:
    try:
        connection.send_messages([mail])
    except SMTPRecipientsRefused:  # One owner's address that is wrong must not keep the others from knowing.
        logger.warning("The mail server refused the address of an owner who was to be told of an emergency access")


def untold() -> QuerySet[Emergency]:
    """Return the accesses of which owners were not told how they stand, because no mail could be sent."""
    return Emergency.objects.exclude(told_state=F("state"))


def _check_request(workspace: Workspace, user: User, minutes: int, reason: str) -> None:
    message = field = ""
    if workspace.break_glass == Workspace.BreakGlass.OFF:
        message = "This workspace offers no emergency access: ask an owner for a grant."
    elif not holds(user, Permission.BREAK_GLASS, workspace):
        message = "Emergency access is for members with the role Emergency reader and for owners."
    elif not 1 <= minutes <= workspace.break_glass_minutes:
        message, field = f"Ask for 1 to {workspace.break_glass_minutes} minutes.", "minutes"
    elif not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        message = f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON} letters: every owner can read it."
        field = "reason"
    elif open_for(workspace, user).exists():
        message = "One emergency access is open already: wait for its answer, or end it first."
    if message:
        raise EmergencyRefused(message, field=field)


def _locked(emergency: Emergency) -> Emergency:
    rows = Emergency.objects.select_for_update(of=("self",)).select_related("user", "workspace")
    return rows.get(pk=emergency.pk)


def _waiting(emergency: Emergency, by: User) -> Emergency:
    """Return the row to be answered, locked; refuse whoever may not answer it, and a request that waits no more."""
    emergency = _locked(emergency)
    message = ""
    if by == emergency.user:
        message = "A second person answers: nobody approves their own emergency access."
    elif not holds(by, Permission.MANAGE_MEMBERS, emergency.workspace):
        message = f"Whoever may manage members of {emergency.workspace} answers, such as an owner."
    elif emergency.state != Emergency.State.ASKED or emergency.asked_at <= timezone.now() - ANSWER_WITHIN:
        message = "This request waits for no answer any more: it can be asked again."
    if message:
        raise EmergencyRefused(message)
    return emergency


def _give(emergency: Emergency, by: User) -> None:
    now = timezone.now()
    membership = Membership.objects.get(workspace=emergency.workspace, user=emergency.user)
    terms = Terms(expires_at=now + timedelta(minutes=emergency.minutes), reason=emergency.reason)
    emergency.grant = add_grant(membership, Role.PII_VIEWER, terms, by=by, emergency=True)
    emergency.decided_by, emergency.decided_at, emergency.ends_at = by, now, terms.expires_at
    _move(emergency, Emergency.State.APPROVED, by)


def _end(emergency: Emergency, by: User | None) -> None:
    grant = Grant.objects.filter(emergency_of=emergency).first()
    if grant:
        end_grant(grant, by=by)
    emergency.grant, emergency.ends_at = None, min(emergency.ends_at or timezone.now(), timezone.now())
    _move(emergency, Emergency.State.ENDED, by)


def _move(emergency: Emergency, state: Emergency.State, by: User | None) -> None:
    emergency.state = state
    emergency.save()
    note(
        _ACTS[state],
        emergency.workspace,
        by,
        emergency,
        user=emergency.user.pk,
        minutes=emergency.minutes,
        until=emergency.ends_at,
        reason=emergency.reason,
    )
    send_task_soon(TELL_OWNERS, str(emergency.pk))  # The sweep of each minute tells too.


def _mails(emergency: Emergency) -> Iterator[EmailMessage]:
    """Write to each owner alone; the reason stays on the page, because whoever typed it may have named a customer."""
    slug = emergency.workspace.slug
    subject = f"Emergency access to personal data of {slug}: {emergency.get_state_display().lower()}"
    owners = Membership.objects.filter(workspace=emergency.workspace, kind=Membership.Kind.OWNER, user__is_active=True)
    for owner in owners.exclude(user__email=None).select_related("user"):
        yield EmailMessage(subject, _text(emergency), to=[str(owner.user.email)])


def _text(emergency: Emergency) -> str:
    lines = [
        f"Workspace: {emergency.workspace.slug}",
        f"Who: {emergency.user}",
        f"Asked: {_said(emergency.asked_at)}, for {emergency.minutes} minutes",
        f"State: {emergency.get_state_display()}",
    ]
    if emergency.decided_by and emergency.decided_by != emergency.user:
        lines.append(f"Answered by: {emergency.decided_by}")
    if emergency.ends_at:
        lines.append(f"Ends or ended: {_said(emergency.ends_at)}")
    advice = (
        "The reason, and the buttons to answer or end it, are on Home of the console and in the admin: "
        f"emergency access {emergency.pk}."
    )
    return "\n".join([*lines, "", advice, ""])


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
