"""Middleware for Django, and a mixin for renderers of its REST framework: responses reach each reader as they may.

    MIDDLEWARE = ["privacy_service.client.django.PrivacyMiddleware", *MIDDLEWARE]
    PRIVACY_CLIENT = {"url": "https://privacy.example.com", "key": os.environ["PRIVACY_KEY"], "workspace": "acme"}

It works wherever it stands in the list; first, it also guards what the others answer.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any, NamedTuple, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from privacy_service.client.calls import ContentType, Reading
from privacy_service.client.django_settings import Guard, guard
from privacy_service.client.errors import PrivacyServiceError
from privacy_service.client.guarding import (
    CONDITIONS,
    LEAVE,
    Headers,
    Plan,
    cache_headers,
    decoded,
    refusal_for,
    settled,
    too_large,
)
from privacy_service.client.hops import Hop, names_in, passing_on
from privacy_service.client.lines import Lines

logger = logging.getLogger(__name__)

_CONDITIONS = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in CONDITIONS)
_DONE = "_privacy_service_done"


class Choice(NamedTuple):
    """What becomes of a response, for whom, and what caches are told."""

    plan: Plan
    reading: Reading = Reading("", "")
    added: Headers = ()


class PrivacyMiddleware:
    """Masks what views answer for the reader of the request; where that cannot be done the answer is 503."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        self.guard = guard()
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer one request."""
        if not self.guard.rules.covers(request.path):
            return cast("HttpResponseBase", self.get_response(request))
        if self._is_async:
            return self._asynchronously(request)
        return self._in_a_thread(request)

    def _in_a_thread(self, request: HttpRequest) -> HttpResponseBase:
        conditions = _taken_out(request)
        response: HttpResponseBase = self.get_response(request)
        _put_back(request, conditions)
        return Exchange(self.guard, request, response).finished()

    async def _asynchronously(self, request: HttpRequest) -> HttpResponseBase:
        conditions = _taken_out(request)
        response: HttpResponseBase = await self.get_response(request)
        _put_back(request, conditions)
        exchange = Exchange(self.guard, request, response)
        if isinstance(response, StreamingHttpResponse) and response.is_async:
            return await exchange.finished_asynchronously(response)
        return await sync_to_async(exchange.finished)()  # Who has signed in may be a question to the database.


class Exchange:
    """One request and its response on the way to the reader."""

    def __init__(self, its_guard: Guard, request: HttpRequest, response: HttpResponseBase) -> None:
        self._guard = its_guard
        self._request = request
        self._response = response
        self._hop = _hop_of(request)

    def finished(self) -> HttpResponseBase:
        """Return the response as the reader may see it."""
        response = self._response
        try:
            choice = self.choose(is_empty=isinstance(response, HttpResponse) and not response.content)
            if choice.plan is not LEAVE:
                self._mask(choice)
        except Exception as error:  # noqa: BLE001 - whatever it was, the raw body is not shown.
            _refuse(self._request, response, error)
        return response

    async def finished_asynchronously(self, response: StreamingHttpResponse) -> HttpResponseBase:
        """Return a response whose body comes from an asynchronous iterator."""
        try:
            choice = await sync_to_async(self.choose)(is_empty=False)
            if choice.plan is not LEAVE:
                await self._mask_stream(choice, response)
        except Exception as error:  # noqa: BLE001 - as above.
            _refuse(self._request, response, error)
        return response

    def choose(self, *, is_empty: bool) -> Choice:
        """Say what becomes of the response, and tell caches; raise PrivacyServiceError where nothing may be shown."""
        response, is_head = self._response, self._request.method == "HEAD"
        plan = self._guard.rules.plan(response.status_code, response.get("Content-Type", ""))
        if plan is LEAVE or (is_empty and not is_head) or _is_done(response):
            return Choice(LEAVE)
        with self._named():
            reading, decision = self._guard.decision(self._request)
        plan = settled(plan, decision)
        if plan is LEAVE:
            _set_headers(response, cache_headers(decision))
            return Choice(LEAVE)
        self._encoding = response.get("Content-Encoding", "")
        for name in [name for name in response.headers if not self._guard.rules.keeps(name)]:
            del response.headers[name]
        _set_headers(response, cache_headers(decision))
        if is_head:
            _replace(response, b"")  # Without the length and the tag of a body that the reader would not get.
            return Choice(LEAVE)
        return Choice(plan, reading)

    def masked(self, choice: Choice, body: bytes) -> bytes:
        """Return a body as the reader may see it."""
        with self._named():
            return self._guard.client.mask(choice.reading, body, choice.plan.kind).body

    def _mask(self, choice: Choice) -> None:
        response = self._response
        if isinstance(response, HttpResponse):
            self._replace_whole(choice, response.content)
        elif self._is_flowing(choice):
            lines = self._masked_lines(choice, cast("Iterable[bytes]", response))
            # The first is masked before the answer begins: where that fails it can still be 503.
            response.streaming_content = chain([next(lines, b"")], lines)  # type: ignore[attr-defined]
        else:
            self._replace_whole(choice, _gathered(cast("Iterable[bytes]", response), self._guard.rules.most_bytes))

    def _replace_whole(self, choice: Choice, raw: bytes) -> None:
        masked = self.masked(choice, decoded(raw, self._encoding, self._guard.rules.most_bytes))
        _replace(self._response, masked)
        self._response.headers["Content-Length"] = str(len(masked))

    async def _mask_stream(self, choice: Choice, response: StreamingHttpResponse) -> None:
        pieces = aiter(response)
        if self._is_flowing(choice):
            lines = self._masked_lines_of(choice, pieces)
            response.streaming_content = _chained(await anext(lines, b""), lines)
            return
        raw = await _gathered_from(pieces, self._guard.rules.most_bytes)
        await sync_to_async(self._replace_whole)(choice, raw)

    def _is_flowing(self, choice: Choice) -> bool:
        return choice.plan.kind is ContentType.NDJSON and not self._encoding

    def _masked_lines(self, choice: Choice, pieces: Iterable[bytes]) -> Iterator[bytes]:
        lines = self._guard.client.mask_lines(choice.reading, pieces)
        while True:
            with self._named():  # Around each step: between two of them the thread does something else.
                whole = next(lines, None)
            if whole is None:
                return
            yield whole

    async def _masked_lines_of(self, choice: Choice, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        lines = Lines()
        async for piece in pieces:
            for whole in lines.feed(piece):
                yield await sync_to_async(self._joined)(choice, whole)
        for last in lines.rest():
            yield await sync_to_async(self._joined)(choice, last)

    def _joined(self, choice: Choice, whole: bytes) -> bytes:
        return b"".join(self._masked_lines(choice, [whole]))

    def _named(self) -> AbstractContextManager[None]:
        return passing_on(traceparent=self._hop.traceparent, request_id=self._hop.request_id)


class MaskedRendererMixin:
    """For a renderer of Django REST framework: `class Masked(MaskedRendererMixin, JSONRenderer)` guards its views.

    With the middleware as well, what this has masked is not masked again.
    """

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """Return the rendered body as the reader may see it; where that cannot be told, the response becomes 503."""
        rendered = super().render(data, accepted_media_type, renderer_context)  # type: ignore[misc]
        raw: bytes = rendered.encode() if isinstance(rendered, str) else rendered or b""
        response, request = renderer_context["response"], renderer_context["request"]
        djangos_own = request._request  # noqa: SLF001 - it has no public name there.
        try:
            body = _rendered(Exchange(guard(), djangos_own, response), raw)
        except Exception as error:  # noqa: BLE001 - whatever it was, the raw body is not shown.
            body = _refuse(request, response, error, replace=False)
        setattr(response, _DONE, body)
        return body


def _rendered(exchange: Exchange, raw: bytes) -> bytes:
    choice = exchange.choose(is_empty=not raw)
    return raw if choice.plan is LEAVE else exchange.masked(choice, raw)


def _is_done(response: HttpResponseBase) -> bool:
    """Say whether the mixin has seen this very body; a page around it may show more."""
    body = getattr(response, _DONE, None)
    return body is not None and isinstance(response, HttpResponse) and response.content == body


def _refuse(request: HttpRequest, response: HttpResponseBase, error: Exception, *, replace: bool = True) -> bytes:
    """Make the response one that shows nothing of what it was."""
    known = error if isinstance(error, PrivacyServiceError) else None
    logger.warning("A response was withheld: %s", known.reason if known else type(error).__name__)
    status, headers, body = refusal_for(known)
    response.status_code = status
    for name in list(response.headers):
        del response.headers[name]
    response.cookies.clear()
    _set_headers(response, headers)
    if replace:
        _replace(response, b"" if request.method == "HEAD" else body)
    return body


def _replace(response: HttpResponseBase, body: bytes) -> None:
    """Give a response another body, in the manner of its own."""
    if isinstance(response, HttpResponse):
        response.content = body
    elif isinstance(response, StreamingHttpResponse):
        response.streaming_content = _chained(body) if response.is_async else [body]


def _set_headers(response: HttpResponseBase, headers: Headers) -> None:
    for name, value in headers:
        response.headers[name] = value


def _gathered(pieces: Iterable[bytes], most_bytes: int) -> bytes:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) > most_bytes:
            raise too_large(most_bytes)
    return bytes(held)


async def _gathered_from(pieces: AsyncIterator[bytes], most_bytes: int) -> bytes:
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) > most_bytes:
            raise too_large(most_bytes)
    return bytes(held)


async def _chained(first: bytes, rest: AsyncIterator[bytes] | None = None) -> AsyncIterator[bytes]:
    yield first
    if rest is not None:
        async for piece in rest:
            yield piece


def _taken_out(request: HttpRequest) -> dict[str, str]:
    """Take the questions about the raw body out of a request: a view could answer with a part of it, or with 304."""
    request.__dict__.pop("headers", None)  # It remembers what META said.
    return {name: request.META.pop(name) for name in _CONDITIONS if name in request.META}


def _put_back(request: HttpRequest, conditions: dict[str, str]) -> None:
    """Give them back for middleware outside of this one, which may ask them about what the reader gets."""
    request.META.update(conditions)
    request.__dict__.pop("headers", None)


def _hop_of(request: HttpRequest) -> Hop:
    return names_in({name.lower(): value for name, value in request.headers.items()})
