"""Sending what is due, each message at least once and hardly ever twice.

A notice is taken before it is sent, for as long as a lease: nobody else sends it meanwhile. What was sent is marked at
once, in the transaction that forgets the address. A worker that is killed between the two is followed by another after
the lease, which sends the message again under the same Message-ID, by which mail servers and programs know it for the
same: told twice is better than never.
"""

import logging
import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from privacy_service.subjects.certificates.links import link_to
from privacy_service.subjects.languages import Language
from privacy_service.subjects.models import Certificate, Notice, NoticeSettings, SubjectRequest
from privacy_service.subjects.models.notices import PLACES
from privacy_service.subjects.notices.schedule import run_due
from privacy_service.subjects.trying import code_of, is_final, seconds_to_next_try
from privacy_service.subjects.wording import NoticeWords, day_in, words_in
from workspaces.acts import Act, note
from workspaces.mailing import NoMailServer, mail_is_set_up
from workspaces.sealing import SealBroken

logger = logging.getLogger(__name__)

State = Notice.State
_MOST = 2000  # In one task; the next one goes on.
_PATIENCE = 30  # Mail servers want to be left alone for longer than other systems.
_LONGEST_WAIT_SECONDS = 12 * 3600.0
_PLACE = re.compile("|".join(map(re.escape, PLACES)))
_CERTIFICATE = "{certificate}"


def send_notices(seconds: float = 60.0) -> int:
    """Send whatever is due, for so long at most; return how many were sent. Raise OSError where no mail can be sent."""
    ends_at = monotonic() + seconds
    now = timezone.now()
    run_due(now)
    due = Notice.objects.filter(state=State.WAITING, next_try_at__lte=now)
    waiting = list(due.order_by("next_try_at").values_list("pk", flat=True)[:_MOST])
    if not waiting:
        return 0
    if not mail_is_set_up():
        raise NoMailServer
    with get_connection() as connection:
        return sum(_send(notice_id, connection) for notice_id in waiting if monotonic() < ends_at)


def message_of(notice: Notice) -> EmailMessage:
    """Return what one person is told, in their language; raise SealBroken."""
    request = notice.request
    language = request.language or Language.ENGLISH
    words = words_for(request, language)
    filled = {
        "{workspace}": request.workspace.name,
        "{date}": day_in(language, request.finished_at or request.created_at),
        "{number}": str(request.pk),
        _CERTIFICATE: _link_of(request),
    }
    text = "\n\n".join(part for part in words.text.split("\n\n") if filled[_CERTIFICATE] or _CERTIFICATE not in part)
    headers = {
        "Message-ID": f"<{notice.pk}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>') or 'localhost'}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's absence note answers it.
        "Content-Language": language,
    }
    subject = " ".join(_filled(words.subject, filled).split())
    return EmailMessage(subject, _filled(text, filled), to=[notice.address], headers=headers)


def words_for(request: SubjectRequest, language: str) -> NoticeWords:
    """Return a workspace's words in a language: its own, else ours."""
    kept = NoticeSettings.objects.filter(pk=request.workspace_id).values_list("texts", flat=True).first() or {}
    return NoticeWords(**kept[language]) if language in kept else words_in(language).notice


def _filled(text: str, values: dict[str, str]) -> str:
    """Fill each place once: what is put in is no template."""
    return _PLACE.sub(lambda match: values[match[0]], text)


def _link_of(request: SubjectRequest) -> str:
    certificate = Certificate.objects.filter(request=request).first()
    return link_to(certificate) if certificate else ""


def _send(notice_id: UUID, connection: Any) -> bool:
    """Send one notice, unless another worker has taken it; raise OSError where the mail server is gone."""
    notice = _taken(notice_id)
    if notice is None:
        return False
    try:
        connection.send_messages([message_of(notice)])
    except Exception as error:
        _not_sent(notice, error)
        if _is_gone(error):
            raise
        return False
    _sent(notice)
    return True


def _is_gone(error: Exception) -> bool:
    """Say whether it is the mail server that is away, and not this message that it does not take."""
    return isinstance(error, OSError) and not isinstance(error, SMTPResponseException | SMTPRecipientsRefused)


def _problem_of(error: Exception) -> tuple[str, bool]:
    """Return why a notice was not sent, in words of ours, and whether trying again is of no use."""
    match error:
        case SMTPRecipientsRefused():
            code = code_of(error)
            return f"The mail server refused the address ({code}).", is_final(code)
        case SMTPResponseException():
            return f"The mail server answered {error.smtp_code}.", False
        case SealBroken():
            return str(error), True
        case OSError():
            return "The mail server could not be reached.", False
    logger.error("A notice broke in a way that nobody foresaw", exc_info=error)
    return "It broke in a way that nobody foresaw; the log says where.", False


def _taken(notice_id: UUID) -> Notice | None:
    now = timezone.now()
    lease = timedelta(seconds=settings.PRIVACY_SUBJECTS_LEASE_SECONDS)
    due = Notice.objects.filter(pk=notice_id, state=State.WAITING, next_try_at__lte=now)
    if not due.update(next_try_at=now + lease, attempts=F("attempts") + 1):
        return None
    return Notice.objects.select_related("request__workspace").get(pk=notice_id)


@transaction.atomic
def _sent(notice: Notice) -> None:
    """Mark a notice as sent, and forget the address with it."""
    if Notice.objects.filter(pk=notice.pk, state=State.WAITING).update(
        state=State.SENT, sent_at=timezone.now(), sealed="", next_try_at=None, problem=""
    ):
        note(Act.SUBJECT_TOLD, notice.request.workspace, None, notice.request, by_hand=False)


def _not_sent(notice: Notice, error: Exception) -> None:
    """Try again later, twice as late each time; once that is of no use, a person has to see to it."""
    problem, is_final = _problem_of(error)
    logger.warning("The notice %s could not be sent", notice.pk)
    waiting = Notice.objects.filter(pk=notice.pk, state=State.WAITING)
    if is_final or notice.attempts >= settings.PRIVACY_SUBJECTS_ATTEMPTS:
        waiting.update(state=State.FAILED, next_try_at=None, problem=problem)
        return
    seconds = seconds_to_next_try(notice.attempts, patience=_PATIENCE, longest=_LONGEST_WAIT_SECONDS)
    waiting.update(next_try_at=timezone.now() + timedelta(seconds=seconds), problem=problem)
