"""Trying an upstream out: does it answer, from where, and what; shown to administrators, never its body."""

import asyncio
from dataclasses import dataclass
from time import perf_counter

import httpx

from privacy_service.addresses import AddressRefused
from privacy_service.exceptions import UpstreamFailed
from privacy_service.gateway.addresses import addresses_of
from privacy_service.gateway.bodies import media_of, media_type_of
from privacy_service.gateway.connections import Connections, request_to
from privacy_service.gateway.encodings import ACCEPTED
from privacy_service.gateway.models import Upstream


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it: whether the upstream answers, and a sentence each of what was seen."""

    is_well: bool
    lines: tuple[str, ...]


def check(upstream: Upstream, path: str = "/") -> Checked:
    """Ask an upstream for one path, without credentials, and say what it answers."""
    return asyncio.run(_checked(upstream, path))


async def _checked(upstream: Upstream, path: str) -> Checked:
    try:
        addresses = await addresses_of(upstream.host, upstream.port, timeout_seconds=upstream.connect_seconds)
    except (OSError, TimeoutError):
        return Checked(is_well=False, lines=(f"The name {upstream.host} cannot be resolved.",))
    except AddressRefused as refused:
        return Checked(is_well=False, lines=(str(refused),))
    found = f"{upstream.host} is {', '.join(addresses)}."
    try:
        return Checked(is_well=True, lines=(found, await _answered(upstream, path)))
    except UpstreamFailed as failed:
        return Checked(is_well=False, lines=(found, f"{failed.title}: {failed.detail}"))


async def _answered(upstream: Upstream, path: str) -> str:
    connections = Connections()
    target = (upstream.base + path).encode("ascii", "ignore") or b"/"
    headers = [(b"host", upstream.parts.netloc.encode()), (b"accept", b"*/*"), (b"accept-encoding", ACCEPTED.encode())]
    request = request_to(upstream, "GET", target, headers, httpx.ByteStream(b""))
    started = perf_counter()
    try:
        async with connections.answer_of(upstream, request) as response:
            milliseconds = (perf_counter() - started) * 1000
            content_type = response.headers.get("content-type", "")
            return f"It answers {response.status_code} in {milliseconds:.0f} ms, {_kind(upstream, content_type)}."
    finally:
        await connections.aclose()


def _kind(upstream: Upstream, content_type: str) -> str:
    """Say what becomes of this type for readers of masked data."""
    named = media_type_of(content_type)
    if not named:
        return "without a content type"
    try:
        if media_of(content_type):
            return f"{named}, which is masked"
    except UpstreamFailed:
        return f"{named} in another encoding than UTF-8, which is refused to readers of masked data"
    passed = "passed on as it is" if upstream.passes(named) else "refused to readers of masked data"
    return f"{named}, which cannot be masked and is {passed}"
