"""Which headers cross the gateway, and what becomes of them on the way."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings

Raw = list[tuple[bytes, bytes]]
Named = list[tuple[str, str]]

PSEUDONYM = "privacy-gateway"
VARY = "Authorization, X-Api-Key, Actor, X-Actor, Actor-Token, X-Actor-Token"

# Of one connection, never of the next (RFC 9110 section 7.6.1); Trailer announces what is dropped.
_HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "expect", "http2-settings",
})  # fmt: skip
# They open this service, so nobody else gets them.
_CREDENTIALS = frozenset({"x-api-key", "actor-token", "x-actor-token"})
_FORWARDED = frozenset({"forwarded", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-real-ip"})
_SET_ANEW = frozenset({
    "host", "content-length", "via", "x-forwarded-for", "x-forwarded-prefix", "pii-request-id", "pii-system",
})  # fmt: skip
# A part of what will be masked is not a part of the masked whole, and a date says nothing of a reader's rights.
_OF_PARTS = frozenset({"range", "if-range", "if-modified-since", "if-unmodified-since"})
# They would lead a reader around the gateway, or speak in its name.
_NEVER_BACK = frozenset({
    "alt-svc", "content-length", "cache-control", "expires", "pragma", "vary", "via", "location", "content-location",
    "set-cookie",
})  # fmt: skip
# They tell of the raw body: a digest of something short gives it away.
_OF_RAW_BODY = frozenset({
    "content-md5", "digest", "content-digest", "repr-digest", "signature", "signature-input", "accept-ranges",
    "content-range", "content-encoding", "content-type", "x-content-type-options", "last-modified", "etag",
})  # fmt: skip
# Words of HTTP itself, written by programs; every other header may hold a person's data.
_PLAIN = frozenset({
    "age", "allow", "date", "server", "retry-after", "www-authenticate", "content-language",
    "x-frame-options", "referrer-policy", "content-security-policy", "strict-transport-security", "deprecation",
    "sunset",
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-headers",
    "access-control-allow-methods", "access-control-expose-headers", "access-control-max-age",
    "cross-origin-resource-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy",
    "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-ratelimit-limit", "x-ratelimit-remaining",
    "x-ratelimit-reset", "traceparent", "tracestate",
})  # fmt: skip
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def named(raw: Iterable[tuple[bytes, bytes]]) -> Named:
    """Return headers as texts, their names in small letters."""
    return [(name.decode("latin-1").lower(), _text(value)) for name, value in raw]


def environ_of(headers: Named, scope: Any) -> dict[str, str]:
    """Return a request as the service's other ways in see it; a name with an underscore is no header of ours."""
    environ = {"REQUEST_METHOD": scope["method"], "QUERY_STRING": scope["query_string"].decode("latin-1")}
    for name, value in headers:
        if "_" not in name:
            key = "HTTP_" + name.upper().replace("-", "_")
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def value_of(headers: Named, wanted: str) -> str:
    """Return a header's value, several joined as one list; empty where it is missing."""
    return ", ".join(value for name, value in headers if name == wanted)


def for_upstream(headers: Named, *, is_masked: bool) -> Iterator[tuple[str, str]]:
    """Yield the headers of a request that go on: all that are not of one connection, of this service or unclear."""
    has_key = any(name == "x-api-key" for name, _ in headers)
    dropped = _HOP_BY_HOP | _CREDENTIALS | _SET_ANEW | _named_by_connection(headers)
    if not has_key:
        dropped |= {"authorization"}  # It was the reader's key or token; beside X-Api-Key it is the upstream's.
    if not settings.PRIVACY_GATEWAY_TRUST_PROXY:
        dropped |= _FORWARDED
    if is_masked:
        dropped |= _OF_PARTS | {"accept-encoding", "if-none-match", "if-match"}
    for name, value in headers:
        # A WSGI upstream cannot tell X_Actor from X-Actor.
        if name in dropped or "_" in name:
            continue
        kept = _without_our_cookies(value) if name == "cookie" else value
        if kept:
            yield name, kept


def forwarded(headers: Named, scope: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield what tells the upstream where a request came from."""
    client = scope.get("client")
    trusts = settings.PRIVACY_GATEWAY_TRUST_PROXY
    came_through = value_of(headers, "x-forwarded-for") if trusts else ""
    if not trusts:
        yield "x-forwarded-proto", scope.get("scheme", "http")
        yield "x-forwarded-host", value_of(headers, "host")
    if client:
        yield "x-forwarded-for", f"{came_through}, {client[0]}" if came_through else str(client[0])
    yield "x-forwarded-prefix", prefix
    yield "via", _via(value_of(headers, "via"), scope.get("http_version", "1.1"))


def for_reader(headers: Named, *, is_masked: bool) -> tuple[Named, Named]:
    """Return the headers of an answer that go back as they are, and those that may hold personal data."""
    dropped = _HOP_BY_HOP | _NEVER_BACK | _named_by_connection(headers)
    if is_masked:
        dropped |= _OF_RAW_BODY
    kept = [
        (name, value)
        for name, value in headers
        # Only this service says what it decided.
        if name not in dropped and not name.startswith("pii-")
    ]
    plain = [one for one in kept if not is_masked or one[0] in _PLAIN]
    return plain, [one for one in kept if is_masked and one[0] not in _PLAIN]


def caching(headers: Named) -> Iterator[tuple[str, str]]:
    """Yield what keeps an answer made for one reader from others: asked for again each time, or not kept at all."""
    keeps = "no-store" not in value_of(headers, "cache-control").lower()
    yield "cache-control", "private, no-cache" if keeps else "private, no-store"
    theirs = value_of(headers, "vary")
    yield "vary", "*" if theirs.strip() == "*" else f"{theirs}, {VARY}" if theirs else VARY


def via_for_reader(headers: Named) -> tuple[str, str]:
    """Return the header that says through which proxies an answer went."""
    return "via", _via(value_of(headers, "via"), "1.1")


def encoded(headers: Iterable[tuple[str, str]]) -> Raw:
    """Return headers as they are sent; one whose value could end it early is left out."""
    return [(name.encode("latin-1"), value.encode()) for name, value in headers if _VALUE.fullmatch(value)]


def _named_by_connection(headers: Named) -> frozenset[str]:
    return frozenset(one.strip().lower() for one in value_of(headers, "connection").split(","))


def _via(before: str, version: str) -> str:
    ours = f"{version} {PSEUDONYM}"
    return f"{before}, {ours}" if before else ours


def _without_our_cookies(cookies: str) -> str:
    """Leave out this service's own sign-in: a browser sends it to every port of a host."""
    return "; ".join(one.strip() for one in cookies.split(";") if not is_ours(one.partition("=")[0].strip()))


def is_ours(cookie: str) -> bool:
    """Say whether a cookie of this name belongs to this service's own pages."""
    return cookie in {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages"}


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
