"""The decision API: what would this reader see?"""

from django.utils import timezone

from privacy_service.answering import answers
from privacy_service.decisions.access import access_request, admit, reader_asked_about, source_asked_about
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import Decision
from privacy_service.http import Answer, Call, json_answer
from privacy_service.systems import note_call
from workspaces.keys import Scope
from workspaces.stamp import stamp

ENDPOINT = "decision"


@answers(ENDPOINT, "GET")
def decision(call: Call) -> Answer:
    """Tell the decision alone, and for how many seconds a backend may rely on it."""
    admission = admit(call, Scope.DECIDE)
    access = access_request(admission, reader_asked_about(call), source_asked_about(call))
    decided = decide(access)
    record(decided, access, Occasion.of(call, ENDPOINT, admission.caller.key_id), {})
    note_call(call.header("HTTP_PII_SYSTEM"), admission.caller.key_id, {})
    content = {
        "effect": decided.effect,
        "reason": decided.reason,
        "policy_version": decided.policy_version,
        "max_age": int(_seconds_left(decided)),
    }
    return json_answer(200, content, call.id)


def _seconds_left(decided: Decision) -> float:
    left = stamp.seconds_left()
    if decided.valid_until is None:
        return left
    return max(0.0, min(left, (decided.valid_until - timezone.now()).total_seconds()))
