"""Who calls and who would read: unknown, unclear, or not allowed to."""

from privacy_service.exceptions.base import PrivacyError


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


class SourceRestricted(AccessDenied):
    """The source is kept from whoever is shown none of its personal data."""

    reason = "source-restricted"
    title = "The source is kept from this reader"
    detail = "A role or grant that shows some of its personal data lets them read it; an owner can give one."


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


class CallbackRefused(Forbidden):
    """A message about a request is not proven to come from the system that was asked."""

    reason = "callback-refused"
    title = "The message is not proven to be the processor's own"


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


class RateExceeded(PrivacyError):
    """The key asks more often than it may."""

    status = 429
    reason = "rate-exceeded"
    title = "Too many requests"
    detail = "Wait for as many seconds as Retry-After says."


class MonthExceeded(RateExceeded):
    """The workspace has named as many people this month as it may."""

    reason = "month-exceeded"
    title = "The workspace has had its people of this month"


class QuotaExceeded(RateExceeded):
    """The key has had its calls of this day."""

    reason = "quota-exceeded"
    title = "The key has had its calls of today"
    detail = "Its quota begins anew at midnight UTC, after as many seconds as Retry-After says."
