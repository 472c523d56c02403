"""The masking API: a body in, the same kind of body out as its reader may see it."""

from collections import Counter as Tally
from time import perf_counter

import classifier
from privacy_service.answering import answers
from privacy_service.decisions.access import access_request, admit, reader_named_in
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import AccessRequest, Decision
from privacy_service.enforcement.enforce import Enforced, Payload, enforce, limits, refusals_translated
from privacy_service.enforcement.media import kind_of
from privacy_service.exceptions import AccessDenied
from privacy_service.http import PRIVATE, Answer, Call, json_answer
from privacy_service.observability import metrics
from workspaces.keys import Scope

MASK = "mask"
CLASSIFY = "classify"


@answers(MASK, "POST")
def mask(call: Call) -> Answer:
    """Return the body as the actor may see it."""
    started = perf_counter()
    admission = admit(call, Scope.MASK)
    access = access_request(admission, reader_named_in(call))
    payload = Payload(kind_of(call), call.read())
    read = perf_counter()
    decision = decide(access)
    decided = perf_counter()
    enforced = _enforced_and_recorded(decision, access, payload, Occasion(call.id, MASK, admission.caller.key_id))
    _observe(read - started, decided - read, perf_counter() - decided)
    return _as_answer(call, decision, enforced)


@answers(CLASSIFY, "POST")
def classify(call: Call) -> Answer:
    """Tell what in the body is personal and where, never the values."""
    admit(call, Scope.CLASSIFY)
    payload = Payload(kind_of(call), call.read())
    with refusals_translated():
        findings = classifier.classify(payload.body, kind=payload.kind, limits=limits())
    content = {
        "entities": Tally(finding.entity.value for finding in findings),
        "findings": [
            {
                "pointer": finding.path,
                "start": finding.start,
                "end": finding.end,
                "entity": finding.entity,
                "score": finding.score,
                "recognizer": finding.recognizer,
            }
            for finding in findings
        ],
    }
    return json_answer(200, content, call.id)


def _enforced_and_recorded(decision: Decision, access: AccessRequest, payload: Payload, occasion: Occasion) -> Enforced:
    try:
        enforced = enforce(decision, payload)
    except AccessDenied:
        record(decision, access, occasion, {})
        raise
    record(decision, access, occasion, enforced.entities)
    return enforced


def _as_answer(call: Call, decision: Decision, enforced: Enforced) -> Answer:
    headers = (
        ("Content-Type", call.header("CONTENT_TYPE")),
        ("PII-Decision", decision.effect),
        ("PII-Reason", decision.reason),
        ("PII-Entities", ", ".join(f"{entity}={count}" for entity, count in sorted(enforced.entities.items()))),
        ("PII-Policy", str(decision.policy_version)),
        ("PII-Request-Id", call.id),
        *PRIVATE,
    )
    for entity, count in enforced.entities.items():
        metrics.masked_entities.add(entity, amount=count)
    return Answer(200, headers, enforced.body)


def _observe(admit_seconds: float, decide_seconds: float, enforce_seconds: float) -> None:
    metrics.stage_seconds.add("admit", amount=admit_seconds)
    metrics.stage_seconds.add("decide", amount=decide_seconds)
    metrics.stage_seconds.add("enforce", amount=enforce_seconds)
