"""The decision in headers alone, for proxies that ask before they pass a request on; it changes no body.

nginx calls this auth_request, Envoy ext_authz, Traefik forwardAuth; Kong has plug-ins for it.
"""

from privacy_service.answering import answers, take_in
from privacy_service.decisions.access import (
    Admission,
    access_request,
    caller_in,
    reader_named_in,
    source_named_in,
    workspace_for,
)
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import Effect
from privacy_service.exceptions import KeyUnbound
from privacy_service.http import PRIVATE, Answer, Call, Headers, problem
from workspaces.authentication import Caller
from workspaces.keys import Scope
from workspaces.models import Workspace

PATH = "/v1/check"
ENDPOINT = "check"
_SAID = {Effect.PASS: "raw", Effect.MASK: "mask", Effect.DENY: "deny"}


def is_asked(path: str) -> bool:
    """Say whether a path is this one; Envoy appends that of the original request."""
    return path == PATH or path.startswith(f"{PATH}/")


@answers(ENDPOINT)
def check(call: Call) -> Answer:
    """Answer 200 or 403 with the decision in headers, whatever the method: it is the original request's."""
    caller = caller_in(call, Scope.DECIDE)
    workspace = _workspace(call, caller)
    take_in(call)  # Envoy may pass on the body of the original request.
    access = access_request(Admission(caller, workspace), reader_named_in(call), source_named_in(call))
    decision = decide(access)
    record(decision, access, Occasion.of(call, ENDPOINT, caller.key_id), {})
    told: Headers = (
        ("X-PII-Decision", _SAID[decision.effect]),
        ("X-PII-Reason", decision.reason),
        ("X-PII-Workspace", workspace.slug),
        ("X-PII-Policy-Version", str(decision.policy_version)),
    )
    if decision.effect is Effect.DENY:
        denied = problem(decision.refusal, call.id)
        return Answer(denied.status, (*denied.headers, *told), denied.body)
    return Answer(200, (("PII-Request-Id", call.id), *told, *PRIVATE), b"")


def _workspace(call: Call, caller: Caller) -> Workspace:
    slug = call.header("HTTP_X_PII_WORKSPACE") or caller.workspace_slug
    if not slug:
        message = "Name the workspace in X-PII-Workspace, or use the key of a service account that is bound to one."
        raise KeyUnbound(message)
    return workspace_for(caller, slug)
