"""Requests of controllers: taken once, begun after the time in which they can be taken back."""

import hmac
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy_service.exceptions import Conflict, NoSuchResource
from privacy_service.managing.errors import invalid_fields
from privacy_service.subjects import lifecycle
from privacy_service.subjects.dialects.opendsr.reading import Asked
from privacy_service.subjects.dialects.visits import Visit
from privacy_service.subjects.lifecycle import Proof, State
from privacy_service.subjects.models import ControllerRequest
from privacy_service.subjects.opendsr.telling import tell
from privacy_service.subjects.opendsr.words import Version
from privacy_service.subjects.regulations.quota import check_month
from workspaces.models import Workspace


@transaction.atomic
def take(visited: Visit, asked: Asked, body: bytes, version: Version) -> ControllerRequest:
    """Keep a controller's request; the same again is the same, and raises InvalidFields where it says anything else.

    Raises MonthExceeded too: what a controller asks for counts as what an owner does.
    """
    Workspace.objects.select_for_update(no_key=True).get(pk=visited.workspace.pk)
    digest = hmac.digest(settings.PRIVACY_TOKEN_KEY.encode(), b"opendsr:" + body, sha256)
    mine = ControllerRequest.objects.filter(workspace=visited.workspace, controller=visited.actor)
    if known := mine.select_related("request").filter(number=asked.number).first():
        if not hmac.compare_digest(bytes(known.body), digest):
            raise invalid_fields({"subject_request_id": ["It came before, with another body: give each its own."]})
        return known
    check_month(visited.workspace, 1)
    opened, _ = lifecycle.open_request(visited.workspace, asked.wish, asked.people, law=asked.law, by=visited.actor)
    now = timezone.now()
    return ControllerRequest.objects.create(
        workspace=visited.workspace,
        controller=visited.actor,
        number=asked.number,
        version=version.number,
        body=digest,
        request=opened,
        callbacks=list(asked.callbacks),
        created_at=now,
        starts_at=now + timedelta(seconds=settings.PRIVACY_OPENDSR_HOLD_SECONDS),
    )


def known(visited: Visit, number: UUID) -> ControllerRequest:
    """Return a request of this controller; raise NoSuchResource."""
    mine = ControllerRequest.objects.filter(workspace=visited.workspace, controller=visited.actor)
    found = mine.select_related("request").filter(number=number).first()
    if found is None:
        raise NoSuchResource
    return found


@transaction.atomic
def take_back(visited: Visit, number: UUID) -> ControllerRequest:
    """Cancel a request that is pending; raise Conflict for any other. What others asked for as well goes on."""
    asked = known(visited, number)
    if asked.request.state != State.PENDING or asked.cancelled_at:
        message = "Only a request that is pending can be cancelled."
        raise Conflict(message)
    others = ControllerRequest.objects.filter(request=asked.request, cancelled_at=None).exclude(pk=asked.pk)
    if others.exists() or asked.request.by_id != visited.actor.pk:
        tell([asked], State.CANCELLED)
    elif asked.request.confirmations.exists():
        lifecycle.answer_for(asked.request, by=None)  # It is the person's alone, who confirms it or lets it end.
        tell([asked], State.CANCELLED)
    else:
        asked.request = lifecycle.cancel(asked.request_id, by=visited.actor)
    asked.cancelled_at = timezone.now()
    asked.save(update_fields=["cancelled_at"])
    return asked


def start_due() -> int:
    """Begin with what can be cancelled no more; return how many requests that were."""
    due = ControllerRequest.objects.filter(
        starts_at__lte=timezone.now(), cancelled_at=None, request__state=State.PENDING
    )
    begun = 0
    for asked in due.select_related("controller"):
        try:
            lifecycle.start(asked.request_id, Proof.OWNER, by=asked.controller)
        except Conflict:
            continue  # Somebody was faster.
        begun += 1
    return begun
