"""Making sure that the person themselves wants it: who asks on the public form gets a link at the address they named.

The page answers the same whether or not the address is known, or has asked too often. A link is signed, good once and
for a day, and opening it changes nothing: mail programs open links too, so a button on its page confirms.
"""

import logging
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from privacy_service.subjects import lifecycle
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from privacy_service.subjects.lifecycle import Proof, State
from privacy_service.subjects.models import Confirmation, ControllerRequest, Law, SubjectForm, SubjectRequest, Wish
from privacy_service.subjects.models.forms import LINK
from privacy_service.subjects.trying import code_of, is_final
from privacy_service.subjects.wording import words_in
from workspaces.mailing import NoMailServer, mail_is_set_up
from workspaces.queueing import send_task_soon
from workspaces.sealing import SealBroken

logger = logging.getLogger(__name__)

SEND = "subjects.send_links"  # The task that sends mails.
GOOD_FOR = timedelta(days=1)
_MOST_FOR_ONE_ADDRESS = 3  # An hour: nobody's letter box is filled by a stranger.
_HOUR = timedelta(hours=1)
_MOST = 500  # In one task; the next one goes on.
_LATER = timedelta(minutes=5)  # So long mail servers that greylist want to be left alone.


class TooManyAsked(Exception):
    """More people have asked on one form within an hour than its installation lets through."""


class LinkRefused(Exception):
    """A link that confirms nothing: it is not ours, has been used, or is over."""


@transaction.atomic
def ask_on_form(form: SubjectForm, email: str, *, language: str = "") -> None:
    """Keep what somebody asked, and have a link sent to them in their language; raise TooManyAsked."""
    since = timezone.now() - _HOUR
    asked = Confirmation.objects.filter(request__workspace=form.workspace, created_at__gte=since)
    if asked.count() >= settings.PRIVACY_SUBJECTS_FORMS_PER_HOUR:
        raise TooManyAsked
    identifier = Identifier(Kind.EMAIL, email)
    digest = digester_of(form.workspace_id).digest(identifier)
    if asked.filter(request__digests__digest=digest).count() >= _MOST_FOR_ONE_ADDRESS:
        return
    request, _ = lifecycle.open_request(
        form.workspace, Wish(form.wish), [identifier], law=Law(form.law), language=language
    )
    if request.state == State.PENDING:
        Confirmation.objects.create(request=request)
        send_task_soon(SEND)  # Beat asks too.


def send_links() -> int:
    """Send every link that is due, and return how many were sent; raise OSError where no mail can be sent."""
    now = timezone.now()
    due = Confirmation.objects.filter(sent_at=None, created_at__gte=now - GOOD_FOR, next_try_at__lte=now)
    waiting = list(due.values_list("pk", flat=True)[:_MOST])
    if not waiting:
        return 0
    if not mail_is_set_up():
        raise NoMailServer
    with get_connection() as connection:
        return sum(_send(confirmation_id, connection) for confirmation_id in waiting)


def _send(confirmation_id: UUID, connection: Any) -> bool:
    """Send one link, unless another worker has taken it; raise OSError where the mail server is gone."""
    confirmation = _taken(confirmation_id)
    if confirmation is None:
        return False
    row = Confirmation.objects.filter(pk=confirmation_id)
    try:
        connection.send_messages([_mail(confirmation)])
    except (SMTPRecipientsRefused, SMTPResponseException, SealBroken, ValueError) as error:
        logger.warning("The link of request %s cannot be sent: %s", confirmation.request_id, type(error).__name__)
        if _may_succeed_later(error):
            row.update(next_try_at=timezone.now() + _LATER)
            return False
        # The address is no address, or nobody can write this mail: it holds up no other, and ends unconfirmed.
    except OSError:
        row.update(next_try_at=timezone.now())  # Whoever looks next tries again.
        raise
    row.update(sent_at=timezone.now())
    return True


def _may_succeed_later(error: Exception) -> bool:
    if isinstance(error, SMTPRecipientsRefused):
        return not is_final(code_of(error))
    return isinstance(error, SMTPResponseException)


def _taken(confirmation_id: UUID) -> Confirmation | None:
    """Return a link that nobody else sends for as long as a lease; None where somebody does, or has."""
    now = timezone.now()
    lease = timedelta(seconds=settings.PRIVACY_SUBJECTS_LEASE_SECONDS)
    due = Confirmation.objects.filter(pk=confirmation_id, sent_at=None, next_try_at__lte=now)
    if not due.update(next_try_at=now + lease):
        return None
    return Confirmation.objects.select_related("request__workspace__subject_form").get(pk=confirmation_id)


def _mail(confirmation: Confirmation) -> EmailMessage:
    request = confirmation.request
    form = request.workspace.subject_form.worded(words_in(request.language).page)
    to = [identifier.value for identifier in request.identifiers]
    # On one line: a subject that was stored before it was checked could begin another header.
    subject = " ".join(form.mail_subject.split())
    return EmailMessage(subject, form.mail_text.replace(LINK, link_of(confirmation)), to=to)


def link_of(confirmation: Confirmation) -> str:
    """Return the address of the page on which a request is confirmed."""
    return f"{settings.PRIVACY_PUBLIC_URL}/people/confirm/{_signer().sign(str(confirmation.pk))}"


def confirmation_in(token: str) -> Confirmation:
    """Return what a link may confirm now; raise LinkRefused."""
    try:
        confirmation_id = UUID(_signer().unsign(token))
    except (BadSignature, ValueError):
        raise LinkRefused from None
    found = Confirmation.objects.select_related("request__workspace__subject_form").filter(pk=confirmation_id).first()
    if found is None or found.used_at or found.created_at + GOOD_FOR < timezone.now():
        raise LinkRefused
    if found.request.state != State.PENDING:
        raise LinkRefused
    return found


@transaction.atomic
def confirm(token: str) -> SubjectRequest:
    """Carry out what a link confirms; raise LinkRefused."""
    confirmation = confirmation_in(token)
    # Of two who press the button at once one is the first.
    if not Confirmation.objects.filter(pk=confirmation.pk, used_at=None).update(used_at=timezone.now()):
        raise LinkRefused
    return lifecycle.start(confirmation.request_id, Proof.EMAIL)


def end_unconfirmed() -> int:
    """Cancel what nobody confirmed in time, which also forgets who it was; return how many requests that were."""
    over = timezone.now() - GOOD_FOR
    asked = SubjectRequest.objects.filter(state=State.PENDING, by=None, confirmations__isnull=False)
    others = ControllerRequest.objects.filter(request=OuterRef("pk"), cancelled_at=None)
    late = asked.exclude(confirmations__created_at__gte=over).exclude(Exists(others))
    ended = late.distinct().values_list("pk", flat=True)
    for request_id in list(ended):
        lifecycle.cancel(request_id)
    return len(ended)


def _signer() -> Signer:
    return Signer(salt="privacy-service subject confirmation")
