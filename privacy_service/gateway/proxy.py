"""The gateway as the server calls it: one request out, one answer back, as its reader may see it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from http import HTTPStatus
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import httpx
from django.conf import settings

from privacy_service.connections import Receive, Send
from privacy_service.decisions.audit import record
from privacy_service.decisions.types import Effect
from privacy_service.enforcement.enforce import count_leak
from privacy_service.enforcement.media import Media
from privacy_service.enforcement.witnessing import is_wanted
from privacy_service.exceptions import LeakBlocked, MethodNotAllowed, PrivacyError, UpgradeRefused, UpstreamFailed
from privacy_service.gateway import etags, headers, taking_in
from privacy_service.gateway.answering import Head, head_of
from privacy_service.gateway.bodies import MaskedBody, raw, readable
from privacy_service.gateway.connections import Connections, request_to
from privacy_service.gateway.exchange import ClientGone, Reply, Scope, Upload, Whole
from privacy_service.gateway.locations import Place, place_of, target_of
from privacy_service.gateway.probes import is_probe, probed
from privacy_service.gateway.shadowing import Copy, copied
from privacy_service.gateway.visits import ENDPOINT, Visit, admitted, renewed
from privacy_service.http import Call, problem, received
from privacy_service.observability import metrics
from privacy_service.observability.logging import logger_named
from privacy_service.systems import note_call

logger = logger_named(__name__)

T = TypeVar("T")

# What an upstream answered, or failed to, is not this service's own failure: the gates of the release read those.
UPSTREAM = "upstream"
# How often an answer that goes on for long is asked about again.
_LOOK_AGAIN_SECONDS = 0.5
_REFUSED_METHODS = frozenset({"TRACE", "CONNECT"})


class Request(NamedTuple):
    """One request, as it came in."""

    scope: Scope
    headers: headers.Named
    call: Call
    upload: Upload
    reply: Reply


class Sent(NamedTuple):
    """What goes on to the upstream of a request."""

    headers: headers.Named
    body: httpx.AsyncByteStream


class Gateway:
    """An ASGI application: whatever happens inside, an answer comes out that shows nothing it should not."""

    def __init__(self) -> None:
        self._connections = Connections()
        self._threads = ThreadPoolExecutor(settings.PRIVACY_GATEWAY_THREADS, thread_name_prefix="gateway")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and end."""
        match scope["type"]:
            case "lifespan":
                await self._live(receive, send)
            case "http":
                await self._answer(_request(scope, receive, send))
            case _:
                await send({"type": "websocket.close", "code": 1003})  # The server was started without --no-ws.

    async def _live(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await self._connections.aclose()
        self._threads.shutdown(wait=False)
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, request: Request) -> None:
        """Answer as long as somebody waits for it: with the client the upstream is left too."""
        answering = asyncio.ensure_future(self._safely_answer(request))
        leaving = asyncio.ensure_future(request.upload.gone())
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            answering.cancel()
            leaving.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)

    async def _safely_answer(self, request: Request) -> None:
        try:
            await self._forward(request)
        except ClientGone:
            return
        except PrivacyError as error:
            await self._refuse(request, error)
        except Exception:
            logger.exception("A request failed; nothing more was passed on", endpoint=ENDPOINT)
            metrics.fail_closed.add(ENDPOINT)
            await self._refuse(request, PrivacyError(Retry_After="1"))

    async def _refuse(self, request: Request, error: PrivacyError) -> None:
        """Answer with a problem; an answer that has begun is broken off, never ended as if it were whole."""
        request.upload.stop()
        metrics.requests.add(UPSTREAM if isinstance(error, UpstreamFailed) else ENDPOINT, str(error.status))
        if request.reply.has_begun:
            logger.warning("An answer was broken off in its middle", endpoint=ENDPOINT, reason=error.reason)
            return
        await request.reply.answer(problem(error, request.call.id))

    async def _forward(self, request: Request) -> None:
        method: str = request.scope["method"]
        if is_probe(request.scope["path"]):
            # Not in the gateway's own threads: all of them may be waiting for a database that is gone.
            await request.reply.answer(await asyncio.to_thread(probed, request.scope["path"], method))
            return
        if headers.value_of(request.headers, "upgrade"):
            raise UpgradeRefused
        if method in _REFUSED_METHODS:
            message = f"{method} is not passed on."
            raise MethodNotAllowed(message)
        place = place_of(request.scope["raw_path"])
        request = request._replace(call=request.call._replace(slug=place.workspace))
        visit = await self._off_loop(admitted, request.call, place)
        target = target_of(visit.upstream, place.rest, request.scope["query_string"])
        sent = await self._taken_in(request, visit)
        if sent is None:
            return
        async with self._connections.answer_of(visit.upstream, _outgoing(request, visit, sent, target)) as response:
            request.upload.stop()
            answer = await self._off_loop(_arrived, request, place, visit, response, target)
            head = answer.head
            await (self._mask(answer, head.media) if head.media else self._pass_on(answer))
        metrics.requests.add(UPSTREAM, str(head.status))

    async def _taken_in(self, request: Request, visit: Visit) -> Sent | None:
        """Return what goes on of a request, None where all of it is left out, which is then answered."""
        if not taking_in.is_looked_at(visit, request.headers):
            return Sent(request.headers, request.upload)
        body = await taking_in.whole(request.upload)
        taken = await self._off_loop(taking_in.taken_in, request.call, visit, body)
        if taken.is_nothing:
            await self._leave_out(request, visit, taken)
            return None
        return Sent(taking_in.about(taken.body, request.headers), Whole(taken.body))

    async def _leave_out(self, request: Request, visit: Visit, taken: taking_in.Taken) -> None:
        """Answer a request of which nothing may be taken in; the upstream is told nothing of it."""
        await self._off_loop(_recorded, visit, {})
        metrics.requests.add(ENDPOINT, str(HTTPStatus.NO_CONTENT))
        told = [*taken.told, ("PII-Request-Id", request.call.id), ("Cache-Control", "private, no-store")]
        await request.reply.begin(HTTPStatus.NO_CONTENT, told)
        await request.reply.end()

    async def _pass_on(self, answer: "_Answer") -> None:
        """Send an answer byte for byte; the decision is in the audit trail."""
        head, reply = answer.head, answer.request.reply
        await reply.begin(head.status, head.headers)
        if head.has_body:
            copy = Copy(answer.response, answer.visit, is_wanted=answer.is_wanted)
            await self._stream(answer, copied(raw(answer.response), copy))
        await reply.end()

    async def _mask(self, answer: "_Answer", media: Media) -> None:
        """Send an answer masked; nothing goes out before its first piece is masked and the decision in the trail."""
        head, reply = answer.head, answer.request.reply
        copy = Copy(answer.response, answer.visit, is_wanted=answer.is_wanted)
        masked = MaskedBody(
            media, head.content_encoding, answer.visit.decision, self._off_loop, lambda one: copied(raw(one), copy)
        )
        pieces = masked.pieces(answer.response)
        try:
            first = await anext(pieces, b"")
            await self._off_loop(_recorded, answer.visit, masked.entities)
            if masked.is_whole:
                await reply.begin(head.status, [*head.headers, *_told_of(first, masked.entities)])
                await reply.end(first)
                return
            await reply.begin(head.status, head.headers)
            await reply.go_on(first)
            await self._stream(answer, pieces)
            await reply.end()
        except LeakBlocked as error:
            await self._off_loop(_recorded_leak, answer.visit, error, reply.has_begun)
            raise
        finally:
            for entity, count in masked.entities.items():
                metrics.masked_entities.add(entity, amount=count)

    async def _stream(self, answer: "_Answer", pieces: AsyncIterator[bytes]) -> None:
        """Send a body piece by piece, as long as what was decided holds."""
        looked_at = monotonic()
        async for piece in pieces:
            if monotonic() - looked_at >= _LOOK_AGAIN_SECONDS:
                await self._look_again(answer)
                looked_at = monotonic()
            await answer.request.reply.go_on(piece)

    async def _look_again(self, answer: "_Answer") -> None:
        visit = await self._off_loop(renewed, answer.visit, answer.request.call, answer.place)
        if visit.decision != answer.visit.decision:
            message = "What its reader may see has changed in the middle of an answer."
            raise PrivacyError(message)

    async def _off_loop(self, work: Callable[..., T], /, *args: Any) -> T:
        # With what this request is called by, for the log.
        return await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, work, *args)


