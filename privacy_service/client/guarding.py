"""What the middlewares do with a response: leave it, mask it or withhold it; the same for every framework.

A response is left alone where it has no body, or where a rule says so of its media type. What can be masked is; all
else is withheld: a page or a file may hold personal data too, and nobody has looked.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NamedTuple

from privacy_service.client.answers import Decision, Effect
from privacy_service.client.calls import ContentType
from privacy_service.client.errors import AccessDenied, PrivacyServiceError

Rule = Literal["pass", "block"]
Headers = tuple[tuple[str, str], ...]

MOST_BYTES = 10 * 1024 * 1024
NOBODY = "anonymous"
"""Who reads where nobody has signed in: a stranger to every workspace, unless somebody makes them none."""

# Headers of a masked response that go on: words of HTTP itself, written by programs. Any other may hold a person's
# data, and those that tell of the raw body (its length, tag, digest, packing) are of no body that the reader gets.
_PLAIN_HEADERS = frozenset(
    {
        "allow",
        "content-language",
        "content-security-policy",
        "content-type",
        "date",
        "deprecation",
        "permissions-policy",
        "referrer-policy",
        "retry-after",
        "server",
        "server-timing",
        "set-cookie",
        "strict-transport-security",
        "sunset",
        "traceresponse",
        "vary",
        "www-authenticate",
        "x-content-type-options",
        "x-frame-options",
        "x-request-id",
    }
)
_PLAIN_FAMILIES = ("access-control-", "cross-origin-", "ratelimit", "x-ratelimit-")
CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"})

_KINDS: Mapping[str, ContentType] = {
    **{kind.value: kind for kind in ContentType},
    "text/json": ContentType.JSON,
    "application/ndjson": ContentType.NDJSON,
    "application/jsonl": ContentType.NDJSON,
    "application/x-jsonlines": ContentType.NDJSON,
}
_WITHOUT_PERSONS: Mapping[str, Rule] = {
    "font/*": "pass",
    "text/css": "pass",
    "text/javascript": "pass",
    "application/javascript": "pass",
}
_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii"})
_BODILESS = frozenset({204, 205, 304})
_PARTIAL = 206
_FIRST_WITH_BODY = 200
_ZLIB_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Withheld(PrivacyServiceError):
    """A response that cannot be masked and that no rule lets pass."""


class Handling(Enum):
    """What becomes of a response."""

    LEAVE = "leave"
    MASK = "mask"
    BLOCK = "block"


class Plan(NamedTuple):
    """What becomes of a response, and as which kind of body it is masked."""

    handling: Handling
    kind: ContentType = ContentType.JSON


LEAVE = Plan(Handling.LEAVE)
BLOCK = Plan(Handling.BLOCK)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is guarded, and what passes although it cannot be masked: `image/*` is all images, exact names go before."""

    others: Mapping[str, Rule] = field(default_factory=dict)
    paths: tuple[str, ...] = ("/",)  # What is guarded begins with one of these,
    exempt: tuple[str, ...] = ()  # and with none of these.
    headers: tuple[str, ...] = ()  # Further headers of a masked response that go on, in small letters.
    most_bytes: int = MOST_BYTES  # Held in memory of one response.

    def __post_init__(self) -> None:
        unclear = sorted(name for name, rule in self.others.items() if rule not in {"pass", "block"} or "/" not in name)
        if unclear:
            message = f"A rule for a media type is like 'image/*': 'pass' or 'block'; look at {', '.join(unclear)}."
            raise ValueError(message)

    def covers(self, path: str) -> bool:
        """Say whether responses to this path are guarded."""
        return path.startswith(self.paths) and not path.startswith(self.exempt)

    def keeps(self, header: str) -> bool:
        """Say whether a header of a masked response goes on."""
        name = header.lower()
        return name in _PLAIN_HEADERS or name in self.headers or name.startswith(_PLAIN_FAMILIES)

    def plan(self, status: int, content_type: str) -> Plan:
        """Say what becomes of a response to somebody who may not see everything."""
        if status < _FIRST_WITH_BODY or status in _BODILESS:
            return LEAVE
        media_type, charset = _parsed(content_type)
        kind = _KINDS.get(media_type) or (ContentType.JSON if media_type.endswith("+json") else None)
        if kind is None and self._rule_for(media_type) == "pass":
            return LEAVE
        if kind is None or charset not in _UTF8 or status == _PARTIAL:
            return BLOCK
        return Plan(Handling.MASK, kind)

    def _rule_for(self, media_type: str) -> Rule:
        rules = {**_WITHOUT_PERSONS, **self.others}
        return rules.get(media_type) or rules.get(f"{media_type.partition('/')[0]}/*") or "block"


