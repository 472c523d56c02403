"""Showing what passes to those who look on, as `/mask` does; it changes no answer."""

from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import chain

import httpx

from privacy_service.decisions.types import Reason
from privacy_service.enforcement.endpoints import ONLOOKERS
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.witnessing import Passing, show
from privacy_service.exceptions import UpstreamUnreadable
from privacy_service.gateway.bodies import media_of
from privacy_service.gateway.encodings import Decoders
from privacy_service.gateway.visits import Visit

MOST_BYTES = 1 << 16  # Shadow takes no larger ones, and nobody else looks on.


class Copy:
    """A copy of a small body, taken as it passes; of a large one nothing is kept."""

    def __init__(self, response: httpx.Response, visit: Visit, *, is_wanted: bool) -> None:
        self._visit = visit
        self._content_type = response.headers.get("content-type", "")
        self._encoding = response.headers.get("content-encoding", "")
        self._pieces: list[bytes] = []
        self._is_unreleased = bool(ONLOOKERS) and visit.decision.reason is Reason.NOT_RELEASED
        self._is_wanted = is_wanted
        self._room = MOST_BYTES if self._is_unreleased or self._is_wanted else 0

    def add(self, piece: bytes) -> None:
        """Take a piece along, or give the whole copy up."""
        if not self._room:
            return
        self._room = max(0, self._room - len(piece))
        self._pieces = [*self._pieces, piece] if self._room else []

    def show(self) -> None:
        """Show the body where it was small and of a kind that can be masked."""
        if not self._room or not self._pieces:
            return
        with suppress(UpstreamUnreadable):
            media = media_of(self._content_type)
            if media:
                self._show(Payload(media.kind, self._decoded()))

    def _show(self, payload: Payload) -> None:
        access, upstream = self._visit.access, self._visit.upstream
        for look_on in ONLOOKERS if self._is_unreleased else ():
            look_on(access, payload)
        if self._is_wanted:
            source = access.source.slug if access.source else ""
            show(Passing(access.workspace, source, f"gateway:{upstream.slug}", payload))

    def _decoded(self) -> bytes:
        decoders, decoded = Decoders(self._encoding), b""
        for piece in chain(decoders.feed(b"".join(self._pieces)), decoders.finish()):
            decoded += piece
            if len(decoded) > MOST_BYTES:
                message = "It is too large for those who look on."
                raise UpstreamUnreadable(message)
        return decoded


async def copied(pieces: AsyncIterator[bytes], copy: Copy) -> AsyncIterator[bytes]:
    """Yield the pieces, and show their copy once all of them have been sent."""
    async for piece in pieces:
        yield piece
        copy.add(piece)
    copy.show()
