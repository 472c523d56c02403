"""The states of a request, and every move between them: nothing else writes a state.

    pending ──start──▶ in_progress ──settle──▶ completed
       └────cancel───▶ cancelled

A request starts once it is proven that the person wants it. It is completed when each system has answered for good:
one that failed keeps it open until somebody has seen to it, and one that cannot do such a thing does not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils import timezone

from privacy_service.exceptions import Conflict
from privacy_service.subjects.archives import keeping as archives
from privacy_service.subjects.certificates.issuing import issue
from privacy_service.subjects.destinations import abilities_of
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from privacy_service.subjects.index import knowing
from privacy_service.subjects.models import (
    Ability,
    Destination,
    Law,
    Layer,
    Receipt,
    RequestIdentifier,
    Status,
    SubjectRequest,
    Wish,
)
from privacy_service.subjects.notices.preparing import prepare
from privacy_service.subjects.suppressions import lift, suppress
from privacy_service.subjects.tokens import keeping as token_keys
from workspaces.acts import Act, note
from workspaces.models import User, Workspace
from workspaces.queueing import send_task_soon

moved = Signal()
"""Sent with `requests`, whose state is another now, within the transaction that moved them."""

WORK = "subjects.work"  # The task that asks systems.
NO_SYSTEM = "no-system"
NOBODY_TO_ASK = "No destination is asked: a person looks where there is data about them, and says so here."
FOR_THE_COPY = "It waits until the copy that the person asked for is made."

State = SubjectRequest.State
Proof = SubjectRequest.Proof

_OPEN = (State.PENDING, State.IN_PROGRESS)
_DAYS: Mapping[Law, int] = {Law.CCPA: 45, Law.NONE: 30}


def due(law: Law, since: datetime) -> datetime:
    """Return until when a request must be answered.

    A month of the GDPR ends on the day of the same number, or on the last of a shorter month (Regulation 1182/71,
    Article 3(2)(c)).
    """
    if law is not Law.GDPR:
        return since + timedelta(days=_DAYS[law])
    first_of_next = (since.replace(day=1) + timedelta(days=32)).replace(day=1)
    last_of_next = (first_of_next + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first_of_next.replace(day=min(since.day, last_of_next.day))


@transaction.atomic
def open_request(  # noqa: PLR0913 - what a request says.
    workspace: Workspace,
    wish: Wish,
    identifiers: Iterable[Identifier],
    *,
    law: Law = Law.NONE,
    by: User | None = None,
    source_id: UUID | None = None,
    language: str = "",
) -> tuple[SubjectRequest, bool]:
    """Return an open request, and whether it is new: the same wish of the same person is one while it is open.

    A copy is handed to whoever asked for it: what a person asks on the form is another wish than what somebody asks
    on their behalf.
    """
    named = list(dict.fromkeys(identifiers))
    digest = digester_of(workspace.pk).digest
    digests = {digest(one): one.kind for one in named}
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # Two at once would not see each other.
    if same := _same(workspace, wish, frozenset(digests), source_id, is_on_form=by is None):
        return same, False
    now = timezone.now()
    request = SubjectRequest(
        workspace=workspace,
        wish=wish,
        source_id=source_id,
        law=law,
        by=by,
        language=language,
        created_at=now,
        due_at=due(law, now),
    )
    request.keep_identifiers(named)
    request.save()
    RequestIdentifier.objects.bulk_create(
        RequestIdentifier(request=request, kind=kind, digest=each) for each, kind in digests.items()
    )
    note(Act.SUBJECT_REQUEST_MADE, workspace, by, request, wish=wish, kinds=sorted({one.kind for one in named}))
    return request, True


def _same(
    workspace: Workspace, wish: Wish, digests: frozenset[bytes], source_id: UUID | None, *, is_on_form: bool
) -> SubjectRequest | None:
    some = next(iter(digests))
    rows = SubjectRequest.objects.filter(
        workspace=workspace, wish=wish, source_id=source_id, state__in=_OPEN, digests__digest=some
    )
    if wish.exports:
        rows = rows.filter(by__isnull=is_on_form)
    for request in rows.prefetch_related("digests"):
        if {bytes(row.digest) for row in request.digests.all() if not row.found} == digests:
            return request
    return None


def answer_for(request: SubjectRequest, *, by: User | None) -> None:
    """Keep who holds a pending request: what others asked for too does not end when they take it back."""
    SubjectRequest.objects.filter(pk=request.pk, state=State.PENDING).update(by=by)


@transaction.atomic
def start(request_id: UUID, proof: Proof, *, by: User | None = None) -> SubjectRequest:
    """Carry a proven request out: suppress at once, and ask every system; raise Conflict where it is not pending."""
    request = _locked(request_id)
    if request.state != State.PENDING or not proof:
        message = f"The request is {request.state}; one that is pending and proven can be started."
        raise Conflict(message)
    request.proof, request.state, request.started_at = proof, State.IN_PROGRESS, timezone.now()
    _add_known_names(request)
    _destroy_keys(request)
    request.save(update_fields=["proof", "state", "started_at", "sealed", "expansion", "token_keys"])
    note(Act.SUBJECT_REQUEST_STARTED, request.workspace, by, request, wish=request.wish, proof=proof)
    wish = Wish(request.wish)
    if wish.suppresses:
        suppress(request.workspace, request.identifiers, by=by, source_id=request.source_id)
    if wish is Wish.UNSUPPRESS:
        also = _suppressed_along(request)
        lift(request.workspace, request.identifiers, by=by, source_id=request.source_id, also=also)
    if wish.exports:
        archives.begin(request)
    moved.send(sender=SubjectRequest, requests=[request])
    _ask_everybody(request)
    settle(request)
    return request


def _add_known_names(request: SubjectRequest) -> None:
    """Add what the index knows of the person: who confirms an e-mail address is known to most systems by a user id."""
    known = knowing.known_as(
        request.workspace, request.identifiers, believes_claims=request.proof == SubjectRequest.Proof.OWNER
    )
    request.expansion = known.told
    if not known.found:
        return
    digest = digester_of(request.workspace_id).digest
    request.keep_identifiers([*known.named, *known.found])
    RequestIdentifier.objects.bulk_create(
        RequestIdentifier(request=request, kind=one.kind, digest=digest(one), found=True) for one in known.found
    )


def _destroy_keys(request: SubjectRequest) -> None:
    """Make noise of the person's tokens wherever they lie; where one source alone forgets, or archives, they stay."""
    if Layer.INTERNAL in Wish(request.wish).layers and request.source_id is None:
        digests = RequestIdentifier.objects.filter(request=request).values_list("digest", flat=True)
        gone = token_keys.destroy(request.workspace, map(bytes, digests))
        request.token_keys = sorted({*request.token_keys, *gone})


