"""What somebody responsible does to requests: rules and write together, for the API and the console alike.

The caller holds the workspace's lock.
"""

from collections.abc import Iterable
from uuid import UUID

from privacy_service.exceptions import Conflict, NoSuchResource
from privacy_service.subjects import lifecycle
from privacy_service.subjects.identifiers import Identifier
from privacy_service.subjects.models import Destination, Law, Receipt, Status, SubjectRequest, Wish
from privacy_service.subjects.regulations.quota import check_month
from workspaces.models import User, Workspace


def ask(  # noqa: PLR0913 - what a request says.
    workspace: Workspace,
    wish: Wish,
    identifiers: Iterable[Identifier],
    *,
    law: Law,
    by: User,
    language: str = "",
    holds: bool = False,
) -> SubjectRequest:
    """Open a request, and begin at once unless it is held; while one is open, asking the same again is no other.

    Raise Conflict where systems would have to forget and there is none: it would be completed, and nothing done.
    """
    if wish.deletes and not Destination.objects.filter(workspace=workspace, is_active=True).exists():
        message = "There is no destination that could forget anybody: register the systems that hold data first."
        raise Conflict(message)
    check_month(workspace, 1)
    opened, _ = lifecycle.open_request(workspace, wish, identifiers, law=law, by=by, language=language)
    if holds:
        lifecycle.answer_for(opened, by=by)
    elif opened.state == lifecycle.State.PENDING:  # Held, or asked for by others who have confirmed nothing yet.
        lifecycle.start(opened.pk, lifecycle.Proof.OWNER, by=by)
    return opened


def open_receipt(request: SubjectRequest, receipt_id: UUID) -> Receipt:
    """Return a receipt that somebody can see to; raise NoSuchResource, or Conflict where it is settled."""
    receipt = Receipt.objects.filter(request=request, pk=receipt_id).first()
    if receipt is None:
        raise NoSuchResource
    if receipt.status not in {Status.WAITING, Status.FAILED}:
        message = f"This system's answer is {receipt.status}; only one that is waiting or failed can be seen to."
        raise Conflict(message)
    return receipt
