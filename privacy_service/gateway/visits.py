"""Who asks for which upstream, and what was decided; these functions may ask the database, so they run in threads."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from privacy_service.decisions.access import Admission, Asking, Reader, access_request, ask, reader_named_in
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import AccessRequest, Decision, Effect
from privacy_service.exceptions import KeyRefused, RateExceeded, UnknownUpstream
from privacy_service.gateway.locations import Place
from privacy_service.gateway.models import Upstream
from privacy_service.gateway.upstreams import upstream_of
from privacy_service.http import Call
from workspaces.authentication import Caller, workspace_of
from workspaces.keys import Scope
from workspaces.models import ServiceAccount, Workspace
from workspaces.stamp import stamp

ENDPOINT = "gateway"
_NAMING_SOURCE = ("HTTP_SOURCE", "HTTP_PII_SOURCE")


class Visit(NamedTuple):
    """One request understood: for which upstream, what is asked, what was decided, and on which occasion."""

    upstream: Upstream
    access: AccessRequest
    decision: Decision
    occasion: Occasion
    request_id: str
    expires_at: datetime | None  # When the caller's key ends by itself.
    token: int  # The access stamp that all this rests on.


def visited(call: Call, place: Place) -> Visit:
    """Return what a request asks and what was decided; raise what `ask` raises, or UnknownUpstream."""
    token = stamp.current()
    workspace = workspace_of(place.workspace)
    upstream = upstream_of(workspace, place.upstream) if workspace else None
    asking = _asking(call, workspace, upstream)
    if upstream is None:
        raise UnknownUpstream
    occasion = Occasion.of(call, ENDPOINT, asking.caller.key_id)
    decision = decide(asking.access)
    return Visit(upstream, asking.access, decision, occasion, call.id, asking.caller.expires_at, token)


def admitted(call: Call, place: Place) -> Visit:
    """Return the visit of a reader who may have an answer; raise AccessDenied, recorded, before anybody is asked."""
    visit = visited(call, place)
    if visit.decision.effect is Effect.DENY:
        record(visit.decision, visit.access, visit.occasion, {})
        raise visit.decision.refusal
    return visit


def renewed(visit: Visit, call: Call, place: Place) -> Visit:
    """Return the visit as it would be admitted now; raise what `admitted` raises.

    An upstream takes its time, and an answer may go on for hours: nobody keeps an old right meanwhile.
    """
    now = timezone.now()
    ends = (visit.expires_at, visit.decision.valid_until)
    if stamp.current() == visit.token and not any(end is not None and end <= now for end in ends):
        return visit
    try:
        return admitted(call, place)
    except RateExceeded:  # Looking again is no request of the reader's.
        return visit._replace(decision=decide(visit.access))


def _asking(call: Call, workspace: Workspace | None, upstream: Upstream | None) -> Asking:
    environ = {name: value for name, value in call.environ.items() if name not in _NAMING_SOURCE}
    if upstream and upstream.source:
        environ["HTTP_PII_SOURCE"] = upstream.source.slug  # Where the data is from is not the reader's to say.
    call = call._replace(environ=environ)
    token = _token_alone(call)
    if workspace and upstream and upstream.token_account and token:
        return _asking_by_token(call, workspace, upstream.token_account, token)
    return ask(call, Scope.GATEWAY)


def _token_alone(call: Call) -> str:
    """Return the signed token of a reader who comes without an API key, or nothing."""
    scheme, _, token = call.header("HTTP_AUTHORIZATION").partition(" ")
    is_token = scheme.lower() == "bearer" and token.count(".") == 2  # noqa: PLR2004 - the parts of a JWT.
    return token.strip() if is_token and not call.header("HTTP_X_API_KEY") else ""


def _asking_by_token(call: Call, workspace: Workspace, account: ServiceAccount, token: str) -> Asking:
    if not account.user.is_active:
        raise KeyRefused(WWW_Authenticate='Bearer realm="privacy-service"')
    key_id: UUID = account.pk  # No key was used: the trail names the account whose keys verified the token.
    caller = Caller(key_id, account.user, frozenset(), None, workspace.slug, account.pk, demands_token=True)
    reader = Reader(reader_named_in(call).reference, token)
    return Asking(caller, access_request(Admission(caller, workspace), reader, call.header("HTTP_PII_SOURCE")))