class _Answer(NamedTuple):
    """An answer that is about to be passed on."""

    request: Request
    place: Place
    visit: Visit
    head: Head
    response: httpx.Response
    is_wanted: bool  # By whoever keeps an eye on a sample of what passes.


def _arrived(request: Request, place: Place, visit: Visit, response: httpx.Response, target: bytes) -> _Answer:
    """Return the answer as its reader may see it now; that of one that is passed on is in the audit trail."""
    visit = renewed(visit, request.call, place)
    head = readable(head_of, response, visit, request.scope["method"], target)
    if head.media is None:
        _recorded(visit, {})
    return _Answer(request, place, visit, head, response, is_wanted(visit.access.workspace))


def _recorded(visit: Visit, entities: Mapping[str, int]) -> None:
    record(visit.decision, visit.access, visit.occasion, entities)
    note_call(f"{visit.upstream.slug}; way=gateway", visit.occasion.key_id, entities)


def _recorded_leak(visit: Visit, error: LeakBlocked, has_begun: bool) -> None:  # noqa: FBT001 - work in a thread gets no names.
    """Count a leak, and record that the answer was withheld; of one that has begun the trail has a record already."""
    count_leak(error)
    if not has_begun:
        record(visit.decision.withheld, visit.access, visit.occasion, error.entities)


