"""Leaving events about suppressed people out of what is sent to be masked, or refusing it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.screening import Screened, Way
from privacy_service.exceptions import SubjectSuppressed
from privacy_service.observability import metrics
from privacy_service.subjects.cutting import events_in, holds_events, without_events
from privacy_service.subjects.events import identifiers_in
from privacy_service.subjects.suppressions import InMask, in_mask, suppressed_among
from workspaces.models import Workspace

MOST_TOLD = 100
_LEFT_OUT = "PII-Suppressed"


def without_suppressed(workspace: Workspace, payload: Payload, way: Way) -> Screened:
    """Leave out what is about somebody suppressed, where the workspace asks for that; raise SubjectSuppressed.

    It holds wherever the body goes; bodies of other kinds than JSON hold no events.
    """
    how = in_mask(workspace.pk) if holds_events(payload) else InMask.OFF
    if how is InMask.OFF:
        return Screened(payload)
    suppressed = suppressed_at(workspace.pk, events_in(payload), way.source_id)
    if not suppressed:
        return Screened(payload)
    metrics.suppressed_events.add(how, amount=len(suppressed))
    if how is InMask.REFUSE:
        raise SubjectSuppressed(members={"events": suppressed[:MOST_TOLD]})
    return Screened(without_events(payload, suppressed), ((_LEFT_OUT, str(len(suppressed))),))


def suppressed_at(workspace_id: UUID, events: Sequence[Any], source_id: UUID | None = None) -> list[int]:
    """Return the places of the events that are about somebody suppressed, with one question about all of them."""
    named = [(place, identifier) for place, event in enumerate(events) for identifier in identifiers_in(event)]
    answers = suppressed_among(workspace_id, [identifier for _, identifier in named], source_id)
    return sorted({place for (place, _), is_so in zip(named, answers, strict=True) if is_so})
