"""What a person must do: told by mail, read on a page behind a signed link, ticked off there with what shows it.

A mail names nobody: whom it is about is shown on the page alone, to whoever presses a button, and the trail keeps that.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from privacy_service.subjects.confirming import LinkRefused
from privacy_service.subjects.identifiers import Identifier
from privacy_service.subjects.models import Destination, Outage, Receipt, Status, Wish
from privacy_service.subjects.outages import down_for_long
from privacy_service.subjects.queue import end_turn, has_turn
from workspaces.acts import Act, note
from workspaces.mailing import mail_is_set_up
from workspaces.models import Membership, User

logger = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=60)
MOST_BYTES = 2 * 1024 * 1024  # Of a file that shows what was done.
_BEGINS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class FileRefused(ValueError):
    """A file that is not taken as a proof; the message says which are."""


def need_person() -> QuerySet[Receipt]:
    """Return the receipts that wait for a person."""
    by_hand = Q(status=Status.WAITING, next_try_at=None)
    return Receipt.objects.filter(by_hand | Q(status=Status.FAILED), destination__isnull=False)


def send_tasks() -> int:
    """Tell the people responsible what needs them, once; return how many mails went out. Raise OSError."""
    if not mail_is_set_up():
        return 0  # The alert on receipts that need a person is what remains.
    untold = need_person().filter(told_at=None)
    destinations = Destination.objects.filter(pk__in=untold.order_by().values("destination"))
    sent = 0
    lease = timedelta(seconds=settings.PRIVACY_SUBJECTS_LEASE_SECONDS)
    for destination in destinations.select_related("workspace"):
        if has_turn(destination.pk, timezone.now() + lease):  # Two who tell at once would tell twice.
            try:
                sent += _tell_of_tasks(destination)
            finally:
                end_turn(destination.pk)
    return sent + sum(map(_tell_of_outage, down_for_long().select_related("destination__workspace")))


def _tell_of_tasks(destination: Destination) -> int:
    some = list(need_person().filter(told_at=None, destination=destination).select_related("request"))
    if not some:
        return 0
    sent = _send(destination, f"{len(some)} to do by hand in {_named(destination)}", _task_text(destination, some))
    if sent:
        Receipt.objects.filter(pk__in=[receipt.pk for receipt in some]).update(told_at=timezone.now())
    return sent


def recipients(destination: Destination) -> list[str]:
    """Return who is told: the contact of a system, else the owners of its workspace."""
    if destination.contact:
        return [destination.contact]
    owners = Membership.objects.filter(
        workspace=destination.workspace, kind=Membership.Kind.OWNER, user__is_active=True
    ).exclude(user__email=None)
    return [str(email) for email in owners.values_list("user__email", flat=True)]


def link_of(destination: Destination, recipient: str) -> str:
    """Return the page of one person's tasks in a system; it is theirs as long as they are told of tasks there."""
    token = _signer().sign_object([str(destination.pk), _hashed(recipient)])
    return f"{settings.PRIVACY_PUBLIC_URL}/people/tasks/{token}"


def tasks_in(token: str) -> tuple[Destination, User | None]:
    """Return the system that a link leads to, and who holds it where they have an account; raise LinkRefused."""
    try:
        destination_id, hashed = _signer().unsign_object(token, max_age=GOOD_FOR)
    except (BadSignature, ValueError):
        raise LinkRefused from None
    destination = Destination.objects.select_related("workspace").filter(pk=UUID(destination_id)).first()
    holder = next((one for one in recipients(destination) if _hashed(one) == hashed), None) if destination else None
    if destination is None or holder is None:
        raise LinkRefused
    return destination, User.objects.filter(email=holder, is_active=True).first()


def show(receipt: Receipt, by: User | None) -> list[Identifier]:
    """Return whom a task is about, by the names that its system knows; the trail keeps that somebody looked."""
    known = receipt.destination.known_by if receipt.destination else frozenset()
    note(Act.SUBJECT_SHOWN, receipt.request.workspace, by, receipt, destination=receipt.name)
    return [one for one in receipt.request.identifiers if one.kind in known]


def media_type_of(content: bytes) -> str:
    """Return what a file is, by its beginning: nobody's word is taken for it; raise FileRefused."""
    if len(content) > MOST_BYTES:
        message = f"The file is longer than {MOST_BYTES // 1024 // 1024} MB."
        raise FileRefused(message)
    found = next((kind for begin, kind in _BEGINS.items() if content.startswith(begin)), "")
    if found:
        return found
    try:
        content.decode()
    except UnicodeDecodeError:
        message = "Send a PDF, PNG or JPEG file, or plain text in UTF-8."
        raise FileRefused(message) from None
    return "text/plain"


def described(content: bytes) -> str:
    """Return what evidence says of a file: nothing of what it shows, and enough to know it again."""
    return f"{media_type_of(content)}, {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}"


def _tell_of_outage(outage: Outage) -> int:
    destination = outage.destination
    waiting = Receipt.objects.filter(destination=destination, status=Status.WAITING).count()
    text = (
        f"{_named(destination)} has not answered since {outage.since:%Y-%m-%d %H:%M} UTC.\n"
        f"{waiting} requests of people wait for it. It is asked again by itself, an hour apart at most.\n"
        "Whoever runs it should look."
    )
    if not Outage.objects.filter(pk=outage.pk, told_at=None).update(told_at=timezone.now()):
        return 0  # Another worker tells it.
    try:
        return _send(destination, f"{_named(destination)} is down", lambda _: text)
    except OSError:
        Outage.objects.filter(pk=outage.pk).update(told_at=None)
        raise


def _send(destination: Destination, subject: str, text: Callable[[str], str]) -> int:
    sent, on_one_line = 0, " ".join(subject.split())  # A name with a line break would end the header.
    with get_connection() as connection:
        for recipient in recipients(destination):
            try:
                connection.send_messages([EmailMessage(f"[privacy] {on_one_line}", text(recipient), to=[recipient])])
            except (SMTPRecipientsRefused, ValueError):  # Such an address, or such words, hold up nobody else's mail.
                logger.warning("The contact of destination %s cannot be told by mail", destination.pk)
            else:
                sent += 1
    return sent


def _task_text(destination: Destination, receipts: list[Receipt]) -> Callable[[str], str]:
    first = min(receipt.request.due_at for receipt in receipts)
    problems = sorted({receipt.problem for receipt in receipts if receipt.problem})
    lines = [f"Requests of people that need you: {len(receipts)}. The first is due on {first:%Y-%m-%d}.", *problems]
    steps = destination.options.get("steps")
    lines += ["", "What to do there:", str(steps)] if steps else []
    copies = sum(Wish(receipt.request.wish).exports for receipt in receipts)
    lines += ["", f"Delete nothing where a copy is asked for: {copies} of these."] if copies else []

    def text(recipient: str) -> str:
        if not settings.PRIVACY_PUBLIC_URL:
            path = f"/v1/workspaces/{destination.workspace.slug}/subject-requests?needs_person=true"
            return "\n".join([*lines, "", f"They are listed at {path}."])
        link = link_of(destination, recipient)
        return "\n".join([*lines, "", "Whom they are about, and where to say that it is done:", "", link])

    return text


def _named(destination: Destination) -> str:
    return f"{destination.name or destination.slug} ({destination.workspace.slug})"


def _hashed(address: str) -> str:
    """Return what stands for an address in a link: logs of proxies keep links, and a plain hash could be guessed at."""
    return salted_hmac("privacy-service tasks by hand", address, algorithm="sha256").hexdigest()[:32]


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="privacy-service tasks by hand")
