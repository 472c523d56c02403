"""Middleware for any ASGI application: its responses reach each reader as the service says they may.

app = PrivacyMiddleware(app, AsyncPrivacyClient(URL, key=KEY), lambda scope: Reading("acme", scope["user"].email))
"""

import inspect
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from privacy_service.client.answers import Decision, Effect
from privacy_service.client.asynchronous import AsyncPrivacyClient
from privacy_service.client.calls import ContentType, Reading
from privacy_service.client.errors import PrivacyServiceError, reader_unknown
from privacy_service.client.guarding import (
    CONDITIONS,
    LEAVE,
    Headers,
    Rules,
    cache_headers,
    decoded,
    refusal_for,
    settled,
    too_large,
)
from privacy_service.client.hops import names_in, passing_on
from privacy_service.client.lines import Lines

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
ReadingOf = Callable[[Scope], Reading | Awaitable[Reading]]
_NO_RULES = Rules()
_POLICY_VIOLATION = 1008


class PrivacyMiddleware:
    """Masks what the application answers, for the reader that `reading` finds in the scope; else answers 503.

    `reading` is asked once the application answers, so that it may read what inner middleware has put there.
    """

    def __init__(
        self, app: Application, client: AsyncPrivacyClient, reading: ReadingOf, *, rules: Rules = _NO_RULES
    ) -> None:
        self.app = app
        self.client = client
        self.reading = reading
        self.rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in {"http", "websocket"} or not self.rules.covers(scope["path"]):
            await self.app(scope, receive, send)
            return
        hop = names_in(_headers_of(scope))
        with passing_on(traceparent=hop.traceparent, request_id=hop.request_id):
            if scope["type"] == "websocket":
                await self._websocket(scope, receive, send)
                return
            inner = _without_conditions(scope)
            response = _Response(self, inner, send)
            await self.app(inner, receive, response.take)
            response.check_whole()

    async def decision(self, scope: Scope) -> tuple[Reading, Decision]:
        """Return who reads, and what they may see; raise PrivacyServiceError where either cannot be told."""
        reading = await self._reading(scope)
        return reading, await self.client.decision(reading)

    async def _reading(self, scope: Scope) -> Reading:
        try:
            found = self.reading(scope)
            reading = await found if inspect.isawaitable(found) else found
            reading.headers()
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody knows who reads.
            unknown = reader_unknown(error)
        else:
            return reading
        raise unknown  # Out here: the error just caught may hold their name.

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a websocket through to whoever sees everything when it opens: what goes over it is not masked."""
        try:
            _, decision = await self.decision(scope)
        except PrivacyServiceError as error:
            logger.warning("A websocket was refused: %s", error.reason)
        else:
            if decision.effect is Effect.PASS:
                await self.app(scope, receive, send)
                return
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})


class _Response:
    """One response on its way; nothing of it is sent before it is known what of it may be."""

    def __init__(self, guard: PrivacyMiddleware, scope: Scope, send: Send) -> None:
        self._guard = guard
        self._scope = scope
        self._send = send
        self._start: Message = {}
        self._next: Callable[[bytes, bool], Awaitable[None]] = self._open
        self._is_masked = False
        self._added: Headers = ()
        self._held = bytearray()
        self._lines = Lines()
        self._is_started = False
        self._broken: Exception | None = None

    async def take(self, message: Message) -> None:
        """Take what the application sends."""
        self.check_whole()
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            try:
                await self._next(message.get("body", b""), message.get("more_body", False))
            except Exception as error:  # noqa: BLE001 - whatever it was, the raw body is not shown.
                await self._break(error)

    def check_whole(self) -> None:
        """Raise again what broke a response in its middle: it must not look whole, whatever the application does."""
        if self._broken:
            raise self._broken

    async def _break(self, error: Exception) -> None:
        if self._is_started:
            self._broken = error
            raise error
        known = error if isinstance(error, PrivacyServiceError) else None
        logger.warning("A response was withheld: %s", known.reason if known else type(error).__name__)
        status, headers, body = refusal_for(known)
        self._start, self._added = {"type": "http.response.start", "status": status}, headers
        await self._emit(b"" if self._scope["method"] == "HEAD" else body, more=False)
        self._next = self._drop

    async def _open(self, body: bytes, more: bool) -> None:  # noqa: FBT001 - the words of ASGI.
        """Choose how this response goes, at the first piece that holds something, or at its end."""
        if body or not more:
            self._next = await self._way(is_empty=not body)
            await self._next(body, more)

    async def _way(self, *, is_empty: bool) -> Callable[[bytes, bool], Awaitable[None]]:
        headers = _headers_of(self._start)
        plan = self._guard.rules.plan(self._start["status"], headers.get("content-type", ""))
        is_head = self._scope["method"] == "HEAD"
        if plan is LEAVE or (is_empty and not is_head):
            return self._as_it_is
        self._reading, decision = await self._guard.decision(self._scope)
        plan = settled(plan, decision)
        self._added = cache_headers(decision)
        if plan is LEAVE:
            return self._as_it_is
        self._is_masked, self._plan = True, plan
        if is_head:
            return self._as_it_is  # Without the length and the tag of a body that the reader would not get.
        is_flowing = plan.kind is ContentType.NDJSON and not headers.get("content-encoding")
        return self._flow if is_flowing else self._gather

    async def _as_it_is(self, body: bytes, more: bool) -> None:  # noqa: FBT001 - as above.
        await self._emit(body, more=more)

    async def _flow(self, body: bytes, more: bool) -> None:  # noqa: FBT001 - as above.
        """Mask NDJSON line by line, while it flows."""
        for whole in self._lines.feed(body):
            await self._emit(await self._masked(whole), more=True)
        if not more:
            for last in self._lines.rest():
                await self._emit(await self._masked(last), more=True)
            await self._emit(b"", more=False)

    async def _gather(self, body: bytes, more: bool) -> None:  # noqa: FBT001 - as above.
        """Mask a body as a whole: what a value is may depend on all of it."""
        self._held += body
        if len(self._held) > self._guard.rules.most_bytes:
            raise too_large(self._guard.rules.most_bytes)
        if more:
            return
        encoding = _headers_of(self._start).get("content-encoding", "")
        whole = decoded(bytes(self._held), encoding, self._guard.rules.most_bytes)
        masked = await self._masked(whole)
        self._added = (*self._added, ("Content-Length", str(len(masked))))
        await self._emit(masked, more=False)

    async def _masked(self, body: bytes) -> bytes:
        return (await self._guard.client.mask(self._reading, body, self._plan.kind)).body

    async def _drop(self, body: bytes, more: bool) -> None:  # noqa: FBT001 - as above.
        """Let nothing more of a response through that was refused."""

    async def _emit(self, body: bytes, *, more: bool) -> None:
        if not self._is_started:
            self._is_started = True
            kept = [(name, value) for name, value in self._start.get("headers", ()) if self._is_kept(name)]
            added = [(name.lower().encode(), value.encode()) for name, value in self._added]
            await self._send({**self._start, "headers": [*kept, *added], "trailers": False})
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _is_kept(self, name: bytes) -> bool:
        known = name.decode("latin-1").lower()
        is_known = self._guard.rules.keeps(known) or not self._is_masked
        return is_known and known not in {added.lower() for added, _ in self._added}


def _without_conditions(scope: Scope) -> Scope:
    """Return the scope without questions about the raw body, and without ways to send one that we do not see."""
    headers = [(name, value) for name, value in scope["headers"] if name.decode("latin-1").lower() not in CONDITIONS]
    extensions = {name: value for name, value in (scope.get("extensions") or {}).items() if name == "tls"}
    return {**scope, "headers": headers, "extensions": extensions}


def _headers_of(message: MutableMapping[str, Any]) -> dict[str, str]:
    """Return the headers of a scope or of a response, by lower-case name."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message.get("headers", ())}