def settled(plan: Plan, decision: Decision) -> Plan:
    """Return what becomes of a response to this reader; raise AccessDenied or Withheld where that is nothing."""
    match decision.effect:
        case Effect.PASS:
            return LEAVE
        case Effect.DENY:
            detail = "You are not a member of the workspace that this data belongs to."
            raise AccessDenied(detail, reason=decision.reason, status=403)
        case Effect.MASK:
            if plan.handling is Handling.BLOCK:
                detail = "This response cannot be masked: by its media type, its charset, or as a part of one."
                raise Withheld(detail, reason="media-type-blocked")
            return plan


def decoded(body: bytes, content_encoding: str, most_bytes: int) -> bytes:
    """Undo a Content-Encoding; raise Withheld for one that is not known, a broken body, or one that is too large."""
    encoding = content_encoding.strip().lower()
    if encoding not in {"", "identity"}:
        body = _decompressed(body, encoding, most_bytes)
    if len(body) > most_bytes:
        raise too_large(most_bytes)
    return body


def too_large(most_bytes: int) -> Withheld:
    """Return the error for a body that is more than is held in memory."""
    detail = f"This response is over {most_bytes} bytes; answer with less, or with NDJSON, which is masked as it flows."
    return Withheld(detail, reason="body-too-large")


def cache_headers(decision: Decision) -> Headers:
    """Return what to add for caches: before the release nothing, then that a body is for one reader alone."""
    if decision.effect is Effect.PASS:
        return () if decision.reason == "not-released" else (("Cache-Control", "private"),)
    return (("Cache-Control", "private, no-store"),)


class Refusal(NamedTuple):
    """What a reader gets instead of a response."""

    status: int
    headers: Headers
    body: bytes


def refusal_for(error: PrivacyServiceError | None) -> Refusal:
    """Return 403 for a reader who may see nothing here, else 503; None is an error that nobody foresaw."""
    if isinstance(error, AccessDenied):
        return _refusal(403, "You may not see this", error, ())
    return _refusal(503, "This cannot be shown now", error, (("Retry-After", "1"),))


def _refusal(status: int, title: str, error: PrivacyServiceError | None, extra: Headers) -> Refusal:
    # What is wrong with the key or the call is told to the log: it is nothing a reader could mend.
    is_theirs = isinstance(error, AccessDenied | Withheld)
    problem = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": error.detail if error and is_theirs else "Nothing was passed on. Try again shortly.",
        "reason": error.reason if error and is_theirs else "unavailable",
        "request_id": error.request_id if error else "",
    }
    return Refusal(
        status,
        (("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"), *extra),
        json.dumps(problem).encode(),
    )


def _parsed(content_type: str) -> tuple[str, str]:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.strip('" ') for name, _, value in (one.partition("=") for one in parameters) if "charset" in name]
    return media_type, charsets[0] if charsets else ""


def _decompressed(body: bytes, encoding: str, most_bytes: int) -> bytes:
    window = _ZLIB_WINDOWS.get(encoding)
    if window is None:
        detail = "This response has a Content-Encoding that cannot be undone."
        raise Withheld(detail, reason="encoding-blocked")
    try:
        decompressor = zlib.decompressobj(window)
        # No more than the limit is unpacked: a few bytes may stand for gigabytes.
        unpacked = decompressor.decompress(body, most_bytes + 1)
    except zlib.error:
        unpacked, decompressor = b"", None
    if len(unpacked) > most_bytes:
        raise too_large(most_bytes)
    if decompressor is None or not decompressor.eof or decompressor.unused_data:
        detail = "This response is not what its Content-Encoding says."
        raise Withheld(detail, reason="encoding-blocked")
    return unpacked
