"""Asking an upstream: over few connections, to an address that was checked, within its time-outs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import ceil
from time import perf_counter
from typing import TypeVar
from uuid import UUID

import httpx
from django.conf import settings

from privacy_service.addresses import AddressRefused, tls_trusting
from privacy_service.exceptions import UpstreamFailed, UpstreamTimeout, UpstreamUnavailable
from privacy_service.gateway.addresses import addresses_of
from privacy_service.gateway.breaker import Breaker
from privacy_service.gateway.headers import Raw
from privacy_service.gateway.models import Upstream
from privacy_service.observability import metrics

# Many servers close a connection after 5 s without a request: none must be on its way there then.
_KEEP_SECONDS = 4.0
_KEPT_CONNECTIONS = 20
_POOL_SECONDS = 1.0

T = TypeVar("T")


class Connections:
    """This process's connections to upstreams; they belong to one event loop."""

    def __init__(self) -> None:
        self._transports: dict[UUID, httpx.AsyncHTTPTransport] = {}
        self._breakers: dict[UUID, Breaker] = {}

    @asynccontextmanager
    async def answer_of(self, upstream: Upstream, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """Give the upstream's answer, its body still to come; raise UpstreamFailed or one of its kinds."""
        breaker = self._breaker_of(upstream)
        wait = breaker.wait_seconds()
        if wait:
            self._count(upstream, "left-alone")
            raise UpstreamUnavailable(Retry_After=str(ceil(wait)))
        response = await self._asked(upstream, request, breaker)
        try:
            yield response
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()

    async def _asked(self, upstream: Upstream, request: httpx.Request, breaker: Breaker) -> httpx.Response:
        started = perf_counter()
        try:
            response = await self._sent(upstream, request)
        except httpx.PoolTimeout:
            self._count(upstream, "busy")
            raise UpstreamUnavailable(Retry_After="1") from None
        except (httpx.TimeoutException, TimeoutError):
            breaker.failed()
            self._count(upstream, "timeout")
            raise UpstreamTimeout from None
        except AddressRefused as refused:
            self._count(upstream, "refused-address")
            message = f"Its address is not allowed: {refused}"
            raise UpstreamFailed(message) from None
        except (httpx.TransportError, OSError):
            breaker.failed()
            self._count(upstream, "unreachable")
            raise UpstreamFailed from None
        metrics.stage_seconds.add("upstream", amount=perf_counter() - started)
        if response.status_code < httpx.codes.OK:
            await response.aclose()  # Switching protocols, which nobody asked for.
            raise UpstreamFailed
        self._count(upstream, f"{response.status_code // 100}xx")
        breaker.succeeded()  # An error page is an answer too: whoever can send it is not overwhelmed.
        return response

    async def _sent(self, upstream: Upstream, request: httpx.Request) -> httpx.Response:
        """Send the request to the first address that takes a connection; nothing of it is sent to the others."""
        addresses = await addresses_of(upstream.host, upstream.port, timeout_seconds=upstream.connect_seconds)
        transport = self._transport_of(upstream)
        *others, last = addresses
        for address in others:
            try:
                return await transport.handle_async_request(_to(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await transport.handle_async_request(_to(request, last))

    def _count(self, upstream: Upstream, outcome: str) -> None:
        metrics.upstream_requests.add(upstream.slug, outcome)  # Metrics name no workspace.

    def _breaker_of(self, upstream: Upstream) -> Breaker:
        return _kept(self._breakers, upstream.pk, lambda: Breaker(upstream.slug))

    def _transport_of(self, upstream: Upstream) -> httpx.AsyncHTTPTransport:
        return _kept(self._transports, upstream.pk, _new_transport)


def request_to(
    upstream: Upstream, method: str, target: bytes, headers: Raw, body: httpx.AsyncByteStream
) -> httpx.Request:
    """Return a request for this target, byte for byte, with these headers and no other."""
    wait = {
        "connect": upstream.connect_seconds,
        "read": upstream.read_seconds,
        "write": upstream.read_seconds,
        "pool": _POOL_SECONDS,
    }
    return httpx.Request(
        method,
        httpx.URL(scheme=upstream.parts.scheme, host=upstream.host, port=upstream.port, path="/"),
        headers=headers,
        stream=body,
        # The name is what a certificate is checked against: the connection itself is to a number.
        extensions={"timeout": wait, "target": target, "sni_hostname": upstream.host},
    )


def _to(request: httpx.Request, address: str) -> httpx.Request:
    request.url = request.url.copy_with(host=address)
    return request


def _new_transport() -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(
        max_connections=settings.PRIVACY_GATEWAY_CONNECTIONS,
        max_keepalive_connections=_KEPT_CONNECTIONS,
        keepalive_expiry=_KEEP_SECONDS,
    )
    # No proxy of the environment: it would be connected to in place of the address that was checked.
    return httpx.AsyncHTTPTransport(
        verify=tls_trusting(settings.PRIVACY_GATEWAY_CA_FILE), limits=limits, trust_env=False
    )


def _kept(kept: dict[UUID, T], key: UUID, make: Callable[[], T]) -> T:
    return kept[key] if key in kept else kept.setdefault(key, make())
