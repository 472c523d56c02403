"""When a connection ends with its answer: the server is about to stop, or the body of the request was not read.

A server gives up a connection on which something unread may follow (hyper does so without a word to the client), and a
client that sends its next request there at that moment finds it broken. So the answer says that the connection ends.
"""

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from privacy_service.observability import draining

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]


# The server behind `manage.py runserver` refuses the header (PEP 3333), and reads what is left by itself.
_WSGIREF = "WSGIServer/"


class WatchedBody:
    """The body of a request to a WSGI application, which knows how much of it is still to come."""

    __slots__ = ("_stream", "left")

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self.left = length

    def read(self, size: int = -1) -> bytes:
        """Return so many of the bytes that follow, all of them without a size."""
        if size >= 0:
            return self._seen(self._stream.read(size))
        self.left = 0
        whole: bytes = self._stream.read()  # granian's stream takes no -1.
        return whole

    def readline(self, size: int = -1) -> bytes:
        """Return the rest of a line, at most so many bytes of it."""
        return self._seen(self._stream.readline(size) if size >= 0 else self._stream.readline())

    def readlines(self, _: int = -1) -> list[bytes]:
        """Return the lines that follow."""
        return [*self]

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines that follow."""
        return iter(self.readline, b"")

    def _seen(self, data: bytes) -> bytes:
        self.left -= len(data)
        return data


def ending(environ: "WSGIEnvironment", start_response: "StartResponse") -> "StartResponse":
    """Return a WSGI callable that tells the client, where need be, not to use its connection again."""
    if environ.get("SERVER_SOFTWARE", "").startswith(_WSGIREF):
        return start_response
    body = _watched(environ)
    if body is None and not draining.seen.is_draining:
        return start_response

    def start(
        status: str, headers: list[tuple[str, str]], exc_info: "OptExcInfo | None" = None, /
    ) -> Callable[[bytes], object]:
        if draining.seen.is_draining or (body is not None and body.left > 0):
            headers = [*headers, ("Connection", "close")]
        return start_response(status, headers, exc_info)

    return start


def ending_asgi(application: Application) -> Application:
    """Return an ASGI application that does the same."""

    async def answered(scope: Any, receive: Receive, send: Send) -> None:
        is_left = scope["type"] == "http" and _announces_body(scope["headers"])

        async def watched() -> Message:
            nonlocal is_left
            message = await receive()
            is_left = is_left and message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def send_ending(message: Message) -> None:
            if message["type"] == "http.response.start" and (is_left or draining.seen.is_draining):
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await application(scope, watched, send_ending)

    return answered


def _watched(environ: "WSGIEnvironment") -> WatchedBody | None:
    """Put a watched body in the place of a request's own; None where it announces none."""
    length = environ.get("CONTENT_LENGTH") or ("1" if "HTTP_TRANSFER_ENCODING" in environ else "0")
    if length == "0":
        return None
    body = WatchedBody(environ["wsgi.input"], int(length) if length.isdecimal() else 1)
    environ["wsgi.input"] = body
    return body


def _announces_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)
