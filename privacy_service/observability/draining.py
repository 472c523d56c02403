"""Is this server about to stop? Then load balancers are told to look elsewhere, and connections end with their answer.

Whoever stops the server (`privacy_service.processes`) first makes the file PRIVACY_DRAIN_FILE and goes on answering
for a while: nothing is lost, since whoever sends requests has gone elsewhere before the port closes.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]

LOOK_SECONDS = 0.25


class _Seen:
    """What this process saw when it last looked; every request asks it, so it is an attribute and no question."""

    is_draining = False


seen = _Seen()


def look() -> None:
    """See whether the server is about to stop."""
    seen.is_draining = bool(settings.PRIVACY_DRAIN_FILE) and Path(settings.PRIVACY_DRAIN_FILE).exists()


def closing_asgi(application: Application) -> Application:
    """Return an ASGI application that does the same as `closing` while the server drains."""

    async def closed(scope: Message, receive: Receive, send: Send) -> None:
        await application(scope, receive, _closing_send(send) if seen.is_draining else send)

    return closed


def _closing_send(send: Send) -> Send:
    async def send_closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return send_closing


def closing(start_response: "StartResponse") -> "StartResponse":
    """Return a WSGI callable that tells the client not to use its connection again."""

    def start(
        status: str, headers: list[tuple[str, str]], exc_info: "OptExcInfo | None" = None, /
    ) -> Callable[[bytes], object]:
        return start_response(status, [*headers, ("Connection", "close")], exc_info)

    return start
