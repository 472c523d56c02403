"""From an upstream's answer to the reader's: its head as they may see it, and what its body needs."""

from typing import NamedTuple
from urllib.parse import quote, unquote

import httpx
import orjson

from classifier import PayloadKind
from privacy_service.decisions.types import Effect
from privacy_service.enforcement.enforce import Payload, enforce
from privacy_service.enforcement.media import Media
from privacy_service.exceptions import TypeBlocked, UpstreamUnreadable
from privacy_service.gateway import etags, headers
from privacy_service.gateway.bodies import media_of, media_type_of
from privacy_service.gateway.locations import cookie_path_for_reader, location_for_reader, parts_to_mask, with_parts
from privacy_service.gateway.visits import Visit

_WITHOUT_BODY = frozenset({204, 205, 304})
_PARTIAL = 206
# Domain would take a cookie to other hosts, and what nobody knows may hold anything.
_COOKIE_ATTRIBUTES = frozenset({"expires", "max-age", "secure", "httponly", "samesite", "partitioned"})


class Head(NamedTuple):
    """Status and headers for the reader, and how the body is to be read where it must be masked."""

    status: int
    headers: headers.Named
    media: Media | None = None
    content_encoding: str = ""
    has_body: bool = True


def head_of(response: httpx.Response, visit: Visit, method: str, target: bytes) -> Head:
    """Return the head of an answer as the reader may see it; raise TypeBlocked or UpstreamUnreadable."""
    theirs = headers.named(response.headers.raw)
    is_masked = visit.decision.effect is Effect.MASK
    plain, doubtful = headers.for_reader(theirs, is_masked=is_masked)
    has_body = method != "HEAD" and response.status_code not in _WITHOUT_BODY
    head = Head(response.status_code, _about(visit), has_body=has_body)
    ours = [*plain, *_masked(doubtful, visit), *_locations(theirs, visit, target), *headers.caching(theirs)]
    ours += [*_cookies(theirs, visit), headers.via_for_reader(theirs), *head.headers]
    if not is_masked:
        length = headers.value_of(theirs, "content-length")
        return head._replace(headers=[*ours, ("content-length", length)] if length else ours)
    return _head_of_masked(head._replace(headers=ours), theirs, visit)


def _about(visit: Visit) -> headers.Named:
    decision = visit.decision
    return [
        ("pii-decision", decision.effect),
        ("pii-reason", decision.reason),
        ("pii-policy", str(decision.policy_version)),
        ("pii-request-id", visit.request_id),
    ]


def _head_of_masked(head: Head, theirs: headers.Named, visit: Visit) -> Head:
    """Add what is said of the body, which is not the upstream's."""
    media, is_empty = _media_to_mask(head, theirs, visit), not _has_content(head, theirs)
    told = [*head.headers, ("x-content-type-options", "nosniff")]  # What was judged by its type is read by its type.
    content_type = media.content_type if media else media_type_of(headers.value_of(theirs, "content-type"))
    tag = etags.sealed(headers.value_of(theirs, "etag"), etags.view_of(visit.upstream, visit.access, visit.decision))
    told += [(name, value) for name, value in (("content-type", content_type), ("etag", tag)) if value]
    if media is None and not is_empty:  # Passed on as it is.
        told += [(name, value) for name, value in theirs if name in {"content-encoding", "content-length"}]
    encoding = headers.value_of(theirs, "content-encoding")
    return head._replace(headers=told, media=None if is_empty else media, content_encoding=encoding)


def _media_to_mask(head: Head, theirs: headers.Named, visit: Visit) -> Media | None:
    """Return how a body is masked, None where it is passed on; raise TypeBlocked or UpstreamUnreadable."""
    if head.status == _PARTIAL:
        message = "The upstream sent a part of its answer, which nobody asked for: a part cannot be masked."
        raise UpstreamUnreadable(message)
    content_type = headers.value_of(theirs, "content-type")
    media = media_of(content_type)
    names = {name for name, _ in theirs}
    if media and head.has_body and names.isdisjoint({"content-length", "transfer-encoding"}):
        message = "The upstream's answer has neither a length nor chunks: cut short, half a number would be shown."
        raise UpstreamUnreadable(message)
    if media is None and _has_content(head, theirs) and not visit.upstream.passes(media_type_of(content_type)):
        raise TypeBlocked
    return media


def _has_content(head: Head, theirs: headers.Named) -> bool:
    return head.has_body and headers.value_of(theirs, "content-length") != "0"


def _masked(doubtful: headers.Named, visit: Visit) -> headers.Named:
    """Return headers with what is personal in them masked; their names tell too, as in X-Customer-Email."""
    if not doubtful:
        return []
    document = orjson.dumps([{name: value} for name, value in doubtful])
    masked = orjson.loads(enforce(visit.decision, Payload(PayloadKind.JSON, document)).body)
    return [
        (name, value)
        for (name, _), one in zip(doubtful, masked, strict=True)
        # A name that is itself personal is left out with its value.
        if isinstance(value := one.get(name), str)
    ]


def _locations(theirs: headers.Named, visit: Visit, target: bytes) -> headers.Named:
    """Return where the answer leads, by the gateway's own paths."""
    return [
        (name, location)
        for name, value in theirs
        if name in {"location", "content-location"} and (location := _location(value, visit, target))
    ]


def _location(location: str, visit: Visit, target: bytes) -> str:
    location = location_for_reader(location, visit.upstream, target)
    return _masked_address(location, visit) if location and visit.decision.effect is Effect.MASK else location


def _masked_address(location: str, visit: Visit) -> str:
    try:
        segments, query, fragment = parts_to_mask(location)
    except ValueError:
        return ""
    own = visit.upstream.path.count("/") + 1  # The path of the gateway itself, which the reader knows.
    is_ours = location.startswith(f"{visit.upstream.path}/")
    kept = own if is_ours else 0
    texts = [*segments[kept:], fragment]
    masked = [_masked_text(text, visit) for text in texts]
    form = enforce(visit.decision, Payload(PayloadKind.FORM, query.encode())).body.decode() if query else ""
    return with_parts(location, [*segments[:kept], *masked[:-1]], form, masked[-1])


def _masked_text(text: str, visit: Visit) -> str:
    return enforce(visit.decision, Payload(PayloadKind.TEXT, text.encode())).body.decode() if text else ""


def _cookies(theirs: headers.Named, visit: Visit) -> headers.Named:
    """Return the cookies that the upstream sets, for its own path of the gateway alone."""
    return [
        ("set-cookie", cookie)
        for name, value in theirs
        if name == "set-cookie" and (cookie := _cookie_for_reader(value, visit))
    ]


def _cookie_for_reader(cookie: str, visit: Visit) -> str:
    first, *parts = [part.strip() for part in cookie.split(";")]
    name, _, value = first.partition("=")
    if headers.is_ours(name.strip()):
        return ""
    if visit.decision.effect is Effect.MASK:
        name, value = _masked_word(name, visit), _masked_word(value, visit)
    attributes = [(part, *part.partition("=")[::2]) for part in parts]
    kept = [part for part, named, _ in attributes if named.strip().lower() in _COOKIE_ATTRIBUTES]
    path = next((value.strip() for _, named, value in attributes if named.strip().lower() == "path"), "/")
    return "; ".join((f"{name}={value}", *kept, f"Path={cookie_path_for_reader(path, visit.upstream)}"))


def _masked_word(word: str, visit: Visit) -> str:
    """Return a word that may be percent-encoded, masked; the same word where it holds nothing personal."""
    plain = unquote(word)
    masked = _masked_text(plain, visit)
    return word if masked == plain else quote(masked)
