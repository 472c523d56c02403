"""The tree of errors, and the response each becomes.

PrivacyError                  503  unavailable
├── BadRequest                400  bad-request
│   ├── ActorMissing          400  actor-missing
│   ├── ActorUnclear          400  actor-unclear
│   ├── SourceUnclear         400  source-unclear
│   ├── CursorRefused         400  cursor-refused
│   ├── MomentUnknown         400  moment-unknown
│   └── InvalidBody           400  invalid-body           (line, column)
├── KeyRefused                401  key-refused
├── ActorTokenRefused         401  actor-token-refused    (check)
├── Forbidden                 403  forbidden
│   ├── AccessDenied          403  not-a-member
│   ├── ActorNotAllowed       403  actor-not-allowed
│   ├── KeyUnbound            403  key-unbound
│   ├── ActorNotProven        403  actor-not-proven
│   ├── BeyondOwnRights       403  beyond-own-rights
│   ├── PermissionMissing     403  permission-missing
│   ├── ScopeMissing          403  scope-missing
│   └── TypeBlocked           403  type-blocked
├── UnknownWorkspace          404  unknown-workspace
├── UnknownSource             404  unknown-source
├── UnknownUpstream           404  unknown-upstream
├── NoSuchPath                404  no-such-path
├── NoSuchResource            404  no-such-resource
├── MethodNotAllowed          405  method-not-allowed
├── Conflict                  409  conflict
│   ├── LastOwner             409  last-owner
│   └── ReleaseRefused        409  release-refused
│       └── GatesClosed       409  gates-closed
├── LengthRequired            411  length-required
├── Stale                     412  stale
├── BodyTooLarge              413  body-too-large
├── UnsupportedMediaType      415  unsupported-media-type
├── BodyTooDeep               422  body-too-deep
├── IdempotencyKeyReused      422  idempotency-key-reused
├── InvalidFields             422  invalid-fields         (errors)
├── IfMatchMissing            428  if-match-missing
├── RateExceeded              429  rate-exceeded          (Retry-After)
│   └── QuotaExceeded         429  quota-exceeded         (Retry-After)
├── OffNotKept                503  off-not-kept
├── UpgradeRefused            501  upgrade-refused
├── NotOffered                501  not-offered
└── UpstreamFailed            502  upstream-failed
    ├── UpstreamUnreadable    502  upstream-unreadable
    ├── UpstreamUnavailable   503  upstream-unavailable   (Retry-After)
    └── UpstreamTimeout       504  upstream-timeout

Every other exception becomes 503 `unavailable` too. No message ever quotes a payload.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class PrivacyError(Exception):
    """Something prevents an answer; the reader gets none."""

    status: ClassVar[int] = 503
    reason: ClassVar[str] = "unavailable"
    title: ClassVar[str] = "The service cannot answer now"
    detail = "Nothing was passed on. Try again shortly; if it goes on, the runbook of the service says what to check."

    def __init__(self, detail: str = "", *, members: Mapping[str, Any] | None = None, **headers: str) -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail
        self.members = dict(members or {})
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class BadRequest(PrivacyError):
    """The request cannot be understood."""

    status = 400
    reason = "bad-request"
    title = "The request cannot be understood"


class ActorMissing(BadRequest):
    """The caller did not say who is going to read the answer."""

    reason = "actor-missing"
    title = "The reader is not named"
    detail = "Send the reader's e-mail or external id in Actor or X-Actor."


class ActorUnclear(BadRequest):
    """The request names two readers, or one with characters that no name has."""

    reason = "actor-unclear"
    title = "It is not clear who the reader is"
    detail = "Name one reader, in one place, with letters outside ASCII percent-encoded."


class SourceUnclear(BadRequest):
    """The request names two sources, or one with characters that no name has."""

    reason = "source-unclear"
    title = "It is not clear which source the data is from"
    detail = "Name one source by its slug, in PII-Source or Source."


class CursorRefused(BadRequest):
    """The cursor of a list is not one that this list gave out."""

    reason = "cursor-refused"
    title = "This cursor does not belong to this list"
    detail = (
        "Take `pagination.next` or `pagination.previous` of an answer to the same query, or begin without a cursor."
    )


class MomentUnknown(BadRequest):
    """The moment asked about is none, lies ahead, or lies before the history begins."""

    reason = "moment-unknown"
    title = "Nothing is known of this moment"
    detail = "Give a moment that has passed, such as 2026-10-01T00:00Z, and not one before the service kept a history."


class InvalidBody(BadRequest):
    """The body is not what its content type says."""

    reason = "invalid-body"
    title = "The body is not what its content type says"


class KeyRefused(PrivacyError):
    """There is no API key, or it opens nothing."""

    status = 401
    reason = "key-refused"
    title = "A valid API key is needed"
    detail = "Send a key that is neither expired nor revoked as Authorization: Bearer <key> or as X-Api-Key."


class ActorTokenRefused(PrivacyError):
    """The token that should prove who reads proves nothing; `check` names the check that it failed."""

    status = 401
    reason = "actor-token-refused"
    title = "The reader's token is refused"


class Forbidden(PrivacyError):
    """The caller or the actor may not do this."""

    status = 403
    reason = "forbidden"
    title = "This is not allowed"


class AccessDenied(Forbidden):
    """The actor has no place in the workspace."""

    reason = "not-a-member"
    title = "The reader is not a member of this workspace"
    detail = "An owner of the workspace can add them."


class ActorNotAllowed(Forbidden):
    """A person's own key names somebody else as the reader."""

    reason = "actor-not-allowed"
    title = "This key reads for its own person alone"
    detail = "Leave X-Actor out, or use the key of a service account."


