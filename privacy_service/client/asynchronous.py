"""The client for asyncio."""

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator
from types import TracebackType
from typing import Self

import httpx

from privacy_service.client.answers import Classified, Decision, Explanation, Masked
from privacy_service.client.attempts import Attempts
from privacy_service.client.calls import Address, ContentType, Reading, Request, as_bytes
from privacy_service.client.lines import Lines
from privacy_service.client.options import Options, checked_url
from privacy_service.client.remembered import Decisions, passed_unsent
from privacy_service.client.understanding import (
    classified_in,
    decision_in,
    explanation_in,
    masked_in,
    unreachable,
)

_DEFAULTS = Options()


class AsyncPrivacyClient:
    """Asks the service; every failure is a PrivacyServiceError, and then nothing may be shown.

    One for the whole process: it keeps its connections, and begins anew in another event loop or a forked child.
    """

    def __init__(
        self, url: str, *, key: str, options: Options = _DEFAULTS, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._address = Address(checked_url(url), key)
        self._options = options
        self._transport = transport
        self._decisions = Decisions(options.decisions)
        self._http: httpx.AsyncClient | None = None
        self._home: tuple[int, asyncio.AbstractEventLoop] | None = None

    async def mask(self, reading: Reading, body: bytes | str, content_type: str = ContentType.JSON) -> Masked:
        """Return the body as the reader may see it; raise AccessDenied where that is not at all."""
        if self._options.skip_passing and (passing := self._remembered().passing(reading)):
            return passed_unsent(passing, as_bytes(body), content_type)
        response = await self._answer_to(self._address.mask(reading, as_bytes(body), content_type))
        return masked_in(response, content_type)

    async def mask_lines(self, reading: Reading, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Yield NDJSON as the reader may see it, while it flows; what was yielded before an error was masked."""
        lines = Lines()
        async for piece in pieces:
            for whole in lines.feed(piece):
                yield await self._line_by_line(reading, whole)
        for last in lines.rest():
            yield await self._line_by_line(reading, last)

    async def decision(self, reading: Reading) -> Decision:
        """Return what the reader may see: remembered for as long as the service says it holds, or asked."""
        remembered = self._remembered()
        if known := remembered.get(reading):
            return known
        asked_at = remembered.now()
        decision = decision_in(await self._answer_to(self._address.decision(reading)))
        remembered.keep(reading, decision, asked_at=asked_at)
        return decision

    async def classify(self, workspace: str, body: bytes | str, content_type: str = ContentType.JSON) -> Classified:
        """Return what is personal in a body and where, never the values."""
        return classified_in(await self._answer_to(self._address.classify(workspace, as_bytes(body), content_type)))

    async def explain(
        self, reading: Reading, body: bytes | str = b"", content_type: str = ContentType.JSON
    ) -> Explanation:
        """Return why the reader sees what they see; of a body, why each field is hidden."""
        return explanation_in(await self._answer_to(self._address.explain(reading, as_bytes(body), content_type)))

    async def aclose(self) -> None:
        """Close the connections."""
        http, self._http, self._home = self._http, None, None
        if http is not None:
            await http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _line_by_line(self, reading: Reading, whole: bytes) -> bytes:
        if self._options.skip_passing:
            await self.decision(reading)  # As in the blocking client.
        return (await self.mask(reading, whole, ContentType.NDJSON)).body

    async def _answer_to(self, request: Request) -> httpx.Response:
        attempts = Attempts(self._options)
        while True:
            response = await self._try(request, attempts.timeout())
            wait = attempts.wait_after(response)
            if wait is None:
                return response
            await asyncio.sleep(wait)

    async def _try(self, request: Request, seconds: float) -> httpx.Response:
        method, url, headers, body = request
        try:
            return await self._connections().request(method, url, headers=headers, content=body, timeout=seconds)
        except httpx.HTTPError as error:
            kind = type(error).__name__
        # Raised outside of the handler: httpx's error holds the request, and with it the body.
        raise unreachable(kind)

    def _connections(self) -> httpx.AsyncClient:
        self._check_home()
        if self._http is None:
            self._http = httpx.AsyncClient(
                headers=self._options.headers(), limits=self._options.limits(), transport=self._transport
            )
        return self._http

    def _remembered(self) -> Decisions:
        self._check_home()
        return self._decisions

    def _check_home(self) -> None:
        # A connection shared with a parent process could bring one reader's answer to another.
        home = (os.getpid(), asyncio.get_running_loop())
        if self._home != home:
            self._decisions, self._http, self._home = Decisions(self._options.decisions), None, home