def _suppressed_along(request: SubjectRequest) -> dict[bytes, Kind]:
    """Return what was suppressed together with the names of this request; the index may have forgotten them since."""
    if request.source_id:
        return {}  # What is suppressed from one source alone has digests of its own, which the names are needed for.
    digest = digester_of(request.workspace_id).digest
    named = [digest(one) for one in request.identifiers]
    suppressing = [wish for wish in Wish if wish.suppresses]
    before = SubjectRequest.objects.filter(
        workspace=request.workspace,
        source_id=None,
        wish__in=suppressing,
        state__in=[State.IN_PROGRESS, State.COMPLETED],
        digests__digest__in=named,
        digests__found=False,
    )
    rows = RequestIdentifier.objects.filter(request__in=before, found=True).values_list("digest", "kind")
    return {bytes(each): Kind(kind) for each, kind in rows}


def _ask_everybody(request: SubjectRequest) -> None:
    """Have every system asked at once; where a copy is still being made, what deletes waits for it."""
    waits = Wish(request.wish).deletes and _of_the_same(request, [wish for wish in Wish if wish.exports]).exists()
    first = {"next_try_at": None, "problem": FOR_THE_COPY} if waits else {"next_try_at": timezone.now()}
    asked = [
        Receipt(request=request, destination=destination, name=destination.slug, **first)
        for destination in Destination.objects.filter(workspace=request.workspace, is_active=True)
        if _concerns(request, destination)
    ]
    if not asked and _needs_somebody(request):
        Receipt.objects.create(request=request, name=NO_SYSTEM, status=Status.FAILED, problem=NOBODY_TO_ASK)
    if asked:
        Receipt.objects.bulk_create(asked)
        # Beat asks too: where the broker is away now, that is some seconds later.
        send_task_soon(WORK)


def _needs_somebody(request: SubjectRequest) -> bool:
    """Say whether a person has to look where there is no system to ask.

    Whoever asks on somebody's behalf is told so before. Who asks on the public form is not, known or unknown: their
    wish waits, and is not completed with nothing done.
    """
    wish = Wish(request.wish)
    return request.proof == Proof.EMAIL and (wish.deletes or wish.exports)


def _of_the_same(request: SubjectRequest, wishes: list[Wish]) -> QuerySet[SubjectRequest]:
    """Return what is being carried out of these wishes for somebody who shares a name with this request."""
    digests = request.digests.values("digest")
    running = SubjectRequest.objects.filter(workspace=request.workspace, state=State.IN_PROGRESS, wish__in=wishes)
    return running.filter(pk__in=RequestIdentifier.objects.filter(digest__in=digests).values("request"))


