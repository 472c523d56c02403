"""What is kept of a completed request so that the person can be told, and when it goes again."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from privacy_service.exceptions import Conflict
from privacy_service.subjects.identifiers import Kind
from privacy_service.subjects.models import Notice, NoticeSettings, SubjectRequest, Wish
from workspaces.acts import Act, note
from workspaces.models import User, Workspace
from workspaces.queueing import send_task_soon
from workspaces.sealing import SealBroken

SEND = "subjects.send_notices"  # The task that sends them.

State = Notice.State
OPEN = (State.WAITING, State.FAILED)


def prepare(requests: Iterable[SubjectRequest]) -> None:
    """Keep the addresses, sealed, of people who are to be told; requests forget afterwards who they are about."""
    deleting = [request for request in requests if Wish(request.wish).deletes]
    on = NoticeSettings.objects.filter(workspace__in={request.workspace_id for request in deleting}, is_on=True)
    told_in = set(on.values_list("pk", flat=True)) if deleting else set()
    Notice.objects.bulk_create(_notice_of(request) for request in deleting if request.workspace_id in told_in)


def _notice_of(request: SubjectRequest) -> Notice:
    notice = Notice(request=request, state=State.NO_ADDRESS)
    if address := _address_of(request):
        notice.state = State.WAITING
        notice.keep_address(address)
    return notice


def _address_of(request: SubjectRequest) -> str:
    """Return the first of the person's e-mails that is an address, empty where there is none."""
    try:
        named = [one.value.strip() for one in request.identifiers if one.kind is Kind.EMAIL]
    except SealBroken:
        return ""
    return next((address for address in named if _is_address(address)), "")


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def forget_addresses(workspace: Workspace) -> int:
    """Forget whom a workspace would have told; return how many they were."""
    return Notice.objects.filter(request__workspace=workspace, state__in=OPEN).delete()[0]


@transaction.atomic
def told_by_hand(request_id: UUID, *, by: User) -> Notice:
    """Keep that somebody has told the person in another way; raise Conflict where nobody needs to."""
    notice = _open_notice(request_id, State.NO_ADDRESS)
    notice.state, notice.sealed, notice.next_try_at = State.BY_HAND, "", None
    notice.save(update_fields=["state", "sealed", "next_try_at"])
    note(Act.SUBJECT_TOLD, notice.request.workspace, by, notice.request, by_hand=True)
    return notice


@transaction.atomic
def send_again(request_id: UUID) -> Notice:
    """Have a notice sent at once that has failed or waits; raise Conflict for any other."""
    notice = _open_notice(request_id)
    notice.state, notice.attempts, notice.next_try_at = State.WAITING, 0, timezone.now()
    notice.save(update_fields=["state", "attempts", "next_try_at"])
    send_soon()
    return notice


def send_soon() -> None:
    """Have whatever is due sent once this transaction is kept; where the broker is away, beat asks a minute later."""
    send_task_soon(SEND)


def _open_notice(request_id: UUID, *more: Notice.State) -> Notice:
    found = Notice.objects.select_for_update(of=("self",)).select_related("request__workspace")
    notice = found.filter(request=request_id).first()
    if notice is None or notice.state not in {*OPEN, *more}:
        message = "There is no notice to this person that waits or has failed."
        raise Conflict(message)
    return notice
