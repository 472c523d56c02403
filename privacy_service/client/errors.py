"""What can go wrong with a call; each error has the service's stable `reason`, and none holds a byte of a payload.

PrivacyServiceError
├── Unavailable           no answer: not reached in time, 5xx, or something that is not the service's answer
├── RateExceeded          429, after every try that was allowed
└── Refused               4xx: the call has to be mended
    ├── NotAuthenticated  401: the key, or the reader's token
    ├── AccessDenied      403 not-a-member, source-restricted: the reader may see nothing here
    ├── BodyTooLarge      413
    └── InvalidBody       the body is not what its content type says
"""

from collections.abc import Mapping
from typing import Any


class PrivacyServiceError(Exception):
    """There is no answer that may be shown; never show the raw payload instead."""

    def __init__(
        self,
        detail: str,
        *,
        reason: str,
        status: int = 0,
        request_id: str = "",
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.detail = detail
        self.reason = reason
        self.status = status  # 0 where no answer came.
        self.request_id = request_id  # Finds the call in the service's logs and audit trail.
        self.members: Mapping[str, Any] = dict(members or {})  # Such as `line` and `column`, or `check`.


class Unavailable(PrivacyServiceError):
    """The service could not answer; the same call may be made again later."""


def reader_unknown(error: Exception) -> Unavailable:
    """Return what an error becomes that kept the reader from being told; its own message may name them."""
    detail = f"The reader could not be told ({type(error).__name__})."
    return Unavailable(detail, reason="reader-unknown")


class RateExceeded(PrivacyServiceError):
    """The key asks more often than it may."""


class Refused(PrivacyServiceError):
    """The call cannot be answered as it is."""


class NotAuthenticated(Refused):
    """The service does not take the key, or the reader's token."""


class AccessDenied(Refused):
    """The reader has no place in the workspace, or the source is kept from them."""


class BodyTooLarge(Refused):
    """The body is over the service's limit."""


class InvalidBody(Refused):
    """The body is not what its content type says."""


_BY_REASON: Mapping[str, type[PrivacyServiceError]] = {
    "not-a-member": AccessDenied,
    "source-restricted": AccessDenied,
    "invalid-body": InvalidBody,
}
_BY_STATUS: Mapping[int, type[PrivacyServiceError]] = {401: NotAuthenticated, 413: BodyTooLarge, 429: RateExceeded}
_STANDARD_MEMBERS = frozenset({"type", "title", "status", "detail", "reason", "request_id"})
_CLIENT_ERRORS = range(400, 500)


def error_from(status: int, problem: Mapping[str, Any], request_id: str) -> PrivacyServiceError:
    """Return the error that a problem document stands for; one without a reason is not the service's."""
    reason = str(problem.get("reason") or "")
    kind = _BY_REASON.get(reason) or _BY_STATUS.get(status)
    if kind is None:
        kind = Refused if status in _CLIENT_ERRORS else Unavailable
    if not reason:
        reason, detail = "not-understood", f"The answer, with status {status}, is not one of the privacy-service."
    else:
        detail = str(problem.get("detail") or problem.get("title") or "")
    members = {name: value for name, value in problem.items() if name not in _STANDARD_MEMBERS}
    return kind(detail, reason=reason, status=status, request_id=request_id, members=members)
