"""Who asks for which topic, and what they may see of it; asked again whenever that may have changed."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from privacy_service.decisions.access import ask
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide, once_released
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.exceptions import AccessDenied, PermissionMissing, RateExceeded, UnknownTopic
from privacy_service.http import Call
from privacy_service.inventory.restricting import TOPIC, of_its_source
from privacy_service.streams.flow import Access
from privacy_service.streams.models import RegisteredTopic
from privacy_service.streams.registering import topic_of
from workspaces.keys import Scope
from workspaces.rights import rights_in
from workspaces.stamp import stamp


class Visit(NamedTuple):
    """One reader of one topic: what was asked and decided, and on what that rests."""

    topic: RegisteredTopic
    access: AccessRequest
    decision: Decision
    occasion: Occasion
    expires_at: datetime | None  # When the caller's key ends by itself.
    token: int  # The access stamp.

    @property
    def is_masked(self) -> bool:
        """Say whether the reader gets records as the decision leaves them, and not as they lie."""
        return self.topic.access == Access.DECIDED


def admitted(call: Call, name: str) -> Visit:
    """Return the visit of a reader who may read this topic; raise what `ask` raises, UnknownTopic or Forbidden."""
    token = stamp.current()
    caller, access = ask(call, Scope.TOPICS)
    if rights_in(access.workspace, access.actor) is None:
        raise AccessDenied  # Whatever the release says: a topic has no other door.
    topic = topic_of(access.workspace, name)
    if topic is None:
        raise UnknownTopic
    access = of_its_source(access, f"{TOPIC}{topic.name}")
    occasion = Occasion.of(call, f"topic-{topic.access}", caller.key_id)
    visit = Visit(topic, access, _decided(topic, access), occasion, caller.expires_at, token)
    _check(visit)
    return visit


def renewed(visit: Visit, call: Call) -> Visit:
    """Return the visit as it would be admitted now; raise what `admitted` raises.

    A reader may follow a topic for hours, and keeps no old right meanwhile.
    """
    now = timezone.now()
    ends = (visit.expires_at, visit.decision.valid_until)
    if stamp.current() == visit.token and not any(end is not None and end <= now for end in ends):
        return visit
    try:
        return admitted(call, visit.topic.name)
    except RateExceeded:  # Looking again is no request of the reader's.
        fresh = visit._replace(decision=_decided(visit.topic, visit.access))
        _check(fresh)
        return fresh


def _decided(topic: RegisteredTopic, access: AccessRequest) -> Decision:
    # Raw data is for whoever may see all of it, also where others pass since the feature is not released.
    return once_released(access) if topic.access == Access.RESTRICTED else decide(access)


def _check(visit: Visit) -> None:
    """Raise Forbidden, recorded, where the reader may have nothing."""
    decision, access = visit.decision, Access(visit.topic.access)
    if decision.effect is Effect.DENY:
        record(decision, visit.access, visit.occasion, {})
        raise decision.refusal
    if access is Access.RESTRICTED and decision.effect is not Effect.PASS:
        refusal = Decision(Effect.DENY, Reason.ROLE_LACKS_PII, policy_version=decision.policy_version)
        record(refusal, visit.access, visit.occasion, {})
        message = "This topic holds raw data: reading it needs the permission view_pii."
        raise PermissionMissing(message)
