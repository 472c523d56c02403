"""The masking API: a body in, the same kind of body out as its reader may see it."""

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from functools import lru_cache
from time import perf_counter
from typing import TypeVar

import classifier
from privacy_service.answering import answers
from privacy_service.decisions.access import admit, ask
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide
from privacy_service.decisions.policies import own_rules_of
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.enforcement.enforce import (
    Enforced,
    Payload,
    check_readable,
    count_leak,
    enforce,
    limits,
    refusals_translated,
    tier,
)
from privacy_service.enforcement.media import Media, media_of
from privacy_service.enforcement.screening import Screened, Way, screened
from privacy_service.enforcement.witnessing import Passing, is_wanted, show
from privacy_service.exceptions import AccessDenied, LeakBlocked
from privacy_service.http import PRIVATE, Answer, Call, Headers, json_answer
from privacy_service.observability import metrics
from privacy_service.observability.stages import WATCHERS
from privacy_service.systems import note_call
from workspaces.keys import Scope
from workspaces.stamp import stamp

T = TypeVar("T")
Onlooker = Callable[[AccessRequest, Payload], None]
ONLOOKERS: list[Onlooker] = []
"""Who is shown what passes for want of a release; they raise nothing, keep nobody waiting and change no answer."""

MASK = "mask"
CLASSIFY = "classify"
_ADMIT, _DECIDE, _ENFORCE, _ALL = ("admit",), ("decide",), ("enforce",), ("all",)


@answers(MASK, "POST")
def mask(call: Call) -> Answer:
    """Return the body as the actor may see it."""
    started = perf_counter()
    media, body, (caller, access) = _received(call, lambda: ask(call, Scope.MASK))
    read = perf_counter()
    decision = decide(access)
    decided = perf_counter()
    received = Payload(media.kind, body, call.header("HTTP_PII_SUBJECT"))
    payload, told = _taken_in(decision, access, received, call.header("HTTP_PII_DESTINATION"))
    enforced = _enforced_and_recorded(decision, access, payload, Occasion.of(call, MASK, caller.key_id))
    _observe(read - started, decided - read, perf_counter() - decided)
    note_call(call.environ.get("HTTP_PII_SYSTEM", ""), caller.key_id, enforced.entities)
    if decision.reason is Reason.NOT_RELEASED:
        for look_on in ONLOOKERS:
            look_on(access, payload)
    if decision.effect is not Effect.DENY and is_wanted(access.workspace):
        show(Passing(access.workspace, access.source.slug if access.source else "", MASK, payload))
    return _as_answer(call, media, decision, enforced, told)


@answers(CLASSIFY, "POST")
def classify(call: Call) -> Answer:
    """Tell what in the body is personal and where, never the values."""
    started = perf_counter()
    media, body, admission = _received(call, lambda: admit(call, Scope.CLASSIFY))
    check_readable(Payload(media.kind, body))
    read, own = perf_counter(), own_rules_of(admission.workspace)
    with refusals_translated():
        findings = classifier.classify(body, kind=media.kind, limits=limits(), tier=tier(), own=own)
    if WATCHERS:
        _tell(("admit", read - started), (CLASSIFY, perf_counter() - read))
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


def _received(call: Call, admitted: Callable[[], T]) -> tuple[Media, bytes, T]:
    """Read the body of a caller who may send one, and ask again where a right changed while it was on its way."""
    admission = admitted()
    media, before = media_of(call), stamp.current()
    body = call.read()
    return media, body, admission if stamp.current() == before else admitted()


def _taken_in(decision: Decision, access: AccessRequest, payload: Payload, destination: str) -> Screened:
    """Return what may be taken in of a body; whoever is refused anyway is told nothing of who is suppressed."""
    if decision.effect is Effect.DENY:
        return Screened(payload)
    return screened(access.workspace, payload, Way(destination, access.source.pk if access.source else None))


def _enforced_and_recorded(decision: Decision, access: AccessRequest, payload: Payload, occasion: Occasion) -> Enforced:
    try:
        enforced = enforce(decision, payload)
    except AccessDenied:
        record(decision, access, occasion, {})
        raise
    except LeakBlocked as error:
        count_leak(error)
        record(decision.withheld, access, occasion, error.entities)
        raise
    record(decision, access, occasion, enforced.entities)
    return enforced


def _as_answer(call: Call, media: Media, decision: Decision, enforced: Enforced, told: Headers) -> Answer:
    recurring = _recurring_headers(media.content_type, decision.effect, decision.reason, decision.policy_version)
    of_this: Headers = (("PII-Entities", _listed(enforced.entities)), ("PII-Request-Id", call.id), *told)
    return Answer(200, recurring + of_this, enforced.body)


@lru_cache(maxsize=1024)
def _recurring_headers(content_type: str, effect: Effect, reason: Reason, policy_version: int) -> Headers:
    return (
        ("Content-Type", content_type),
        ("PII-Decision", effect),
        ("PII-Reason", reason),
        ("PII-Policy", str(policy_version)),
        *PRIVATE,
    )


def _listed(entities: Mapping[str, int]) -> str:
    """Count what was hidden, and return it as the header has it."""
    if not entities:
        return ""
    for entity, count in entities.items():
        metrics.masked_entities.add(entity, amount=count)
    return ", ".join(f"{entity}={count}" for entity, count in sorted(entities.items()))


def _observe(admit_seconds: float, decide_seconds: float, enforce_seconds: float) -> None:
    all_seconds = admit_seconds + decide_seconds + enforce_seconds
    metrics.stage_seconds.add_all(
        ((_ADMIT, admit_seconds), (_DECIDE, decide_seconds), (_ENFORCE, enforce_seconds), (_ALL, all_seconds))
    )
    if WATCHERS:
        _tell(("admit", admit_seconds), ("decide", decide_seconds), ("enforce", enforce_seconds))


def _tell(*stages: tuple[str, float]) -> None:
    for watcher in WATCHERS:
        watcher(stages)
