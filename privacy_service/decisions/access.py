"""From a call to the access request it makes: whose key, which workspace, which reader."""

import hashlib
import re
import secrets
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from django.conf import settings
from django.utils import timezone

from privacy_service.decisions.limits import RateLimit, quota_wait_seconds
from privacy_service.decisions.types import AccessRequest
from privacy_service.exceptions import (
    ActorMissing,
    ActorNotAllowed,
    ActorTokenRefused,
    ActorUnclear,
    BadRequest,
    KeyRefused,
    KeyUnbound,
    MomentUnknown,
    PrivacyError,
    QuotaExceeded,
    RateExceeded,
    ScopeMissing,
    SourceUnclear,
    UnknownSource,
    UnknownWorkspace,
)
from privacy_service.http import Call
from workspaces.actor_tokens import ADVICE, Check, KeysUnavailable, TokenRefused, subject_of
from workspaces.authentication import (
    Actor,
    Caller,
    Stranger,
    actor_of,
    caller_of,
    own_workspace_of,
    source_of,
    workspace_of,
)
from workspaces.keys import Scope, note_use
from workspaces.models import Source, Workspace
from workspaces.stamp import StampedCache

_ENCODED = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")
_LONGEST_REFERENCE = 320  # An e-mail's greatest length (RFC 5321: 64 + 1 + 255).


class Admission(NamedTuple):
    """A caller whose key is good for this call, and the workspace it asks about."""

    caller: Caller
    workspace: Workspace


class Reader(NamedTuple):
    """How a request names who is going to read: by name, or better by a signed token."""

    reference: str
    token: str = ""


class Asking(NamedTuple):
    """A call understood: who calls, and what their headers ask."""

    caller: Caller
    access: AccessRequest


_known = StampedCache()
# Under which a call's headers are remembered: a key is never kept as it was sent.
_FINGERPRINT_KEY = secrets.token_bytes(32)
_NAMING = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "HTTP_ACTOR", "HTTP_X_ACTOR", "HTTP_SOURCE", "HTTP_PII_SOURCE")
_SIGNING = ("HTTP_ACTOR_TOKEN", "HTTP_X_ACTOR_TOKEN")


def ask(call: Call, scope: Scope) -> Asking:
    """Return what a call asks by its headers; they recur, so that what they meant is kept under the access stamp.

    Raises what `admit` and `access_request` raise. A signed reader is never kept here: a token ends by itself. Nor is
    a stranger, whose name may never come again: whoever guesses names drives out no call that recurs.
    """
    if any(map(call.environ.get, _SIGNING)):
        return _asking(call, scope)
    fingerprint = _fingerprint(call)
    known = _known.kept(fingerprint)
    if known is None:
        return _known.get(fingerprint, lambda: _asking(call, scope), is_kept=_is_of_somebody)
    _check(known.caller, scope)
    return known


def _asking(call: Call, scope: Scope) -> Asking:
    admission = admit(call, scope)
    return Asking(admission.caller, access_request(admission, reader_named_in(call), source_named_in(call)))


def _is_of_somebody(asking: Asking) -> bool:
    return not isinstance(asking.access.actor, Stranger)


def _fingerprint(call: Call) -> bytes:
    # No header holds a NUL, so that no two calls read alike.
    said = "\0".join((call.slug, *[call.environ.get(name, "") for name in _NAMING]))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), key=_FINGERPRINT_KEY, digest_size=16).digest()


def admit(call: Call, *scopes: Scope) -> Admission:
    """Return who calls and about which workspace; raise KeyRefused, ScopeMissing, RateExceeded or UnknownWorkspace."""
    caller = caller_in(call, *scopes)
    return Admission(caller, workspace_for(caller, call.slug))


def workspace_for(caller: Caller, slug: str) -> Workspace:
    """Return the workspace with this slug, if the caller's key reaches it; raise UnknownWorkspace.

    A service that is bound to none reaches all of them; a person's own key, those that the person belongs to.
    """
    workspace = _reached(caller, slug)
    if workspace is None:
        raise UnknownWorkspace
    return workspace


def _reached(caller: Caller, slug: str) -> Workspace | None:
    """Look a workspace up only as far as the key reaches: of others nothing is told, not even by the time it takes."""
    if not caller.is_service:
        return own_workspace_of(caller.user, slug)
    return workspace_of(slug) if caller.may_ask_about(slug) else None


def admit_own(call: Call, *scopes: Scope) -> Admission:
    """Return who calls and the workspace that their key is bound to; raise also KeyUnbound."""
    caller = caller_in(call, *scopes)
    workspace = workspace_of(caller.workspace_slug) if caller.workspace_slug else None
    if workspace is None:
        raise KeyUnbound
    return Admission(caller, workspace)


def caller_in(call: Call, *scopes: Scope) -> Caller:
    """Return whose key the call carries, with one of these scopes; raise KeyRefused, ScopeMissing or RateExceeded."""
    caller = caller_of(_key_in(call))
    if caller is None:
        raise _refused()
    _check(caller, *scopes)
    return caller


def _check(caller: Caller, *scopes: Scope) -> None:
    """Raise KeyRefused, ScopeMissing, RateExceeded or QuotaExceeded where the caller may not call so now."""
    if caller.has_expired():
        raise _refused()
    note_use(caller.key_id)
    if caller.scopes.isdisjoint(scopes):
        message = f"This call needs the scope {' or '.join(scopes)}."
        raise ScopeMissing(message)
    wait = _rate_limit().wait_seconds(caller.key_id)
    if wait:
        raise RateExceeded(Retry_After=str(wait))
    if caller.calls_per_day is not None:
        wait = quota_wait_seconds(caller.key_id, caller.calls_per_day)
        if wait:
            raise QuotaExceeded(Retry_After=str(wait))


