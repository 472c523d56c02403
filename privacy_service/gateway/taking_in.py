"""Events on their way to an upstream that keeps them, without those that may not be taken in."""

from collections.abc import AsyncIterable, Mapping
from typing import NamedTuple

from django.conf import settings

from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.media import media_of
from privacy_service.enforcement.screening import Way, screened
from privacy_service.exceptions import BodyTooLarge
from privacy_service.gateway import headers
from privacy_service.gateway.visits import Visit
from privacy_service.http import Call, Headers

# They speak of the body as it came.
_OF_BODY = frozenset({"content-length", "transfer-encoding", "content-md5", "digest", "content-digest", "repr-digest"})
_NOTHING_LEFT = frozenset({b"", b"null"})


class Taken(NamedTuple):
    """A body that may go on, and the headers that say how many events it is without."""

    body: bytes
    told: Headers

    @property
    def is_nothing(self) -> bool:
        """Say whether every event was left out."""
        return bool(self.told) and self.body.strip() in _NOTHING_LEFT


def is_looked_at(visit: Visit, theirs: headers.Named) -> bool:
    """Say whether the body of a request is looked at: there is one, and the upstream asks for it."""
    sizes = (headers.value_of(theirs, "content-length"), headers.value_of(theirs, "transfer-encoding"))
    return visit.upstream.screens_events and any(size not in {"", "0"} for size in sizes)


async def whole(upload: AsyncIterable[bytes]) -> bytes:
    """Return a request's body; raise BodyTooLarge before more of it is kept than is taken."""
    body = bytearray()
    async for piece in upload:
        body += piece
        if len(body) > settings.PRIVACY_BODY_LIMIT_BYTES:
            message = f"At most {settings.PRIVACY_BODY_LIMIT_BYTES} bytes are taken here (PRIVACY_BODY_LIMIT_BYTES)."
            raise BodyTooLarge(message)
    return bytes(body)


def taken_in(call: Call, visit: Visit, body: bytes) -> Taken:
    """Return what may be taken in; raise what `/mask` raises where that is to be refused, or cannot be told."""
    environ: Mapping[str, str] = {**call.environ, "CONTENT_TYPE": call.header("HTTP_CONTENT_TYPE")}
    media = media_of(call._replace(environ=environ))
    upstream = visit.upstream
    payload, told = screened(upstream.workspace, Payload(media.kind, body), Way(upstream.destination))
    return Taken(payload.body, told)


def about(body: bytes, theirs: headers.Named) -> headers.Named:
    """Return a request's headers as they are true of this body."""
    kept = [(name, value) for name, value in theirs if name not in _OF_BODY]
    return [*kept, ("content-length", str(len(body)))]
