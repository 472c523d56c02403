"""Why a reader sees what they see, now or at a moment that has passed: questions and answers, never a value."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone

import classifier
from privacy_service.answering import answers
from privacy_service.decisions.access import (
    access_request,
    admit,
    moment_asked_about,
    reader_named_in,
    source_named_in,
)
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import situation_at, situation_now, stage_at
from privacy_service.decisions.questions import Asked, Name, Situation, answered
from privacy_service.decisions.types import AccessRequest, Decision, Effect
from privacy_service.enforcement.enforce import Payload, check_readable, limits, refusals_translated, tier
from privacy_service.enforcement.media import media_of
from privacy_service.exceptions import MomentUnknown
from privacy_service.http import Answer, Call, json_answer
from workspaces.authentication import Stranger
from workspaces.keys import Scope
from workspaces.stamp import stamp
from workspaces.standing import Given

EXPLAIN = "explain"

Json = dict[str, Any]


@answers(EXPLAIN, "POST")
def explain(call: Call) -> Answer:
    """Tell every question with its answer, what decided, and why each field of a payload is hidden; never a value."""
    admission = admit(call, Scope.EXPLAIN)
    at = moment_asked_about(call)
    before, payload = stamp.current(), _payload_of(call)
    if stamp.current() != before:
        admission = admit(call, Scope.EXPLAIN)
    access = access_request(admission, reader_named_in(call), source_named_in(call))
    situation = situation_now(access) if at is None else situation_at(access, at)
    if situation is None:
        raise MomentUnknown
    decision, run = answered(situation)
    if at is None:
        record(decision, access, Occasion.of(call, EXPLAIN, admission.caller.key_id), {})
    content = {**_about(access, at), **_decision(decision), "questions": [_question(asked) for asked in run]}
    content["through"] = [_given(one) for one in _through(situation, run)]
    if payload is not None:
        content["fields"] = list(_fields(decision, payload))
    return json_answer(200, content, call.id)


def _payload_of(call: Call) -> Payload | None:
    """Return the payload, where one is sent: the questions can be asked without."""
    if not call.header("CONTENT_TYPE") and call.header("CONTENT_LENGTH") in {"", "0"}:
        return None
    payload = Payload(media_of(call).kind, call.read())
    check_readable(payload)
    return payload


def _about(access: AccessRequest, at: datetime | None) -> Json:
    moment = at or timezone.now()
    known = None if isinstance(access.actor, Stranger) else str(access.actor.pk)
    source = access.source.slug if access.source else None
    return {"at": moment.isoformat(), "actor_id": known, "source": source, "release": stage_at(moment)}


def _decision(decision: Decision) -> Json:
    until = decision.valid_until.isoformat() if decision.valid_until else None
    return {
        "effect": decision.effect,
        "reason": decision.reason,
        "policy_version": decision.policy_version,
        "valid_until": until,
    }


def _question(asked: Asked) -> Json:
    question = asked.question
    return {"name": question.name, "question": question.words, "answer": asked.answer, "decides": asked.decides}


def _through(situation: Situation, run: list[Asked]) -> tuple[Given, ...]:
    """Return the grants that answer the last two questions, where these were asked."""
    asked = {one.question.name for one in run}
    return situation.sight.through if Name.SEES_ALL in asked else ()


def _given(given: Given) -> Json:
    return {
        "grant": str(given.id),
        "role": given.role,
        "group": given.group or None,
        "entities": given.entities,
        "colours": given.colours,
        "sources": given.sources,
        "labels": dict(given.labels or {}),
        "expires_at": given.expires_at.isoformat() if given.expires_at else None,
        "emergency": given.emergency,
    }


def _fields(decision: Decision, payload: Payload) -> Iterator[Json]:
    """Tell what is personal and what hides it; of what is denied nothing is shown, and there is nothing to tell."""
    if decision.effect is Effect.DENY:
        return
    operators = decision.operators
    with refusals_translated():
        findings = classifier.classify(payload.body, kind=payload.kind, limits=limits(), tier=tier(), own=operators.own)
    for finding in findings:
        masks = decision.effect is Effect.MASK
        operator = operators.operator_for(finding.entity, finding.recognizer).name if masks else "keep"
        yield {
            "pointer": finding.path,
            "start": finding.start,
            "end": finding.end,
            "entity": finding.entity,
            "score": finding.score,
            "recognizer": finding.recognizer,
            "operator": operator,
            "hidden": operator != "keep",
        }
