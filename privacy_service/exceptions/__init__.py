"""The tree of errors, and the response each becomes.

PrivacyError                  503  unavailable
├── BadRequest                400  bad-request
│   ├── ActorMissing          400  actor-missing
│   ├── ActorUnclear          400  actor-unclear
│   ├── SourceUnclear         400  source-unclear
│   ├── PurposeMissing        400  purpose-missing
│   ├── SubjectUnclear        400  subject-unclear
│   ├── CursorRefused         400  cursor-refused
│   ├── MomentUnknown         400  moment-unknown
│   └── InvalidBody           400  invalid-body           (line, column)
├── KeyRefused                401  key-refused
├── ActorTokenRefused         401  actor-token-refused    (check)
├── Forbidden                 403  forbidden
│   ├── AccessDenied          403  not-a-member
│   │   └── SourceRestricted  403  source-restricted
│   ├── ActorNotAllowed       403  actor-not-allowed
│   ├── KeyUnbound            403  key-unbound
│   ├── CallbackRefused       403  callback-refused
│   ├── ActorNotProven        403  actor-not-proven
│   ├── BeyondOwnRights       403  beyond-own-rights
│   ├── PermissionMissing     403  permission-missing
│   ├── ScopeMissing          403  scope-missing
│   └── TypeBlocked           403  type-blocked
├── UnknownWorkspace          404  unknown-workspace
├── UnknownSource             404  unknown-source
├── UnknownDestination        404  unknown-destination
├── UnknownUpstream           404  unknown-upstream
├── UnknownTopic              404  unknown-topic
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
├── SubjectSuppressed         422  subject-suppressed     (events)
├── ConsentMissing            422  consent-missing        (events)
├── IdempotencyKeyReused      422  idempotency-key-reused
├── InvalidFields             422  invalid-fields         (errors)
├── IfMatchMissing            428  if-match-missing
├── RateExceeded              429  rate-exceeded          (Retry-After)
│   ├── MonthExceeded         429  month-exceeded         (used, limit, Retry-After)
│   └── QuotaExceeded         429  quota-exceeded         (Retry-After)
├── OffNotKept                503  off-not-kept
├── Overloaded                503  overloaded             (Retry-After)
├── LeakBlocked               503  leak-found
├── UpgradeRefused            501  upgrade-refused
├── NotOffered                501  not-offered
└── UpstreamFailed            502  upstream-failed
    ├── UpstreamUnreadable    502  upstream-unreadable
    ├── UpstreamUnavailable   503  upstream-unavailable   (Retry-After)
    └── UpstreamTimeout       504  upstream-timeout

Every other exception becomes 503 `unavailable` too. No message ever quotes a payload.
"""

from privacy_service.exceptions.base import (
    PrivacyError,
)
from privacy_service.exceptions.callers import (
    AccessDenied,
    ActorNotAllowed,
    ActorNotProven,
    ActorTokenRefused,
    BeyondOwnRights,
    CallbackRefused,
    Forbidden,
    KeyRefused,
    KeyUnbound,
    MonthExceeded,
    PermissionMissing,
    QuotaExceeded,
    RateExceeded,
    ScopeMissing,
    SourceRestricted,
    TypeBlocked,
)
from privacy_service.exceptions.requests import (
    ActorMissing,
    ActorUnclear,
    BadRequest,
    BodyTooDeep,
    BodyTooLarge,
    ConsentMissing,
    CursorRefused,
    IdempotencyKeyReused,
    IfMatchMissing,
    InvalidBody,
    InvalidFields,
    LeakBlocked,
    LengthRequired,
    MethodNotAllowed,
    MomentUnknown,
    NotOffered,
    Overloaded,
    PurposeMissing,
    SourceUnclear,
    SubjectSuppressed,
    SubjectUnclear,
    UnsupportedMediaType,
    UpgradeRefused,
)
from privacy_service.exceptions.resources import (
    Conflict,
    GatesClosed,
    LastOwner,
    NoSuchPath,
    NoSuchResource,
    OffNotKept,
    ReleaseRefused,
    Stale,
    UnknownDestination,
    UnknownSource,
    UnknownTopic,
    UnknownUpstream,
    UnknownWorkspace,
)
from privacy_service.exceptions.upstreams import (
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnavailable,
    UpstreamUnreadable,
)

__all__ = [
    "AccessDenied",
    "ActorMissing",
    "ActorNotAllowed",
    "ActorNotProven",
    "ActorTokenRefused",
    "ActorUnclear",
    "BadRequest",
    "BeyondOwnRights",
    "BodyTooDeep",
    "BodyTooLarge",
    "CallbackRefused",
    "Conflict",
    "ConsentMissing",
    "CursorRefused",
    "Forbidden",
    "GatesClosed",
    "IdempotencyKeyReused",
    "IfMatchMissing",
    "InvalidBody",
    "InvalidFields",
    "KeyRefused",
    "KeyUnbound",
    "LastOwner",
    "LeakBlocked",
    "LengthRequired",
    "MethodNotAllowed",
    "MomentUnknown",
    "MonthExceeded",
    "NoSuchPath",
    "NoSuchResource",
    "NotOffered",
    "OffNotKept",
    "Overloaded",
    "PermissionMissing",
    "PrivacyError",
    "PurposeMissing",
    "QuotaExceeded",
    "RateExceeded",
    "ReleaseRefused",
    "ScopeMissing",
    "SourceRestricted",
    "SourceUnclear",
    "Stale",
    "SubjectSuppressed",
    "SubjectUnclear",
    "TypeBlocked",
    "UnknownDestination",
    "UnknownSource",
    "UnknownTopic",
    "UnknownUpstream",
    "UnknownWorkspace",
    "UnsupportedMediaType",
    "UpgradeRefused",
    "UpstreamFailed",
    "UpstreamTimeout",
    "UpstreamUnavailable",
    "UpstreamUnreadable",
]
