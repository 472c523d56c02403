"""The routes of Presidio's analyzer and anonymizer; statuses and sentences are theirs, whatever ours would be."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from classifier import Entity, Span
from classifier.exceptions import ClassifierFailed, RequestRefused
from classifier.operators import presidio_engine
from classifier.operators.presidio_engine import EngineAnswer
from privacy_service.answering import Endpoint, answers
from privacy_service.body import json_in
from privacy_service.decisions.access import admit_own
from privacy_service.decisions.types import AccessRequest
from privacy_service.enforcement.dialects.presidio.analyzing import Refused, analysis, check_language, told
from privacy_service.enforcement.dialects.presidio.names import RECOGNIZERS, SUPPORTED
from privacy_service.enforcement.dialects.visits import (
    Visit,
    Wanted,
    answer,
    keep,
    keep_way_back,
    policy_as,
    received,
    rewritten,
    tally,
    visit_for,
)
from privacy_service.exceptions import BadRequest, PrivacyError
from privacy_service.http import PRIVATE, Answer, Call, json_answer
from workspaces.authentication import NOBODY, Stranger, workspace_of
from workspaces.keys import Scope

ANALYZE, ANONYMIZE, DEANONYMIZE, OTHER = "presidio-analyze", "presidio-anonymize", "presidio-deanonymize", "presidio"

_UNREADABLE = "The browser (or proxy) sent a request that this server could not understand."
_READING = (Scope.CLASSIFY, Scope.MASK)


def _refuse(error: PrivacyError, call_id: str) -> Answer:
    """Word an error as Presidio does."""
    reply = json_answer(
        error.status, {"error": _UNREADABLE if isinstance(error, BadRequest) else error.detail}, call_id
    )
    return Answer(reply.status, (*reply.headers, *error.headers.items()), reply.body)


def _speaks(endpoint: str, method: str, *, sheds: bool = True) -> Callable[[Endpoint], Endpoint]:
    """Make a function an endpoint that answers in Presidio's words."""

    def framed(answer_to: Endpoint) -> Endpoint:
        @answers(endpoint, method, refuse=_refuse, sheds=sheds)
        @wraps(answer_to)
        def speaking(call: Call) -> Answer:
            try:
                return answer_to(call)
            except Refused as refused:
                return json_answer(refused.status, {"error": refused.message}, call.id)

        return speaking

    return framed


@_speaks(ANALYZE, "POST")
def analyze(call: Call) -> Answer:
    """Tell what is personal in a text, or in each of a list."""
    visit, said = _received(call, ANALYZE, *_READING)
    request = analysis(said)
    policy = policy_as(visit.policy, Wanted(enabled=request.entities, matchers=request.matchers, is_shown=False))
    done = rewritten(visit, request.texts, policy, [_as_it_is] * len(request.texts))
    spans = [[piece.span for piece in one.pieces] for one in done]
    entities = tally(span for some in spans for span in some)
    keep(visit, entities)
    content = [told(request, text, some) for text, some in zip(request.texts, spans, strict=True)]
    return answer(call, visit, content if request.is_list else content[0], entities)


@_speaks(ANONYMIZE, "POST")
def anonymize(call: Call) -> Answer:
    """Replace what the caller has found in a text, by Presidio's own engine."""
    visit, body = _received(call, ANONYMIZE, Scope.MASK)
    said = _object(body)
    anonymizers = said.get("anonymizers")
    if isinstance(anonymizers, dict) and any(_is_custom(one) for one in anonymizers.values()):
        raise Refused(400, "Custom type anonymizer is not supported")
    done = _engine(presidio_engine.anonymize, said.get("text", ""), said.get("analyzer_results"), anonymizers)
    entities = Counter(_known(item["entity_type"]) for item in done.items)
    keep(visit, entities)
    return answer(call, visit, {"text": done.text, "items": done.items}, entities)


@_speaks(DEANONYMIZE, "POST")
def deanonymize(call: Call) -> Answer:
    """Turn encrypted pieces of a text back, with the key that the caller sends; the service keeps none."""
    visit, body = received(call, DEANONYMIZE, Scope.REIDENTIFY)
    said = _object(body)
    results, operators = said.get("anonymizer_results"), said.get("deanonymizers")
    done = _engine(presidio_engine.deanonymize, said.get("text", ""), results, operators)
    keep_way_back(visit)
    return answer(call, visit, {"text": done.text, "items": done.items}, {})


