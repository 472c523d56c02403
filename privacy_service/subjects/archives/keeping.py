"""From an archive that is begun to one that is over: its passphrase, its link, and its end.

The parts lie under a key of the archive's own. The file that is handed out is made while it is downloaded, encrypted
with a passphrase that is shown once, on another way than the link: to the person on the page where they confirm, to
an owner in the answer of a call of its own.
"""

import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.signing import BadSignature, Signer
from django.utils import timezone

from privacy_service.subjects.archives.packing import add_file
from privacy_service.subjects.archives.seen import history_lines
from privacy_service.subjects.identifiers import Kind
from privacy_service.subjects.models import Archive, ArchiveLink, SubjectForm, SubjectRequest, Wish
from privacy_service.subjects.models.forms import LINK
from privacy_service.subjects.trying import code_of, is_final
from privacy_service.subjects.wording import words_in
from workspaces.mailing import NoMailServer, mail_is_set_up

logger = logging.getLogger(__name__)

SEND = "subjects.keep_archives"  # The task that sends links, and ends what is over.
SEEN_FILE = "who-has-seen-personal-data.jsonl"
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # None that looks like another.
_GROUPS, _IN_A_GROUP = 5, 5  # 125 bits.


class LinkRefused(Exception):
    """A link that leads to no archive: it is not ours, its archive was fetched or is over."""


def begin(request: SubjectRequest) -> Archive:
    """Make room for what systems will hand out."""
    archive = Archive(request=request)
    archive.make_key()
    archive.save()
    return archive


def make_ready(request: SubjectRequest) -> None:
    """Close an archive, and have a link sent to whoever asked by mail; call it while the request knows who that is."""
    archive = Archive.objects.get(request=request)
    if request.wish == Wish.ACCESS:
        add_file(archive, SEEN_FILE, history_lines(request.workspace))
    now = timezone.now()
    archive.ready_at, archive.expires_at = now, now + timedelta(days=settings.PRIVACY_SUBJECTS_EXPORT_DAYS)
    archive.save(update_fields=["ready_at", "expires_at"])
    if request.proof == SubjectRequest.Proof.EMAIL:
        confirmed = next(one.value for one in request.identifiers if one.kind is Kind.EMAIL)
        link = ArchiveLink(archive=archive)
        link.keep_address(confirmed)
        link.save()


def new_passphrase(archive: Archive) -> str:
    """Give an archive another passphrase in place of any it had, and return it: nobody is told it again."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_IN_A_GROUP)) for _ in range(_GROUPS))
    passphrase = "-".join(groups)
    archive.keep_passphrase(passphrase)
    archive.save(update_fields=["sealed_passphrase"])
    return passphrase


def send_links() -> int:
    """Send every link that is not sent yet, and return how many were; raise OSError where no mail can be sent."""
    unsent = ArchiveLink.objects.filter(sent_at=None, archive__expires_at__gt=timezone.now())
    links = list(unsent.select_related("archive__request__workspace__subject_form")[:500])
    if not links:
        return 0
    if not mail_is_set_up():
        raise NoMailServer
    sent = 0
    with get_connection() as connection:
        for link in links:
            try:
                connection.send_messages([_mail(link)])
            except SMTPRecipientsRefused as refused:
                logger.warning("The mail server refused the address of an archive")
                if not is_final(code_of(refused)):
                    continue  # One that greylists asks to come again: the next sweep does.
            sent += 1
            # Nobody needs to know any more where it went.
            ArchiveLink.objects.filter(pk=link.pk).update(sent_at=timezone.now(), sealed_address="")
    return sent


def end_over() -> int:
    """Take away archives that are over, with their keys; return how many."""
    return Archive.objects.filter(expires_at__lte=timezone.now()).delete()[1].get("subjects.Archive", 0)


def link_of(link: ArchiveLink) -> str:
    """Return the address of the page where an archive is fetched."""
    return f"{settings.PRIVACY_PUBLIC_URL}/people/archives/{_signer().sign(str(link.pk))}"


def link_at(token: str) -> ArchiveLink:
    """Return what a link leads to now; raise LinkRefused."""
    try:
        link_id = UUID(_signer().unsign(token))
    except (BadSignature, ValueError):
        raise LinkRefused from None
    good = ArchiveLink.objects.filter(used_at=None, archive__expires_at__gt=timezone.now())
    found = good.select_related("archive__request__workspace").filter(pk=link_id).first()
    if found is None:
        raise LinkRefused
    return found


def fetched_by(link: ArchiveLink, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what is downloaded; the link is good no more once that was all of it."""
    yield from pieces
    ArchiveLink.objects.filter(pk=link.pk).update(used_at=timezone.now())


def _mail(link: ArchiveLink) -> EmailMessage:
    request = link.archive.request
    form, words = getattr(request.workspace, "subject_form", None), words_in(request.language).archive
    subject, text = words.mail_subject, words.mail_text
    if isinstance(form, SubjectForm):
        subject, text = form.archive_worded(words)
    return EmailMessage(subject, text.replace(LINK, link_of(link)), to=[link.address])


def _signer() -> Signer:
    return Signer(salt="privacy-service archive of a person's data")