def _refused() -> KeyRefused:
    return KeyRefused(WWW_Authenticate='Bearer realm="privacy-service"')


def access_request(admission: Admission, reader: Reader, source_slug: str = "") -> AccessRequest:
    """Return the question for the reader that the caller names, or for the caller where the key is a person's own."""
    actor = _actor(admission, reader)
    return AccessRequest(actor, admission.workspace, source_in(admission, source_slug))


def source_in(admission: Admission, slug: str) -> Source | None:
    """Return the workspace's source with this slug, None where none is named; raise UnknownSource."""
    if not slug:
        return None
    source = source_of(admission.workspace, slug)
    if source is None:
        raise UnknownSource  # Never as if none had been named: a misspelt name must not change what is seen.
    return source


def _actor(admission: Admission, reader: Reader) -> Actor:
    caller = admission.caller
    if reader.token or caller.demands_token:
        return _signed_actor(admission, reader)
    return _named_actor(caller, reader)


def actor_anywhere(caller: Caller, reader: Reader) -> Actor:
    """Return the actor of a call that names no workspace; a token is for one, that which the key is bound to."""
    home = workspace_of(caller.workspace_slug) if caller.workspace_slug else None
    if home is not None:
        return _actor(Admission(caller, home), reader)
    if reader.token or caller.demands_token:
        raise _token_refused(Check.AUD)
    return _named_actor(caller, reader)


def _named_actor(caller: Caller, reader: Reader) -> Actor:
    if caller.is_service:
        if not reader.reference:
            raise ActorMissing
        return _named(reader.reference)
    if reader.reference and _named(reader.reference).pk != caller.user.pk:
        raise ActorNotAllowed
    return caller.user


def _named(reference: str) -> Actor:
    return actor_of(reference[:_LONGEST_REFERENCE])


def _signed_actor(admission: Admission, reader: Reader) -> Actor:
    """Return whom the token proves; raise ActorTokenRefused, also where a name beside it is another reader's."""
    actor = actor_of(_subject_of(admission, reader.token))
    if reader.reference and _named(reader.reference) != actor:
        raise _token_refused(Check.ACTOR)
    return actor


def _subject_of(admission: Admission, token: str) -> str:
    account = admission.caller.account_id
    if not token:
        raise _token_refused(Check.MISSING)
    if account is None:
        raise _token_refused(Check.KEYS)  # A person's own key: no token is left unread.
    try:
        return subject_of(token, account=account, slug=admission.workspace.slug)
    except TokenRefused as refused:
        raise _token_refused(refused.check) from None
    except KeysUnavailable:
        message = "The keys that verify the reader's token cannot be fetched now. Nothing was passed on; try again."
        raise PrivacyError(message, Retry_After="1") from None


def reader_named_in(call: Call) -> Reader:
    """Return whom the headers name; raise ActorUnclear where they differ or hold what no name holds."""
    reference = _one_of(ActorUnclear, call.header("HTTP_ACTOR"), call.header("HTTP_X_ACTOR"))
    return Reader(reference, _token_in(call))


def reader_asked_about(call: Call) -> Reader:
    """Return whom the query's `actor` names, or a header."""
    asked = _asked(call, "actor")
    reference = _one_of(ActorUnclear, *asked, call.header("HTTP_ACTOR"), call.header("HTTP_X_ACTOR"))
    return Reader(reference, _token_in(call))


def source_named_in(call: Call) -> str:
    """Return which source Source or PII-Source names; raise SourceUnclear where they differ."""
    return _one_of(SourceUnclear, call.header("HTTP_SOURCE"), call.header("HTTP_PII_SOURCE"))


def source_asked_about(call: Call) -> str:
    """Return which source the query's `source` names, or a header."""
    return _one_of(SourceUnclear, *_asked(call, "source"), call.header("HTTP_SOURCE"), call.header("HTTP_PII_SOURCE"))


def moment_asked_about(call: Call) -> datetime | None:
    """Return the moment that the query's `at` names, None for now; raise MomentUnknown for none and for one ahead."""
    asked = _asked(call, "at")
    if not asked:
        return None
    try:
        moment = datetime.fromisoformat(asked[-1].replace(" ", "+"))  # A plus sign in a query is read as a space.
    except ValueError:
        raise MomentUnknown from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > timezone.now():
        raise MomentUnknown
    return moment


def _asked(call: Call, name: str) -> list[str]:
    return parse_qs(call.header("QUERY_STRING")).get(name, [])


def _token_in(call: Call) -> str:
    token, other = call.header("HTTP_ACTOR_TOKEN").strip(), call.header("HTTP_X_ACTOR_TOKEN").strip()
    # A header sent twice arrives as one value with a comma; a smuggled X_Actor_Token is told from Actor-Token alone.
    if "," in token or "," in other or (token and other and token != other):
        raise _token_refused(Check.TWICE)
    return token or other


def _token_refused(check: Check) -> ActorTokenRefused:
    challenge = 'Bearer realm="privacy-service", error="invalid_token"'
    return ActorTokenRefused(ADVICE[check], members={"check": check}, WWW_Authenticate=challenge)


def _one_of(unclear: type[BadRequest], *named: str) -> str:
    # WSGI cannot tell a smuggled X_Actor from X-Actor, nor PII_Source from PII-Source: two that differ are none.
    names = {name for name in map(_decoded, named) if name}
    if len(names) > 1 or any(not name.isprintable() for name in names):
        raise unclear
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
            raise _refused()
    return key.strip()


@cache
def _rate_limit() -> RateLimit:
    return RateLimit(settings.PRIVACY_RATE_PER_SECOND)
