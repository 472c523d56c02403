"""AuthZEN's Authorization API 1.0: may this subject do this with this resource? One question, or many at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, JsonResponse
from django.urls import get_script_prefix
from django.views.decorators.http import require_safe

from privacy_service.answering import Endpoint, answers
from privacy_service.body import json_in
from privacy_service.decisions.access import (
    Admission,
    Reader,
    access_request,
    caller_in,
    reader_named_in,
    workspace_for,
)
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import Decision, Effect
from privacy_service.exceptions import InvalidBody, PrivacyError, UnknownSource, UnknownWorkspace
from privacy_service.http import Answer, Call, json_answer, names_now, new_request_id
from workspaces.authentication import Caller
from workspaces.keys import Scope
from workspaces.stamp import stamp

ENDPOINT = "authzen"
MOST_EVALUATIONS = 1000
_LONGEST_REQUEST_ID = 200

Json = dict[str, Any]

# What each action asks of a decision.
ACTIONS: Mapping[str, frozenset[Effect]] = {
    "view_pii": frozenset({Effect.PASS}),  # To see everything as it is.
    "read": frozenset({Effect.PASS, Effect.MASK}),  # To see anything at all, masked or not.
}
# After which answer a batch ends.
_ENDS_AFTER: Mapping[str, bool | None] = {
    "execute_all": None,
    "deny_on_first_deny": False,
    "permit_on_first_permit": True,
}


class Question(NamedTuple):
    """Who wants to do what with which workspace, or which source of it."""

    reader: str
    action: str
    workspace: str
    source: str


def _echoing(endpoint: Endpoint) -> Endpoint:
    """Send the caller's X-Request-ID back, if it could be one."""

    def echoed(call: Call) -> Answer:
        answer, said = endpoint(call), call.header("HTTP_X_REQUEST_ID")
        if not said or len(said) > _LONGEST_REQUEST_ID or not (said.isascii() and said.isprintable()):
            return answer
        return Answer(answer.status, (*answer.headers, ("X-Request-ID", said)), answer.body)

    return echoed


@_echoing
@answers(ENDPOINT, "POST")
def evaluation(call: Call) -> Answer:
    """Answer one question; a denial is an answer too."""
    caller, said = _received(call)
    return json_answer(200, _evaluated(call, caller, _question(said, caller)), call.id)


@_echoing
@answers(ENDPOINT, "POST")
def evaluations(call: Call) -> Answer:
    """Answer many questions in order, all of them or until one answer ends the batch."""
    caller, said = _received(call)
    asked = said.get("evaluations")
    if not asked:
        return json_answer(200, _evaluated(call, caller, _question(said, caller)), call.id)
    if not isinstance(asked, list) or len(asked) > MOST_EVALUATIONS:
        message = f"evaluations must be a list of at most {MOST_EVALUATIONS} objects."
        raise InvalidBody(message)
    answered = list(_in_order(call, caller, said, asked))
    return json_answer(200, {"evaluations": answered}, call.id)


@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    """Tell where the evaluations are."""
    base = request.build_absolute_uri(get_script_prefix()).rstrip("/")
    return JsonResponse(
        {
            "policy_decision_point": base,
            "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
            "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
        }
    )


def _in_order(call: Call, caller: Caller, said: Json, asked: list[Any]) -> Iterator[Json]:
    ends_after = _ends_after(said.get("options"))
    for one in asked:
        try:
            told = _evaluated(call, caller, _question({**said, **_object(one, "each evaluation")}, caller))
        except PrivacyError as error:
            told = {"decision": False, "context": {"error": {"status": error.status, "message": error.detail}}}
        yield told
        if told["decision"] is ends_after:
            return


def _ends_after(options: Any) -> bool | None:
    semantic = _object(options or {}, "options").get("evaluations_semantic", "execute_all")
    if not isinstance(semantic, str) or semantic not in _ENDS_AFTER:
        message = f"options.evaluations_semantic must be one of {', '.join(_ENDS_AFTER)}."
        raise InvalidBody(message)
    return _ENDS_AFTER[semantic]


def _received(call: Call) -> tuple[Caller, Json]:
    caller, before = caller_in(call, Scope.DECIDE), stamp.current()
    said = _object(json_in(call.read()), "the body")
    return (caller if stamp.current() == before else caller_in(call, Scope.DECIDE)), said


def _question(said: Json, caller: Caller) -> Question:
    subject, action, resource = (_object(said.get(name), name) for name in ("subject", "action", "resource"))
    reader, name = _text(subject, "subject", "id"), _text(action, "action", "name")
    _text(subject, "subject", "type")
    resource_id = _text(resource, "resource", "id")
    match _text(resource, "resource", "type"):
        case "workspace":
            return Question(reader, name, resource_id, "")
        case "source":
            properties = _object(resource.get("properties") or {}, "resource.properties")
            workspace = properties.get("workspace", caller.workspace_slug)
            if isinstance(workspace, str) and workspace:
                return Question(reader, name, workspace, resource_id)
    message = "resource.type must be workspace, or source with the workspace's slug in resource.properties.workspace."
    raise InvalidBody(message)


def _evaluated(call: Call, caller: Caller, question: Question) -> Json:
    try:
        decision = _decided(call, caller, question)
    except (UnknownWorkspace, UnknownSource) as error:
        return {"decision": False, "context": {"reason": error.reason}}
    if question.action not in ACTIONS:
        return {"decision": False, "context": {"reason": "unknown-action"}}
    context = {"reason": decision.reason, "effect": decision.effect, "policy_version": decision.policy_version}
    return {"decision": decision.effect in ACTIONS[question.action], "context": context}


def _decided(call: Call, caller: Caller, question: Question) -> Decision:
    admission = Admission(caller, workspace_for(caller, question.workspace))
    reader = Reader(question.reader, reader_named_in(call).token)
    access = access_request(admission, reader, question.source)
    decision = decide(access)
    # A record each: a batch is as many questions.
    record(decision, access, Occasion(new_request_id(), ENDPOINT, caller.key_id, names_now()), {})
    return decision


def _object(said: Any, name: str) -> Json:
    if isinstance(said, dict):
        return said
    message = f"{name} must be an object."
    raise InvalidBody(message)


def _text(said: Json, whose: str, name: str) -> str:
    value = said.get(name)
    if isinstance(value, str) and value and value.isprintable():
        return value
    message = f"{whose}.{name} must be a text."
    raise InvalidBody(message)


ROUTES: Mapping[str, Callable[[Call], Answer]] = {
    "/access/v1/evaluation": evaluation,
    "/access/v1/evaluations": evaluations,
}