def _hand_out(request: SubjectRequest) -> None:
    """Close the copy of what is held, and let begin what waited for it."""
    archives.make_ready(request)
    deleting = _of_the_same(request, [wish for wish in Wish if wish.deletes])
    waiting = Receipt.objects.filter(request__in=deleting, status=Status.WAITING, problem=FOR_THE_COPY)
    waiting.update(next_try_at=timezone.now(), problem="")


def _concerns(request: SubjectRequest, destination: Destination) -> bool:
    """Say whether a system is asked: to forget, or to take in no more where it can be told so."""
    wish = Wish(request.wish)
    if not destination.gets_data_of(request.source_id):
        return False
    if destination.stands_as in wish.layers or wish.exports:
        return True
    is_about_suppression = wish.suppresses or wish is Wish.UNSUPPRESS
    return is_about_suppression and Ability.SUPPRESS in abilities_of(destination)


@transaction.atomic
def cancel(request_id: UUID, *, by: User | None = None) -> SubjectRequest:
    """End a request that nobody has begun to carry out; raise Conflict for any other."""
    request = _locked(request_id)
    if request.state != State.PENDING:
        message = f"The request is {request.state}; only one that is pending can be cancelled."
        raise Conflict(message)
    request.state, request.finished_at = State.CANCELLED, timezone.now()
    request.sealed = ""  # Nobody needs to know any more who it was.
    request.save(update_fields=["state", "finished_at", "sealed"])
    note(Act.SUBJECT_REQUEST_CANCELLED, request.workspace, by, request)
    moved.send(sender=SubjectRequest, requests=[request])
    return request


def settle(request: SubjectRequest) -> None:
    """Complete a request whose every system has answered for good; call it in the transaction of the last answer."""
    settle_all([request])


def settle_all(requests: Iterable[SubjectRequest]) -> None:
    """Complete those of several requests whose every system has answered for good."""
    running = [request for request in requests if request.state == State.IN_PROGRESS]
    unsettled = Receipt.objects.filter(request__in=running, status__in=[Status.WAITING, Status.FAILED])
    open_ones = set(unsettled.order_by().values_list("request", flat=True).distinct())
    settled = [request for request in running if request.pk not in open_ones]
    prepare(settled)
    names = _names_of(settled)
    _take_out_of_index(settled, names)
    keys_of = token_keys.kept_of({digest for each in names.values() for digest in each})
    for request in settled:
        if keys_of & names[request.pk].keys():  # Once more: data about them may have come in while systems were asked.
            _destroy_keys(request)
            request.save(update_fields=["token_keys"])
        if Wish(request.wish).exports:
            _hand_out(request)
    _complete(settled)
    issue(settled)


def _complete(settled: Sequence[SubjectRequest]) -> None:
    now = timezone.now()
    for request in settled:
        # The last copy of their names, but for an address that a notice still needs: keyed digests prove the rest.
        request.state, request.finished_at, request.sealed = State.COMPLETED, now, ""
        note(Act.SUBJECT_REQUEST_COMPLETED, request.workspace, None, request, wish=request.wish)
    if settled:
        rows = SubjectRequest.objects.filter(pk__in=[request.pk for request in settled])
        rows.update(state=State.COMPLETED, finished_at=now, sealed="")
        moved.send(sender=SubjectRequest, requests=settled)


def _names_of(requests: Sequence[SubjectRequest]) -> Mapping[UUID, Mapping[bytes, str]]:
    """Return the digests of whom requests are about, each with its kind."""
    names: dict[UUID, dict[bytes, str]] = {request.pk: {} for request in requests}
    rows = RequestIdentifier.objects.filter(request__in=requests).values_list("request", "digest", "kind")
    for request_id, digest, kind in rows:
        names[request_id][bytes(digest)] = kind
    return names


def _take_out_of_index(settled: Sequence[SubjectRequest], names: Mapping[UUID, Mapping[bytes, str]]) -> None:
    """Have the index forget where people were: everywhere, or in those systems alone that were asked to forget."""
    everywhere: dict[Workspace, list[Mapping[bytes, str]]] = defaultdict(list)
    for request in settled:
        wish = Wish(request.wish)
        if wish.layers == frozenset(Layer) and request.source_id is None:
            everywhere[request.workspace].append(names[request.pk])
        elif wish.deletes:
            done = request.receipts.filter(status=Status.COMPLETED).values_list("destination_id", flat=True)
            knowing.forget_digests(request.workspace, [names[request.pk]], only=list(done))
    for workspace, people in everywhere.items():
        knowing.forget_digests(workspace, people)


def _locked(request_id: UUID) -> SubjectRequest:
    # Its workspace is not locked along: whoever writes there holds that lock first, and may come for this one.
    rows = SubjectRequest.objects.select_for_update(of=("self",)).select_related("workspace")
    return rows.get(pk=request_id)
