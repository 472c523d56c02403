"""Leaving events out of what is sent to be masked whose person has not agreed to where it goes, or refusing it."""

from privacy_service.consent.models import InMask, Unsaid
from privacy_service.consent.preferences import NOTHING, Agreed, allows
from privacy_service.consent.rules import Rules, rules_of
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.screening import Screened, Way
from privacy_service.exceptions import ConsentMissing
from privacy_service.observability import metrics
from privacy_service.subjects.cutting import NO_EVENT, events_in, holds_events, without_events
from privacy_service.subjects.screening import MOST_TOLD
from workspaces.models import Workspace

_LEFT_OUT = "PII-Consent-Missing"


def without_unagreed(workspace: Workspace, payload: Payload, way: Way) -> Screened:
    """Leave out what its person has not agreed to, where the workspace asks for that; raise ConsentMissing."""
    rules = rules_of(workspace.pk)
    needed = rules.needed_by(way.destination) if rules.in_mask is not InMask.OFF else NOTHING
    if not needed:
        return Screened(payload)
    if not holds_events(payload):
        return _silent(rules, payload)
    missing = _missing_at(rules, payload, needed)
    if not missing:
        return Screened(payload)
    metrics.consent_missing.add(rules.in_mask, amount=len(missing))
    if rules.in_mask is InMask.REFUSE:
        raise ConsentMissing(members={"events": missing[:MOST_TOLD]})
    return Screened(without_events(payload, missing), ((_LEFT_OUT, str(len(missing))),))


def _missing_at(rules: Rules, payload: Payload, needed: Agreed) -> list[int]:
    """Return the places of the events that may not go there."""
    events = events_in(payload)
    agreed = zip(events, rules.agreed(events), strict=True)
    return [at for at, (event, one) in enumerate(agreed) if event is not NO_EVENT and not allows(one, needed)]


def _silent(rules: Rules, payload: Payload) -> Screened:
    """Let a body that cannot speak of consent through only where whatever says nothing flows."""
    if rules.unsaid is Unsaid.FLOW:
        return Screened(payload)
    metrics.consent_missing.add(InMask.REFUSE)
    message = "Send events as JSON or NDJSON: of this kind of body nobody can tell whether people have agreed."
    raise ConsentMissing(message)