class KeyUnbound(Forbidden):
    """The call names no workspace, and the key belongs to none."""

    reason = "key-unbound"
    title = "The key belongs to no workspace"
    detail = "This call is about the key's own workspace: use the key of a service account that is bound to one."


class ActorNotProven(Forbidden):
    """A backend's word names the actor of a call that only the actor themselves may make."""

    reason = "actor-not-proven"
    title = "This call needs proof of who makes it"
    detail = "Use the actor's own API key, or send their signed token in X-Actor-Token: a backend's word is not enough."


class BeyondOwnRights(Forbidden):
    """The actor would give, take or show more than they hold themselves."""

    reason = "beyond-own-rights"
    title = "This goes beyond the actor's own rights"
    detail = "Ask an owner of the workspace."


class PermissionMissing(Forbidden):
    """The actor belongs to the workspace, but lacks the permission for this call."""

    reason = "permission-missing"
    title = "The actor lacks a permission in this workspace"


class ScopeMissing(Forbidden):
    """The key is valid, but not for this call."""

    reason = "scope-missing"
    title = "The key lacks a scope"


class TypeBlocked(Forbidden):
    """The upstream's answer cannot be masked, and its reader may not have it otherwise."""

    reason = "type-blocked"
    title = "This kind of content is not passed on"
    detail = "It cannot be masked. An administrator can name its type among those that the upstream passes on."


class UnknownWorkspace(PrivacyError):
    """There is no such workspace, or the key does not reach it."""

    status = 404
    reason = "unknown-workspace"
    title = "There is no such workspace"
    detail = "Check the workspace's slug, and that the key is not bound to another workspace."


class UnknownSource(PrivacyError):
    """The workspace has no such source."""

    status = 404
    reason = "unknown-source"
    title = "The workspace has no such source"
    detail = "Check the slug in PII-Source or Source, or leave it out: then only rights for every source count."


class UnknownUpstream(PrivacyError):
    """The workspace has no such upstream."""

    status = 404
    reason = "unknown-upstream"
    title = "The workspace has no such upstream"
    detail = "Check the path: /gateway/{workspace}/{upstream}/... An administrator adds upstreams in the admin."


class NoSuchPath(PrivacyError):
    """No path of the API looks like this."""

    status = 404
    reason = "no-such-path"
    title = "There is no such path"
    detail = "The paths of the API are listed at /docs."


class NoSuchResource(PrivacyError):
    """The workspace has nothing with this id."""

    status = 404
    reason = "no-such-resource"
    title = "The workspace has nothing with this id"
    detail = "Check the id; a list of what is there comes from the path without it."


class MethodNotAllowed(PrivacyError):
    """The path does not take this method."""

    status = 405
    reason = "method-not-allowed"
    title = "This method is not taken here"


class Conflict(PrivacyError):
    """What is there already does not go together with this."""

    status = 409
    reason = "conflict"
    title = "This does not go together with what is there"


