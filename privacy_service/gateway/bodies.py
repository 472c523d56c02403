"""Where text lives in an upstream's body, and how it gets out of there masked."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

import httpx
from django.conf import settings

from classifier import PayloadKind
from privacy_service.decisions.types import Decision
from privacy_service.enforcement.chunks import Masking, masking_of
from privacy_service.enforcement.enforce import Enforced, Payload, enforce
from privacy_service.enforcement.media import Media
from privacy_service.exceptions import (
    BadRequest,
    BodyTooDeep,
    BodyTooLarge,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreadable,
)
from privacy_service.gateway.encodings import Decoders

T = TypeVar("T")

KINDS = {
    "application/json": PayloadKind.JSON,
    "text/json": PayloadKind.JSON,
    "application/x-ndjson": PayloadKind.NDJSON,
    "application/ndjson": PayloadKind.NDJSON,
    "application/jsonl": PayloadKind.NDJSON,
    "application/x-jsonlines": PayloadKind.NDJSON,
    "text/csv": PayloadKind.CSV,
    "application/csv": PayloadKind.CSV,
    "text/tab-separated-values": PayloadKind.CSV,
    "text/plain": PayloadKind.TEXT,
    "text/markdown": PayloadKind.TEXT,
    "application/x-www-form-urlencoded": PayloadKind.FORM,
}
Read = Callable[[httpx.Response], AsyncIterator[bytes]]
PIECE_BYTES = 1 << 18
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})


class OffLoop(Protocol):
    """Runs a function in a thread, since it takes long or asks the database."""

    async def __call__(self, work: Callable[..., T], /, *args: Any) -> T:
        """Return what the function returns."""
        ...


def media_type_of(content_type: str) -> str:
    """Return the bare type that a Content-Type names; empty for one that is none, or several."""
    bare = content_type.partition(";")[0].strip().lower()
    return bare if _TYPE.fullmatch(bare) else ""


def media_of(content_type: str) -> Media | None:
    """Return what kind of body can be masked, None for any other; raise UpstreamUnreadable for text not in UTF-8."""
    bare = media_type_of(content_type)
    kind = PayloadKind.JSON if bare.endswith("+json") else KINDS.get(bare)
    if kind is None:
        return None
    parameters = [part.partition("=")[::2] for part in content_type.lower().split(";")[1:]]
    charsets = {value.strip(' \t"') for name, value in parameters if name.strip(" \t*").startswith("charset")}
    if not charsets <= _UTF8:
        message = "The upstream's answer is text in another encoding than UTF-8."
        raise UpstreamUnreadable(message)
    return Media(kind, f"{bare}; charset=utf-8" if charsets else bare)


async def raw(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield a body as it comes; raise UpstreamFailed or UpstreamTimeout where it ends before its end."""
    try:
        async for data in response.aiter_raw():
            yield data
    except httpx.TimeoutException:
        message = "The upstream fell silent in the middle of its answer."
        raise UpstreamTimeout(message) from None
    except (httpx.TransportError, httpx.StreamError):
        message = "The upstream broke off in the middle of its answer."
        raise UpstreamFailed(message) from None


class MaskedBody:
    """An upstream's body on its way to a reader of masked data; what was hidden is counted as it goes."""

    def __init__(
        self, media: Media, content_encoding: str, decision: Decision, off_loop: OffLoop, read: Read | None = None
    ) -> None:
        self._kind = media.kind
        self._decoders = Decoders(content_encoding)
        self._decision = decision
        self._off_loop = off_loop
        self._read = read or raw
        self._masking = masking_of(media.kind, decision)
        self._entities: Mapping[str, int] = {}

    @property
    def is_whole(self) -> bool:
        """Say whether it is given out in one piece."""
        return self._masking is None

    @property
    def entities(self) -> Mapping[str, int]:
        """Return how many pieces of each kind were hidden so far."""
        return self._entities if self._masking is None else Counter(self._masking.entities)

    async def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Yield the body masked; raise UpstreamFailed or one of its kinds, and then what was given out is not all."""
        if self._masking is None:
            yield await self._whole(response)
            return
        async for data in self._read(response):
            async for piece in self._fed(self._decoders.feed(data), self._masking):
                yield piece
        async for piece in self._fed(self._decoders.finish(), self._masking):
            yield piece
        rest = await self._off_loop(readable, self._masking.finish)
        if rest:
            yield rest

    async def _fed(self, decoded: Iterator[bytes], masking: Masking) -> AsyncIterator[bytes]:
        while True:
            piece, is_last = await self._off_loop(readable, _masked_some, decoded, masking)
            if piece:
                yield piece
            if is_last:
                return

    async def _whole(self, response: httpx.Response) -> bytes:
        gathered: list[bytes] = []
        size = 0
        async for data in self._read(response):
            for piece in self._decoders.feed(data):
                gathered.append(piece)
                size += len(piece)
                if size > settings.PRIVACY_BODY_LIMIT_BYTES:
                    raise _too_large()
        gathered.extend(self._decoders.finish())
        body = b"".join(gathered)
        if not body:
            return b""  # An error without a body, say: nothing to read, nothing to hide.
        enforced: Enforced = await self._off_loop(readable, enforce, self._decision, Payload(self._kind, body))
        self._entities = enforced.entities
        return enforced.body


def _masked_some(decoded: Iterator[bytes], masking: Masking) -> tuple[bytes, bool]:
    """Return some of a body masked, and whether that was the last of what has come: a little may unfold to a lot."""
    masked: list[bytes] = []
    size = 0
    for data in decoded:
        masked.append(masking.feed(data))
        size += len(data)
        if size >= PIECE_BYTES:
            return b"".join(masked), False
    return b"".join(masked), True


def readable(work: Callable[..., T], *args: Any) -> T:
    """Do what reads an upstream's answer: what is wrong with it is no mistake of the reader's."""
    try:
        return work(*args)
    except (BadRequest, BodyTooDeep, BodyTooLarge) as error:
        message = f"The upstream's answer must be masked and cannot be read: {error.detail}"
        raise UpstreamUnreadable(message) from None


def _too_large() -> UpstreamUnreadable:
    limit = settings.PRIVACY_BODY_LIMIT_BYTES
    message = f"The upstream's answer must be masked whole and has over {limit} bytes (PRIVACY_BODY_LIMIT_BYTES)."
    return UpstreamUnreadable(message)