def _told_of(body: bytes, entities: Mapping[str, int]) -> headers.Named:
    shown = ", ".join(f"{entity}={count}" for entity, count in sorted(entities.items()))
    return [("pii-entities", shown), ("content-length", str(len(body)))]


def _request(scope: Scope, receive: Receive, send: Send) -> Request:
    named = headers.named(scope["headers"])
    call = received(headers.environ_of(named, scope), "", _nothing)
    return Request(scope, named, call, Upload(receive), Reply(send))


def _nothing() -> bytes:
    return b""  # The body goes to the upstream alone.


def _outgoing(request: Request, visit: Visit, sent: Sent, target: bytes) -> httpx.Request:
    upstream, theirs = visit.upstream, sent.headers
    is_masked = visit.decision.effect is Effect.MASK
    outgoing = [("host", upstream.parts.netloc), *headers.for_upstream(theirs, is_masked=is_masked)]
    outgoing += headers.forwarded(theirs, request.scope, upstream.path)
    outgoing.append(("pii-request-id", request.call.id))
    if is_masked:
        outgoing += [("accept-encoding", "gzip, deflate"), *_conditions(theirs, visit)]
    length = headers.value_of(theirs, "content-length")
    if length:
        outgoing.append(("content-length", length))
    elif headers.value_of(theirs, "transfer-encoding"):
        outgoing.append(("transfer-encoding", "chunked"))
    return request_to(upstream, request.scope["method"], target, headers.encoded(outgoing), sent.body)


def _conditions(theirs: headers.Named, visit: Visit) -> headers.Named:
    """Return the reader's conditions in the upstream's own tags; one that opens nothing is not asked."""
    view = etags.view_of(visit.upstream, visit.access, visit.decision)
    asked = [(name, value) for name, value in theirs if name in {"if-none-match", "if-match"}]
    opened = [(name, etags.opened(value, view)) for name, value in asked]
    # If-Match must fail where its tag is unknown: a write that was to depend on it must not go through.
    return [(name, value or '"of-another-reader"') for name, value in opened if value or name == "if-match"]
