"""The decision API: what would this reader see?"""

from urllib.parse import parse_qs

from django.conf import settings

from privacy_service.answering import answers
from privacy_service.decisions.access import access_request, admit, reader_named_in
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide
from privacy_service.http import Answer, Call, json_answer
from workspaces.keys import Scope

ENDPOINT = "decision"


@answers(ENDPOINT, "GET")
def decision(call: Call) -> Answer:
    """Tell the decision alone, and for how many seconds a backend may rely on it."""
    admission = admit(call, Scope.DECIDE)
    named = parse_qs(call.header("QUERY_STRING")).get("actor", [reader_named_in(call)])
    access = access_request(admission, named[-1])
    decided = decide(access)
    record(decided, access, Occasion(call.id, ENDPOINT, admission.caller.key_id), {})
    content = {
        "effect": decided.effect,
        "reason": decided.reason,
        "policy_version": decided.policy_version,
        "max_age": _max_age(),
    }
    return json_answer(200, content, call.id)


def _max_age() -> int:
    # What this process knows may be one poll old already; together both stay within the promise.
    return int(settings.PRIVACY_STAMP_MAX_AGE_SECONDS - settings.PRIVACY_STAMP_POLL_SECONDS)