@_speaks(OTHER, "GET")
def recognizers(call: Call) -> Answer:
    """Name what looks for personal data."""
    return _listed(call, RECOGNIZERS)


@_speaks(OTHER, "GET")
def supported_entities(call: Call) -> Answer:
    """Name what is looked for."""
    return _listed(call, SUPPORTED)


@_speaks(OTHER, "GET")
def anonymizers(call: Call) -> Answer:
    """Name the operators that hide."""
    _check_caller(call)
    return json_answer(200, presidio_engine.ANONYMIZERS, call.id)


@_speaks(OTHER, "GET")
def deanonymizers(call: Call) -> Answer:
    """Name the operators that turn back."""
    _check_caller(call)
    return json_answer(200, presidio_engine.DEANONYMIZERS, call.id)


@_speaks(OTHER, "GET", sheds=False)
def health(call: Call) -> Answer:
    """Say that the process answers, for both services that it stands for."""
    headers = (("Content-Type", "text/html; charset=utf-8"), ("PII-Request-Id", call.id), *PRIVATE)
    return Answer(200, headers, b"Presidio Analyzer service is up\nPresidio Anonymizer service is up")


def _received(call: Call, endpoint: str, *scopes: Scope) -> tuple[Visit, Any]:
    """Return the visit and the JSON of a call; one without a key is for the workspace that is open to such calls."""
    if not _is_keyless(call):
        return received(call, endpoint, *scopes)
    workspace = workspace_of(settings.PRIVACY_PRESIDIO_OPEN_WORKSPACE)
    if workspace is None:
        message = "The workspace that is open to calls without a key is not there (PRIVACY_PRESIDIO_OPEN_WORKSPACE)."
        raise PrivacyError(message, Retry_After="1")
    access = AccessRequest(Stranger(OTHER), workspace)
    return visit_for(call, endpoint, access, NOBODY), json_in(call.read())


def _is_keyless(call: Call) -> bool:
    has_key = call.header("HTTP_X_API_KEY") or call.header("HTTP_AUTHORIZATION")
    return bool(settings.PRIVACY_PRESIDIO_OPEN_WORKSPACE) and not has_key


def _check_caller(call: Call) -> None:
    if not _is_keyless(call):
        admit_own(call, *_READING)


def _listed(call: Call, names: tuple[str, ...]) -> Answer:
    _check_caller(call)
    check_language(parse_qs(call.header("QUERY_STRING")).get("language", ["en"])[-1])
    return json_answer(200, names, call.id)


def _object(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict) or not said:
        raise Refused(400, "Invalid request json")
    return said


def _is_custom(one: Any) -> bool:
    return isinstance(one, dict) and one.get("type") == "custom"


def _engine(act: Callable[[str, Any, Any], EngineAnswer], text: Any, results: Any, operators: Any) -> EngineAnswer:
    try:
        return act(text, results, operators)
    except RequestRefused as error:
        refused = Refused(422, str(error))
    except ClassifierFailed:
        refused = Refused(500, "Internal server error")
    raise refused


def _known(entity_type: str) -> str:
    """Return a kind as it is counted: a name that a caller invents may say anything."""
    return entity_type if entity_type in _KINDS else Entity.CUSTOM.value


def _as_it_is(_: Span, value: str) -> str:
    return value


_KINDS = frozenset(entity.value for entity in Entity)

_ROUTES: dict[str, Endpoint] = {
    "/analyze": analyze,
    "/anonymize": anonymize,
    "/deanonymize": deanonymize,
    "/recognizers": recognizers,
    "/supportedentities": supported_entities,
    "/anonymizers": anonymizers,
    "/deanonymizers": deanonymizers,
    "/health": health,
}


def routes(*, at_root: bool) -> dict[str, Endpoint]:
    """Return every path: below /presidio, and where this process is to stand in for Presidio also at the root."""
    return {f"/presidio{path}": endpoint for path, endpoint in _ROUTES.items()} | (_ROUTES if at_root else {})


ROUTES = routes(at_root=settings.PRIVACY_PRESIDIO_AT_ROOT)
