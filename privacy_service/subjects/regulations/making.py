"""From one call about thousands of people to a request for each of them.

What the call wishes about new data holds at once. The people themselves lie encrypted in parts of a hundred, which a
task turns into requests: a part goes in the transaction that opens its requests, so that a worker that dies loses none
and opens none twice.
"""

import logging
from collections.abc import Sequence
from time import monotonic
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from privacy_service.exceptions import Conflict
from privacy_service.subjects import lifecycle
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from privacy_service.subjects.lifecycle import Proof, State
from privacy_service.subjects.models import Regulation, RegulationPart, SubjectRequest, Wish
from privacy_service.subjects.regulations.quota import check_month
from privacy_service.subjects.suppressions import lift, suppress, suppressed_among
from workspaces.acts import Act, note
from workspaces.models import Source, User, Workspace
from workspaces.queueing import send_task_soon
from workspaces.sealing import SealBroken

logger = logging.getLogger(__name__)

UNFOLD = "subjects.unfold"  # The task that opens requests.
_IN_A_PART = 100
KIND_OF = {"USER_ID": Kind.USER_ID, "ANONYMOUS_ID": Kind.ANONYMOUS_ID}


@transaction.atomic
def regulate(  # noqa: PLR0913 - what a regulation says.
    workspace: Workspace,
    wish: Wish,
    people: Sequence[Identifier],
    *,
    subject_type: str,
    source: Source | None = None,
    by: User | None = None,
) -> Regulation:
    """Keep a wish about many people, each named once; the same while it is open is the same regulation.

    Raises MonthExceeded, and Conflict where a source should take in again what the whole workspace takes in no more.
    """
    source_id = source.pk if source else None
    digest = digester_of(workspace.pk).digest
    distinct = {digest(one): one for one in people}
    packed = b"".join(sorted(distinct))
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # Two at once would not see each other.
    same = Regulation.objects.filter(workspace=workspace, source_id=source_id, wish=wish, finished_at=None)
    if joined := same.filter(subject_type=subject_type, digests=packed).first():
        return joined
    check_month(workspace, len(distinct))
    _take_in(workspace, wish, [*distinct.values()], source_id, by)
    made = Regulation(workspace=workspace, source_id=source_id, wish=wish, subject_type=subject_type, by=by)
    made.digests, made.count = packed, len(distinct)
    made.save()
    _keep_parts(made, [one.value for one in distinct.values()])
    note(Act.REGULATION_MADE, workspace, by, made, wish=wish, people=made.count)
    send_task_soon(UNFOLD)  # Beat asks too.
    return made


def _take_in(
    workspace: Workspace, wish: Wish, people: list[Identifier], source_id: UUID | None, by: User | None
) -> None:
    """Suppress or lift all of them at once, before they are requests of their own."""
    if wish.suppresses:
        suppress(workspace, people, by=by, source_id=source_id)
    if wish is Wish.UNSUPPRESS:
        if source_id and (everywhere := sum(suppressed_among(workspace.pk, people))):
            message = f"{everywhere} of these are suppressed in the whole workspace: lift that first, without a source."
            raise Conflict(message)
        lift(workspace, people, by=by, source_id=source_id)


def _keep_parts(made: Regulation, ids: Sequence[str]) -> None:
    parts = []
    for start in range(0, len(ids), _IN_A_PART):
        part = RegulationPart(regulation=made)
        part.keep_ids(ids[start : start + _IN_A_PART])
        parts.append(part)
    RegulationPart.objects.bulk_create(parts)


def unfold(seconds: float) -> int:
    """Open the requests of parts, for so long at most, and return how many parts that were."""
    ends_at, opened = monotonic() + seconds, 0
    for part_id in list(RegulationPart.objects.order_by("created_at").values_list("pk", flat=True)):
        if monotonic() >= ends_at:
            break
        opened += _unfolded(part_id)
    return opened


@transaction.atomic
def _unfolded(part_id: UUID) -> int:
    """Open the requests of one part, unless another worker has."""
    part = RegulationPart.objects.select_for_update().filter(pk=part_id).first()
    if part is None:
        return 0
    regulation = Regulation.objects.select_related("workspace", "by").get(pk=part.regulation_id)
    try:
        people = [Identifier(KIND_OF[regulation.subject_type], one) for one in part.ids]
    except SealBroken:
        logger.exception("The people of regulation %s cannot be read", regulation.pk)
        regulation.status, regulation.finished_at = Regulation.Status.INVALID, timezone.now()
        regulation.save(update_fields=["status", "finished_at"])
        people = []
    regulation.requests.add(*[_opened(regulation, one) for one in people])
    part.delete()
    return 1


def _opened(regulation: Regulation, person: Identifier) -> SubjectRequest:
    """Return somebody's request, which has begun."""
    opened, _ = lifecycle.open_request(
        regulation.workspace, Wish(regulation.wish), [person], by=regulation.by, source_id=regulation.source_id
    )
    if opened.state == State.PENDING:
        lifecycle.start(opened.pk, Proof.OWNER, by=regulation.by)
    return opened
