"""One request and its answer as the server carries them (ASGI), without the parts that nobody wants twice."""

import asyncio
from collections.abc import AsyncIterator, Iterable, MutableMapping
from typing import Any

import httpx

from privacy_service.connections import Receive, Send
from privacy_service.gateway.headers import Raw, encoded
from privacy_service.http import Answer

Scope = MutableMapping[str, Any]


class ClientGone(Exception):
    """Whoever asked has hung up."""


class Upload(httpx.AsyncByteStream):
    """A request's body as it comes in, and the news that whoever sends it has hung up."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_read = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body; raise ClientGone where it ends early, so that the upstream is not told half for whole."""
        while not self._is_read.is_set():
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                self._is_read.set()

    def stop(self) -> None:
        """Read no more of it for the upstream, which has answered already."""
        self._is_read.set()

    async def gone(self) -> None:
        """Return once the client has hung up."""
        await self._is_read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Whole(httpx.AsyncByteStream):
    """A request's body that has been read to its end, as it goes on."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield all of it at once."""
        yield self._body


class Reply:
    """The answer on its way back; it remembers whether anything of it has been sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def begin(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Send status and headers."""
        self.has_begun = True
        raw: Raw = encoded(headers)
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def go_on(self, data: bytes) -> None:
        """Send a piece of the body; waits while the client is slow to take it."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        """Send the last piece. An answer that is left without it is broken off, so that nobody takes half for whole."""
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def answer(self, answer: Answer) -> None:
        """Send a whole answer of this service's own."""
        await self.begin(answer.status, [*answer.headers, ("content-length", str(len(answer.body)))])
        await self.end(answer.body)
