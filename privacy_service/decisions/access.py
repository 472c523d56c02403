"""From a call to the access request it makes: whose key, which workspace, which reader."""

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from django.conf import settings

from privacy_service.decisions.limits import RateLimit
from privacy_service.decisions.types import AccessRequest
from privacy_service.exceptions import (
    ActorMissing,
    ActorNotAllowed,
    ActorUnclear,
    KeyRefused,
    RateExceeded,
    ScopeMissing,
    UnknownWorkspace,
)
from privacy_service.http import Call
from workspaces.authentication import Actor, Caller, actor_of, caller_of, workspace_of
from workspaces.keys import Scope, note_use
from workspaces.models import Workspace

_ENCODED = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")
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
    # A bound key is told nothing of other workspaces, not even by the time that a look-up takes.
    workspace = workspace_of(call.slug) if caller.may_ask_about(call.slug) else None
    if workspace is None:
        raise UnknownWorkspace
    return Admission(caller, workspace)


def access_request(admission: Admission, reference: str) -> AccessRequest:
    """Return the question for the reader that the caller names, or for the caller where the key is a person's own."""
    return AccessRequest(_actor(admission.caller, reference), admission.workspace)


def _actor(caller: Caller, reference: str) -> Actor:
    if caller.is_service:
        if not reference:
            raise ActorMissing
        return actor_of(reference[:_LONGEST_REFERENCE])
    if reference and actor_of(reference[:_LONGEST_REFERENCE]).pk != caller.user.pk:
        raise ActorNotAllowed
    return caller.user


def reader_named_in(call: Call) -> str:
    """Return whom Actor or X-Actor names; raise ActorUnclear where they differ or hold what no name holds."""
    return _one_of(call.header("HTTP_ACTOR"), call.header("HTTP_X_ACTOR"))


def reader_asked_about(call: Call) -> str:
    """Return whom the query's `actor` names, or a header."""
    asked = parse_qs(call.header("QUERY_STRING")).get("actor", [])
    return _one_of(*asked, call.header("HTTP_ACTOR"), call.header("HTTP_X_ACTOR"))


def _one_of(*named: str) -> str:
    # WSGI cannot tell a smuggled X_Actor from X-Actor: two names that differ are nobody's.
    names = {name for name in map(_decoded, named) if name}
    if len(names) > 1 or any(not name.isprintable() for name in names):
        raise ActorUnclear
    return names.pop() if names else ""


def _decoded(named: str) -> str:
    """Decode the letters outside ASCII; a percent sign before anything else is a part of the name."""
    if "%" not in named:
        return named.strip()
    return _ENCODED.sub(lambda escapes: unquote(escapes.group()), named).strip()


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
