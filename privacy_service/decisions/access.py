"""From a call to the access request it makes: whose key, which workspace, which reader."""

from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

from django.conf import settings

from privacy_service.decisions.limits import RateLimit
from privacy_service.decisions.types import AccessRequest
from privacy_service.exceptions import (
    ActorMissing,
    ActorNotAllowed,
    KeyRefused,
    RateExceeded,
    ScopeMissing,
    UnknownWorkspace,
)
from privacy_service.http import Call
from workspaces.authentication import Actor, Caller, actor_of, caller_of, workspace_of
from workspaces.keys import Scope, note_use
from workspaces.models import Workspace

_LONGEST_REFERENCE = 320  # An e-mail's greatest length (RFC 5321: 64 + 1 + 255).


class Admission(NamedTuple):
    """A caller whose key is good for this call, and the workspace it asks about."""

    caller: Caller
    workspace: Workspace


def admit(call: Call, scope: Scope) -> Admission:
    """Return who calls and about which workspace; raise KeyRefused, ScopeMissing, RateExceeded or UnknownWorkspace."""
    caller = caller_of(_key_in(call))
    if caller is None:
        raise KeyRefused(WWW_Authenticate='Bearer realm="privacy-service"')
    note_use(caller.key_id)
    if scope not in caller.scopes:
        message = f"This call needs the scope {scope}."
        raise ScopeMissing(message)
    wait = _rate_limit().wait_seconds(caller.key_id)
    if wait:
        raise RateExceeded(Retry_After=str(wait))
    workspace = workspace_of(call.slug)
    if workspace is None or not caller.may_ask_about(workspace):
        raise UnknownWorkspace
    return Admission(caller, workspace)


def access_request(admission: Admission, reference: str) -> AccessRequest:
    """Return the question for the reader that the caller names, or for the caller where the key is a person's own."""
    return AccessRequest(_actor(admission.caller, reference.strip()), admission.workspace)


def _actor(caller: Caller, reference: str) -> Actor:
    if caller.is_service:
        if not reference:
            raise ActorMissing
        return actor_of(reference[:_LONGEST_REFERENCE])
    if reference and actor_of(reference[:_LONGEST_REFERENCE]).pk != caller.user.pk:
        raise ActorNotAllowed
    return caller.user


def reader_named_in(call: Call) -> str:
    """Return what X-Actor names; letters outside ASCII arrive percent-encoded."""
    named = call.header("HTTP_X_ACTOR")
    return unquote(named) if "%" in named else named


def _key_in(call: Call) -> str:
    key = call.header("HTTP_X_API_KEY")
    if not key:
        scheme, _, key = call.header("HTTP_AUTHORIZATION").partition(" ")
        if scheme.lower() != "bearer":
            raise KeyRefused(WWW_Authenticate='Bearer realm="privacy-service"')
    return key.strip()


@cache
def _rate_limit() -> RateLimit:
    return RateLimit(settings.PRIVACY_RATE_PER_SECOND)
