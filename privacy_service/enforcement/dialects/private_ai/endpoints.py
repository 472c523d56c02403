"""The routes of Private AI's text API: each reads its request, asks the engine, and answers in that API's words."""

from collections.abc import Callable, Sequence

import classifier
from classifier import Rewritten, Span
from privacy_service.answering import Endpoint, answers
from privacy_service.decisions.access import caller_in
from privacy_service.enforcement.dialects.private_ai import response
from privacy_service.enforcement.dialects.private_ai.request import TextRequest, reidentification, text_request
from privacy_service.enforcement.dialects.private_ai.wording import Naming, Writer, policy_for
from privacy_service.enforcement.dialects.visits import Visit, answer, keep, keep_way_back, received, rewritten, tally
from privacy_service.exceptions import NotOffered
from privacy_service.http import Answer, Call, json_answer
from workspaces.keys import Scope

PROCESS, NER, ANALYZE, REIDENTIFY = "process-text", "ner-text", "analyze-text", "reidentify-text"
OTHER = "private-ai"

# Values of these come back hidden where a caller asks for it.
SENSITIVE = frozenset({
    "BANK_ACCOUNT", "CREDIT_CARD", "CREDIT_CARD_EXPIRATION", "CVV", "ROUTING_NUMBER", "ACCOUNT_NUMBER",
    "DRIVER_LICENSE", "HEALTHCARE_NUMBER", "PASSPORT_NUMBER", "PASSWORD", "SSN", "VEHICLE_ID",
})  # fmt: skip

Told = Callable[[str, Sequence[Span], Callable[[Span], str]], response.Json]


@answers(PROCESS, "POST", refuse=response.refuse)
def process_text(call: Call) -> Answer:
    """Return texts with what is personal replaced, and what was replaced by what."""
    visit, body = received(call, PROCESS, Scope.MASK)
    request = text_request(body)
    naming = Naming(request.detection.filters)
    done = _rewritten(visit, request, naming, is_shown=True)
    content = [
        response.processed(text, one, request.style, naming.label_of, tells=request.detection.return_entity)
        for text, one in zip(request.texts, done, strict=True)
    ]
    entities = tally(piece.span for one in done for piece in one.pieces)
    keep(visit, entities)
    return answer(call, visit, content, entities)


@answers(NER, "POST", refuse=response.refuse)
def ner_text(call: Call) -> Answer:
    """Tell what in texts is personal."""
    return _found(call, NER, response.found)


@answers(ANALYZE, "POST", refuse=response.refuse)
def analyze_text(call: Call) -> Answer:
    """Tell what in texts is personal, and which finds read alike."""
    return _found(call, ANALYZE, response.analyzed)


@answers(REIDENTIFY, "POST", refuse=response.refuse)
def reidentify_text(call: Call) -> Answer:
    """Turn stand-ins back into the values that the caller kept."""
    visit, body = received(call, REIDENTIFY, Scope.REIDENTIFY)
    request = reidentification(body)
    values = request.values
    if not request.shows_sensitive:
        values = {stand_in: _without_sensitive(stand_in, value) for stand_in, value in values.items()}
    content = classifier.restore(request.texts, values)
    keep_way_back(visit)
    return answer(call, visit, content, {})


@answers(OTHER, "GET", refuse=response.refuse, sheds=False)
def version(call: Call) -> Answer:
    """Tell which version's contract this is."""
    return json_answer(200, {"app_version": response.APP_VERSION}, call.id)


@answers(OTHER, "GET", refuse=response.refuse, sheds=False)
def healthz(call: Call) -> Answer:
    """Say that the process answers."""
    return json_answer(200, {"status": "ok"}, call.id)


@answers(OTHER, "GET", refuse=response.refuse)
def diagnostics(call: Call) -> Answer:
    """Tell of the machine, to whoever holds a key for masking."""
    caller_in(call, Scope.MASK, Scope.CLASSIFY)
    return json_answer(200, response.diagnostics(), call.id)


@answers(OTHER, refuse=response.refuse)
def not_offered(call: Call) -> Answer:
    """Refuse what this service does not do."""
    del call
    raise NotOffered


def _rewritten(visit: Visit, request: TextRequest, naming: Naming, *, is_shown: bool) -> Sequence[Rewritten]:
    policy = policy_for(visit.policy, request.detection, request.style, is_shown=is_shown)
    writers = 1 if request.linked else len(request.texts)
    each = [Writer(request.style, policy, naming) for _ in range(writers)]
    writes = each * len(request.texts) if request.linked else each
    return rewritten(visit, request.texts, policy, writes, request.detection.tier)


def _found(call: Call, endpoint: str, tell: Told) -> Answer:
    visit, body = received(call, endpoint, Scope.CLASSIFY, Scope.MASK)
    request = text_request(body)
    naming = Naming(request.detection.filters)
    finds = [[piece.span for piece in one.pieces] for one in _rewritten(visit, request, naming, is_shown=False)]
    content = [tell(text, spans, naming.label_of) for text, spans in zip(request.texts, finds, strict=True)]
    entities = tally(span for spans in finds for span in spans)
    keep(visit, entities)
    return answer(call, visit, content, entities)


def _without_sensitive(stand_in: str, value: str) -> str:
    bare = stand_in.strip("[](){}<>")
    label = max((label for label in SENSITIVE if f"{bare}_".startswith(f"{label}_")), key=len, default="")
    if not label:
        return value
    shown = len(value) // 4 if label == "CREDIT_CARD" else 0
    return "#" * (len(value) - shown) + value[len(value) - shown :]


_ROUTES: dict[str, Endpoint] = {
    "/": version,
    "/diagnostics": diagnostics,
    "/process/text": process_text,
    "/process/text/reidentify": reidentify_text,
    "/ner/text": ner_text,
    "/analyze/text": analyze_text,
    "/process/files/uri": not_offered,
    "/process/files/base64": not_offered,
    "/bleep": not_offered,
}
# At the root, /healthz and /metrics are the service's own: metrics are for the network inside alone.
_MOUNTED = {**_ROUTES, "/healthz": healthz}


def _routes() -> dict[str, Endpoint]:
    bases = [plan + generation for plan in ("", "/demo", "/community", "/cloud") for generation in ("", "/v3", "/v4")]
    return {base + path: endpoint for base in bases for path, endpoint in (_MOUNTED if base else _ROUTES).items()}


ROUTES = _routes()