class LastOwner(Conflict):
    """The workspace would be left without an owner who can act."""

    reason = "last-owner"
    title = "A workspace needs an owner"
    detail = "Make somebody else an owner first."


class ReleaseRefused(Conflict):
    """The release does not move as asked."""

    reason = "release-refused"
    title = "The release does not move"


class GatesClosed(ReleaseRefused):
    """A gate is not green, so the release goes no wider."""

    reason = "gates-closed"
    title = "A gate of the release is not green"


class LengthRequired(PrivacyError):
    """The body does not say how long it is, so that one cut short could not be told from a whole one."""

    status = 411
    reason = "length-required"
    title = "The length of the body is missing"
    detail = "Send Content-Length; a chunked body is not taken here."


class Stale(PrivacyError):
    """What If-Match names has changed since."""

    status = 412
    reason = "stale"
    title = "This has changed since it was read"
    detail = "Read it again, look at what has changed, and send the new ETag in If-Match."


class BodyTooLarge(PrivacyError):
    """The body is over the limit."""

    status = 413
    reason = "body-too-large"
    title = "The body is over the limit"


class UnsupportedMediaType(PrivacyError):
    """The content type is not one that can be masked."""

    status = 415
    reason = "unsupported-media-type"
    title = "This content type cannot be masked"


class BodyTooDeep(PrivacyError):
    """The body is nested deeper than the limit."""

    status = 422
    reason = "body-too-deep"
    title = "The body is nested too deeply"


class IdempotencyKeyReused(PrivacyError):
    """The Idempotency-Key came before, with another body."""

    status = 422
    reason = "idempotency-key-reused"
    title = "This Idempotency-Key came before with another body"
    detail = "Send the same body again to get the same answer, or a new key for a new request."


class InvalidFields(PrivacyError):
    """The body or the query is well formed, but says what cannot be."""

    status = 422
    reason = "invalid-fields"
    title = "A field cannot be taken as it is"
    detail = "See `errors`: each field with what to change."


class IfMatchMissing(PrivacyError):
    """The write could undo somebody else's, unread."""

    status = 428
    reason = "if-match-missing"
    title = "If-Match is needed for this write"
    detail = "Send the ETag of what you have read in If-Match, so that nobody's change is lost."


class RateExceeded(PrivacyError):
    """The key asks more often than it may."""

    status = 429
    reason = "rate-exceeded"
    title = "Too many requests"
    detail = "Wait for as many seconds as Retry-After says."


class QuotaExceeded(RateExceeded):
    """The key has had its calls of this day."""

    reason = "quota-exceeded"
    title = "The key has had its calls of today"
    detail = "Its quota begins anew at midnight UTC, after as many seconds as Retry-After says."


class OffNotKept(PrivacyError):
    """The release is off, and the database does not know it yet."""

    reason = "off-not-kept"
    title = "The release is off, though the database does not know it yet"


class UpgradeRefused(PrivacyError):
    """The client asks for another protocol, whose messages the gateway does not read."""

    status = 501
    reason = "upgrade-refused"
    title = "The gateway speaks plain HTTP alone"
    detail = "WebSocket and other upgrades are not passed on: what they carry could not be masked."


class NotOffered(PrivacyError):
    """A dialect's contract has a call that this service does not offer."""

    status = 501
    reason = "not-offered"
    title = "This service does not offer this call"
    detail = "Files and sound are not processed here, only text: see docs/dialects.md."


class UpstreamFailed(PrivacyError):
    """The upstream could not be asked, or broke off before anything of its answer was passed on."""

    status = 502
    reason = "upstream-failed"
    title = "The upstream does not answer as it should"
    detail = "Nothing was passed on. Ask whoever runs the upstream."


class UpstreamUnreadable(UpstreamFailed):
    """The upstream's answer must be masked and cannot be read."""

    reason = "upstream-unreadable"
    title = "The upstream's answer cannot be masked"


class UpstreamUnavailable(UpstreamFailed):
    """The upstream has failed again and again, or has no connection free."""

    status = 503
    reason = "upstream-unavailable"
    title = "The upstream is left alone for a while"
    detail = "It has failed several times, or is busy. Try again after as many seconds as Retry-After says."


class UpstreamTimeout(UpstreamFailed):
    """The upstream took too long."""

    status = 504
    reason = "upstream-timeout"
    title = "The upstream takes too long"
    detail = "Nothing was passed on. Try again, or ask whoever runs the upstream."
