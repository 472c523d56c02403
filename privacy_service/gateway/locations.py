"""Paths through the gateway: from the reader's to the upstream's, and of a redirect back again."""

import re
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, unquote_to_bytes, urljoin, urlsplit

from privacy_service.exceptions import BadRequest, NoSuchPath
from privacy_service.gateway.models import Upstream

PREFIX = "/gateway/"
# A slash or a backslash that is encoded is a character to one server and a way into another folder to the next.
_UNCLEAR = re.compile(rb"%2f|%5c|%00|\\|[^\x21-\x7e]", re.IGNORECASE)
_DOTS = frozenset({b".", b".."})


class Place(NamedTuple):
    """What a path of the gateway names: a workspace, one of its upstreams, and what follows, as it was sent."""

    workspace: str
    upstream: str
    rest: str


def place_of(raw_path: bytes) -> Place:
    """Return what a path names; raise NoSuchPath, or BadRequest for one that two servers could read differently."""
    if _UNCLEAR.search(raw_path) or any(unquote_to_bytes(part) in _DOTS for part in raw_path.split(b"/")):
        message = "The path holds `.` or `..`, an encoded slash, a backslash or a control character; name it plainly."
        raise BadRequest(message)
    path = raw_path.decode("ascii")
    workspace, _, rest = path.removeprefix(PREFIX).partition("/")
    upstream, slash, rest = rest.partition("/")
    if not path.startswith(PREFIX) or not upstream:
        message = "The gateway answers below /gateway/{workspace}/{upstream}/."
        raise NoSuchPath(message)
    return Place(workspace, upstream, slash + rest)


def target_of(upstream: Upstream, rest: str, query: bytes) -> bytes:
    """Return what the upstream is asked for, with the query as it was sent."""
    path = (upstream.base + rest) or "/"
    return path.encode("ascii") + (b"?" + query if query else b"")


def location_for_reader(location: str, upstream: Upstream, target: bytes) -> str:
    """Return where a redirect leads a reader: within the upstream it goes through the gateway, elsewhere as it says."""
    here = f"{upstream.parts.scheme}://{upstream.parts.netloc}"
    try:
        there = urlsplit(urljoin(here + target.decode("ascii"), location))
        is_within = _origin(there) == _origin(upstream.parts) and _is_below(there.path, upstream.base)
    except ValueError:
        return ""  # No address at all: a browser could read anything into it.
    if not is_within:
        return there.geturl() if _origin(there) != _origin(upstream.parts) else location
    return there._replace(scheme="", netloc="", path=upstream.path + there.path[len(upstream.base) :]).geturl()


def cookie_path_for_reader(path: str, upstream: Upstream) -> str:
    """Return the path of a cookie that the upstream sets, as the reader's browser knows it."""
    return upstream.path + (path[len(upstream.base) :] if _is_below(path, upstream.base) else "/")


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)


def _is_below(path: str, base: str) -> bool:
    return path == base or path.startswith(f"{base}/")


def parts_to_mask(location: str) -> tuple[list[str], str, str]:
    """Return the decoded segments of an address' path, its query and its decoded fragment."""
    parts = urlsplit(location)
    return [unquote(segment) for segment in parts.path.split("/")], parts.query, unquote(parts.fragment)


def with_parts(location: str, segments: list[str], query: str, fragment: str) -> str:
    """Return the address with these parts in the place of its own."""
    path = "/".join(quote(segment, safe=":@!$&'()*+,;=~") for segment in segments)
    return urlsplit(location)._replace(path=path, query=query, fragment=quote(fragment)).geturl()
